// The pages on which power over an organisation is offered, declined and ended: why somebody may not,
// what is asked before a no, who is asked for a second proof, and where each leads back to.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MandateStore } from '../../src/mandates/mandate-store.ts';
import type { MandateRole } from '../../src/mandates/mandate.ts';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import type { Visit } from '../support/http-visitor.ts';
import { EntityCity, entityOf, personOf } from '../support/entity-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const { uri } = migratedDatabase();
let people: EntityCity;
let entityId: string;
const browsers: Record<string, CityBrowser> = {};

beforeAll(async () => {
  people = await EntityCity.start(uri, [
    personOf('zhao', '赵样本'),
    personOf('lin', '林新办'),
    personOf('chen', '陈体验'),
    personOf('wang', '王演示'),
    { login: 'seniors', kind: 'legalEntity', name: '长者互助社会服务中心（演示）', level: 3 },
  ]);
  await people.register('zhao', entityOf('赵样本'));
  entityId = (await people.accountOf(entityOf('赵样本').uscc))?.id ?? '';
  await Promise.all([grant('lin', 'administrator'), grant('chen', 'handler')]);
  for (const login of ['zhao', 'lin', 'chen', 'wang']) {
    browsers[login] = (await visitAccountCentre(people.city, login)).browser;
  }
});
afterAll(() => people.stop());

function grant(login: string, role: MandateRole) {
  const { storage } = people.city;
  const holderId = people.city.account(login).id;
  const mandate = { entityId, holderId, role, grantedBy: people.city.account('zhao').id };
  return storage.database.transaction((session) =>
    new MandateStore(storage).grant(mandate, session),
  );
}

function browserOf(login: string): CityBrowser {
  const browser = browsers[login];
  if (!browser) throw new Error(`${login} is not signed in`);
  return browser;
}

/** With what a sign-in asks for on the way. */
async function walk(login: string, path: string): Promise<Visit> {
  const browser = browserOf(login);
  const page = await browser.open(`/account/entities${path}`);
  return browser.walk(page, people.city.account(login));
}

/** A link by the start of its `id`. */
function follow(login: string, page: Visit, id: string): Promise<Visit> {
  const href = new RegExp(`id="${id}[^"]*" href="([^"]+)"`, 'u').exec(page.body)?.[1] ?? '';
  return browserOf(login).open(href.replaceAll('&amp;', '&'));
}

it.each(['invite', 'mandates/invite'])(
  'inviting is refused with the reason to who may not: %s',
  async (form) => {
    const own = await walk('chen', `/${form}?entity=${entityId}`);
    expect(pageName(own)).toBe('legal-entities-people');
    expect(own.body).toContain('您现在不能为这家单位邀请人员');
    for (const entity of [people.city.account('seniors').id, 'nothing']) {
      const other = await walk('chen', `/${form}?entity=${entity}`);
      expect(pageName(other)).toBe('legal-entities-entities');
      expect(other.body).toContain('您现在不能为这家单位邀请人员');
    }
  },
);

it('an offer is read with one factor, and declined only after a question', async () => {
  const lin = browserOf('lin');
  const number = personOf('wang', '王演示').fields?.certificate_number ?? '';
  const form = await walk('lin', `/mandates/invite?entity=${entityId}`);
  const offered = { holder: 'person', name: '王演示', number, service_scope: 'all' };
  const sent = await lin.press(form, 'send-invitation', {
    ...offered,
    client_scope: 'all',
    single_use: 'yes',
  });
  expect(sent.body).toContain('邀请已发出');
  const wang = browserOf('wang');
  const offer = await follow('wang', await wang.open('/account/entities'), 'offer-');
  expect(pageName(offer)).toBe('mandates-offer');
  // Taking it wants the second factor, and turning back there leads to the offer.
  const asked = await wang.press(offer, 'accept');
  expect(pageName(asked)).toBe('second-factor');
  expect(pageName(await wang.press(asked, 'cancel'))).toBe('mandates-offer');
  const question = await follow('wang', offer, 'decline');
  expect(question.body).toContain('不接受这项授权？');
  expect((await wang.open('/account/entities')).body).toContain('id="offer-0"');
  const done = await wang.press(question, 'confirm-decline');
  expect(done.body).toContain('已拒绝邀请');
  expect(done.body).not.toContain('id="offer-0"');
});

it('a second proof is asked of who is signed in, of nobody else, and can be turned down', async () => {
  people.city.clock.advance(6 * 60);
  const lin = browserOf('lin');
  const form = `/account/entities/mandates/invite?entity=${entityId}`;
  const asked = await lin.open(form);
  expect(pageName(asked)).toBe('sign-in');
  expect(/id="held-account">([^<]+)/u.exec(asked.body)?.[1]).toContain('林*');
  for (const other of ['id="login"', 'class="tabs"', 'id="sign-up"', 'id="change-account"']) {
    expect(asked.body).not.toContain(other);
  }
  const refused = await lin.press(asked, 'sign-in', { password: 'wrong' });
  expect([refused.status, pageName(refused)]).toEqual([422, 'sign-in']);
  expect(refused.body).toContain('密码不正确');
  const back = await lin.press(refused, 'cancel');
  expect(back.url).toBe(`${people.city.issuer}/account/entities/people?entity=${entityId}`);
  // Another login that is sent nevertheless is not looked at: that one has no second factor.
  const { login, password } = people.city.account('seniors');
  const given = { login, password, kind: 'legalEntity' };
  expect(pageName(await lin.press(await lin.open(form), 'sign-in', given))).toBe('second-factor');
});

it('an end leaves who ended it among the people, and who gave it up among his own', async () => {
  const [zhao, lin] = [browserOf('zhao'), browserOf('lin')];
  const list = await zhao.open(`/account/entities/people?entity=${entityId}`);
  const place = /id="person-(\d+)">陈\*/u.exec(list.body)?.[1] ?? '';
  const ended = await zhao.press(await follow('zhao', list, `end-${place}`), 'end-mandate');
  expect(pageName(ended)).toBe('legal-entities-people');
  expect(ended.body).toContain('授权已结束，立即生效');
  const own = await lin.open(`/account/entities/people?entity=${entityId}`);
  const given = await lin.press(await follow('lin', own, 'end-'), 'end-mandate');
  expect(pageName(given)).toBe('mandates-own');
  expect(given.body).toContain('您已不再担任');
  const gone = await lin.open(`/account/entities/people?entity=${entityId}`);
  expect(pageName(gone)).toBe('legal-entities-entities');
  expect(gone.body).toContain('您现在不能代表这家单位');
});
