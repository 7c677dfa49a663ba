// A browser whose answer was lost (the platform was busy, the connection broke, the button was pressed twice) sends
// the same request again: it goes on with what that came to, and nobody else does.
import { describe, expect, onTestFinished, test } from 'vitest';
import { UpstreamSignInStore } from '../../src/federation/upstream-sign-in-store.ts';
import { ArtefactStore } from '../../src/oidc/storage/artefact-store.ts';
import { changeMode } from '../support/change-mode.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { federatedCity, PROVINCE } from '../support/federated-city.ts';
import type { Arriving } from '../support/federated-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const PRESSES = 4;
const ENDS = ['the link', 'the trust', 'the sign-in', 'the account'] as const;
const own = federatedCity(migratedDatabase().uri, {
  claims: Object.fromEntries(
    ['returning', 'proven', 'pressing', 'cut', 'bound', 'linked', ...ENDS].map((name) => [
      name,
      {},
    ]),
  ),
  clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
  accounts: ['binder', 'owner'].map((login) => ({
    login,
    level: 1,
    fields: { must_change_password: 'false' },
  })),
});

const collection = (name: string) => own.node.storage.database.collection(name);
const linkOf = (subject: string) => own.links.findLive({ issuer: own.province.issuer, subject });
const uidOf = (url: string | URL) => /interaction\/([\w-]+)/u.exec(String(url))?.[1] ?? '';
const signInsOf = async (subject: string) =>
  collection('upstreamSignIns').countDocuments({ linkId: (await linkOf(subject))?.id ?? '' });

interface Back extends Arriving {
  /** Where the browser takes what it has brought back. */
  address: URL;
}

/** From the province to the address that takes it up, which is opened by nobody yet. */
async function comeBack(as: string): Promise<Back> {
  const begun = await own.begin('portal');
  const onward = await begun.browser.visitor.request(await own.toReturn(begun, as, 1));
  const address = nextAddress(onward);
  if (!address) throw new Error(`not sent to the interaction but ${onward.status}`);
  return { ...begun, address };
}

/** Sends it, and nobody gets the answer: the process has ended before it noted it in the interaction. */
async function cutOff(uid: string, send: () => Promise<Visit>): Promise<void> {
  const interactions = new ArtefactStore(own.node.storage);
  const before = await interactions.find('Interaction', uid);
  if (!before) throw new Error('no interaction');
  expect((await send()).status).toBe(303);
  expect(await interactions.amend('Interaction', uid, () => before.payload)).toBe(true);
}

/** The same form by several presses of its button at once. */
function presses({ browser, page }: Pick<Arriving, 'browser' | 'page'>, button: string) {
  const { action, fields } = readForm(page, button);
  const press = () => browser.visitor.submit(action, fields);
  return Promise.all(Array.from({ length: PRESSES }, press));
}

async function trustAgain(): Promise<void> {
  await own.setPeer({});
  await expect.poll(async () => (await own.begin('portal')).page.body).toContain('by-province');
}

async function finish({ browser, pending }: Arriving, visit: Visit): Promise<void> {
  const isAsked = pageName(visit) === 'agree';
  const page = isAsked ? await browser.press(visit, 'agree-on', { agree: 'yes' }) : visit;
  expect(browser.finish(pending, page).code).not.toBe('');
}

async function arrive(as: string): Promise<Back> {
  const back = await comeBack(as);
  const page = await back.browser.open(back.address);
  expect(pageName(page)).toBe('federation-arrival');
  return { ...back, page };
}

describe('a first arrival', () => {
  test('whose button is pressed several times at once is signed in by each, and made once', async () => {
    const at = await arrive('pressing');
    const answers = await presses(at, 'create');
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303));
    await finish(at, await at.browser.open(nextAddress(answers[0] as Visit) ?? ''));
    expect(await signInsOf('pressing')).toBe(1);
  });

  test('that was made before the process ended is signed in by the same form', async () => {
    const at = await arrive('cut');
    const { action, fields } = readForm(at.page, 'create');
    await cutOff(uidOf(at.page.url), () => at.browser.visitor.submit(action, fields));
    expect(await linkOf('cut')).toBeDefined();
    await finish(at, await at.browser.press(at.page, 'create'));
    expect(await signInsOf('cut')).toBe(1);
  });
});

