// What is linked to no account whose owner asks for it, by the page or past it: whoever it is of was decided
// when it arrived, where the peer keeps the number as well.
import { beforeAll, describe, expect, test } from 'vitest';
import { changeMode } from '../support/change-mode.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { federatedCity, person, PROVINCE } from '../support/federated-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const KNOWN = '440000199003070024';

const own = federatedCity(migratedDatabase().uri, {
  claims: {
    company: {
      subject_type: 'legal_entity',
      name: '甲乙丙有限公司',
      legal_entity: { uscc: '91440101MA59EXU90N' },
      real_name_level: 4,
    },
    child: person('小孩', '440000201801010018'),
    same: person('在册人', KNOWN),
    differs: person('另一人', KNOWN),
    refused: { name: '某某' },
  },
  peer: { levelCap: 4 },
  clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
  accounts: [
    { login: 'holder', name: '在册人', level: 3, fields: { certificate_number: KNOWN } },
    { login: 'owner', level: 1, fields: { must_change_password: 'false' } },
    { login: 'other', level: 1, fields: { must_change_password: 'false' } },
  ],
});

const accountOf = (login: string) => own.node.account(login);
const linkOf = (subject: string) => own.links.findLive({ issuer: own.province.issuer, subject });
const cases = () => own.node.storage.database.collection('reviewCases').countDocuments({});

async function centre(login: string): Promise<CityBrowser> {
  const browser = new CityBrowser(own.node.issuer);
  await browser.walk(await browser.open('/account/links'), accountOf(login));
  return browser;
}

async function arrive(browser: CityBrowser, as: string, level = 4): Promise<Visit> {
  own.province.decision = { accountId: as, level };
  const out = await browser.open(`/account/links/add/${PROVINCE}`);
  const visit = await browser.visitor.visit(
    nextAddress(out) ?? '',
    (next) => next.origin === own.node.issuer,
  );
  return browser.open(nextAddress(visit) ?? '');
}

/** What the page does not offer is refused all the same. */
async function bindPast(browser: CityBrowser, stopped: Visit): Promise<Visit> {
  const state = new URL(stopped.url).searchParams.get('state') ?? '';
  const { _csrf = '' } = readForm(stopped, 'sign-out').fields;
  return browser.visitor.submit(`${own.node.issuer}/account/links/bind`, { state, _csrf });
}

async function expectUnlinked(login: string): Promise<void> {
  const { id } = accountOf(login);
  const account = await own.node.accountStore.findById(id);
  expect([account?.realNameLevel, account?.certificate]).toEqual([1, undefined]);
  expect(await own.links.listByAccount(id)).toEqual([]);
}

describe.each(['independent', 'embedded'] as const)('%s', (mode) => {
  beforeAll(() => changeMode(own.node, mode, PROVINCE));

  test.each([
    { subject: 'company', stop: '不能用“省统一身份认证平台”的法人账户', problem: '是单位的' },
    { subject: 'child', stop: '未满 14 周岁', problem: '未满 14 周岁，不能自己连接' },
  ])('a $subject is linked to no account', async ({ subject, stop, problem }) => {
    const browser = await centre('owner');
    const stopped = await arrive(browser, subject);
    expect([stopped.status, pageName(stopped)]).toEqual([422, 'federation-link-stopped']);
    expect(stopped.body).toContain(stop);
    const past = await bindPast(browser, stopped);
    expect([past.status, past.body.includes(problem)]).toEqual([422, true]);
    await expectUnlinked('owner');
  });

  test('a number that somebody has here lifts no other account, from the centre or from a sign-in', async () => {
    const browser = await centre('owner');
    const refused = await browser.press(await arrive(browser, 'same'), 'bind');
    expect([refused.status, refused.body.includes('不是同一个人')]).toEqual([422, true]);
    const at = await own.viaProvince(await own.begin('portal'), 'same', 4);
    const signIn = await at.browser.press(at.page, 'prove');
    const step = await at.browser.walk(signIn, accountOf('owner'));
    expect(pageName(step)).toBe('federation-bind');
    const again = await at.browser.press(step, 'bind');
    expect([again.status, again.body.includes('不是同一个人')]).toEqual([422, true]);
    expect(await linkOf('same')).toBeUndefined();
    await expectUnlinked('owner');
  });

  test('a number that has another name here goes to the reviewers, by the page or past it', async () => {
    const browser = await centre('owner');
    const before = await cases();
    const stopped = await arrive(browser, 'differs');
    expect([stopped.status, pageName(stopped)]).toEqual([422, 'federation-link-stopped']);
    expect(stopped.body).toContain('交工作人员核实');
    const frozen = await linkOf('differs');
    const ofHolder = { accountId: accountOf('holder').id, state: 'frozen' };
    expect(frozen).toMatchObject({ ...ofHolder, conflict: 'name_differs' });
    expect(await cases()).toBe(before + 1);
    if (frozen) await end(frozen, 'removed_by_person');
    const past = await bindPast(browser, stopped);
    expect([past.status, past.body.includes('交工作人员核实')]).toEqual([422, true]);
    const anew = await linkOf('differs');
    expect(anew).toMatchObject(ofHolder);
    expect(await cases()).toBe(before + 2);
    if (anew) await end(anew, 'removed_by_person');
    await expectUnlinked('owner');
  });
});

test('what reviewers have refused to an account is not linked to it again', async () => {
  const browser = await centre('other');
  await browser.press(await arrive(browser, 'refused', 1), 'bind');
  const link = await linkOf('refused');
  expect(link?.accountId).toBe(accountOf('other').id);
  if (link) await end(link, 'rejected_in_review');
  const again = await browser.press(await arrive(browser, 'refused', 1), 'bind');
  expect([again.status, again.body.includes('不属于这个账户')]).toEqual([422, true]);
  expect(await linkOf('refused')).toBeUndefined();
});

const end = (...[link, reason]: [{ id: string }, 'removed_by_person' | 'rejected_in_review']) =>
  own.node.storage.database.transaction((session) => own.links.end(link, reason, session));