describe('who is known here', () => {
  test('is signed in by the same answer in the same interaction, and by it nowhere else', async () => {
    const first = await arrive('returning');
    await finish(first, await first.browser.press(first.page, 'create'));
    const at = await comeBack('returning');
    const { browser, address } = at;
    await cutOff(uidOf(address), () => browser.visitor.request(address));
    const before = await signInsOf('returning');
    const other = await own.begin('portal');
    const elsewhere = `/interaction/${uidOf(other.page.url)}/arrived${address.search}`;
    const stopped = await other.browser.open(elsewhere);
    expect([stopped.status, pageName(stopped)]).toEqual([410, 'federation-stopped']);
    const stranger = await new CityBrowser(own.node.issuer).open(address);
    expect(pageName(stranger)).toBe('cookies-required');
    const mixed = await other.browser.open(address);
    expect(pageName(mixed)).toBe('interaction-expired');
    // Only who brings back the answer.
    const state = address.searchParams.get('state') ?? '';
    const bare = await browser.open(`${address.pathname}?state=${state}`);
    expect(pageName(bare)).toBe('federation-stopped');
    await finish(at, await browser.open(address));
    expect(await signInsOf('returning')).toBe(before);
    expect((await linkOf('returning'))?.state).toBe('active');
  });

  test('is not, when somebody else has been proven in the interaction since', async () => {
    const first = await arrive('proven');
    await finish(first, await first.browser.press(first.page, 'create'));
    await changeMode(own.node, 'centralized', PROVINCE);
    onTestFinished(() => changeMode(own.node, 'independent', PROVINCE));
    const { browser, address } = await comeBack('proven');
    await cutOff(uidOf(address), () => browser.visitor.request(address));
    const form = `/interaction/${uidOf(address)}?kind=naturalPerson&local=yes`;
    const due = await browser.walk(await browser.open(form), own.node.account('owner'));
    expect(pageName(due)).toBe('link-due');
    const stopped = await browser.open(address);
    expect([stopped.status, pageName(stopped)]).toEqual([410, 'federation-stopped']);
    expect(pageName(await browser.open(due.url))).toBe('link-due');
  });

  test.each(ENDS)('is not, when %s has ended meanwhile', async (end) => {
    const { storage, accountStore } = own.node;
    const at = await arrive(end);
    const { action, fields } = readForm(at.page, 'create');
    await cutOff(uidOf(at.page.url), () => at.browser.visitor.submit(action, fields));
    const link = await linkOf(end);
    if (!link) throw new Error('no link');
    const { accountId, id: linkId } = link;
    if (end === 'the link') {
      await storage.database.transaction((session) =>
        own.links.end(link, 'removed_by_person', session),
      );
    } else if (end === 'the trust') {
      onTestFinished(trustAgain);
      await own.setPeer({ state: 'suspended' });
    } else if (end === 'the sign-in') await new UpstreamSignInStore(storage).markEnded({ linkId });
    else await accountStore.lock(accountId, { actor: 'operator' });
    const stopped = await at.browser.open(at.address);
    const status = end === 'the trust' ? 503 : 410;
    expect([stopped.status, pageName(stopped)]).toEqual([status, 'federation-stopped']);
    expect(pageName(await at.browser.press(at.page, 'create'))).toBe('sign-in');
  });
});

describe('a link', () => {
  test('that was agreed to in a sign-in is made once, and the sign-in ends with the one there', async () => {
    const at = await arrive('bound');
    const account = own.node.account('binder');
    const page = await at.browser.walk(await at.browser.press(at.page, 'prove'), account);
    expect(pageName(page)).toBe('federation-bind');
    const answers: Visit[] = [];
    await cutOff(uidOf(page.url), async () => {
      answers.push(...(await presses({ ...at, page }, 'bind')));
      return answers[0] as Visit;
    });
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303));
    await finish(at, await at.browser.press(page, 'bind'));
    expect(await signInsOf('bound')).toBe(1);
    const signIn = await collection('upstreamSignIns').findOne({ accountId: account.id });
    const session = await collection('sessions').findOne({ accountId: account.id });
    expect(session?.['upstreamSignInId']).toBe(signIn?._id);
  });

  test('that was agreed to in the account centre is confirmed to each press, until it is taken away', async () => {
    const browser = new CityBrowser(own.node.issuer);
    const account = own.node.account('owner');
    await browser.walk(await browser.open('/account/links'), account);
    own.province.decision = { accountId: 'linked', level: 1 };
    const out = nextAddress(await browser.open(`/account/links/add/${PROVINCE}`)) ?? '';
    const there = await browser.visitor.visit(out, (next) => next.origin === own.node.issuer);
    const page = await browser.open(nextAddress(there) ?? '');
    expect(pageName(page)).toBe('federation-confirm-link');
    const answers = await presses({ browser, page }, 'bind');
    expect(answers.map((each) => nextAddress(each)?.pathname)).toEqual(
      answers.map(() => '/account/links'),
    );
    expect((await browser.open('/account/links')).body).toContain('已关联。');
    expect(await own.links.listByAccount(account.id)).toHaveLength(1);
    expect(pageName(await browser.open(page.url))).toBe('federation-links');
    await browser.press(await browser.open('/account/links'), 'remove-0');
    expect(pageName(await browser.open(page.url))).toBe('federation-link-stopped');
  });
});
