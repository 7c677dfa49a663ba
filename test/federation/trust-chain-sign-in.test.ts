// Somebody of a city with which nothing was agreed signs in, because a chain of trust vouches for it; and
// signs in no more when a link of the chain is taken away, on two processes, with the reason on the page.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { chainedCities, STATEMENT_SECONDS } from '../support/chained-cities.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { runHutongHere } from '../support/command-here.ts';
import { FederationNode } from '../support/federation-node.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { sendLogoutToken, signLogoutToken, unsignedToken } from '../support/logout-token.ts';
import { MASTER_KEY } from '../support/storage.ts';
import { TokenClient } from '../support/token-client.ts';
import { VisitorOfProcess } from '../support/visitor-of-process.ts';

const at = chainedCities({
  // So few that no process takes any in advance.
  searches: 39,
  levelCap: 3,
  people: [
    {
      login: 'yuanfang',
      name: '远方人',
      level: 4,
      fields: { certificate_type: '111', certificate_number: '440000198001010015' },
    },
  ],
  clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
  accounts: [{ login: 'guan', name: '管系统', kind: 'civilServant' }],
});

const WITHIN = { timeout: 5000 };

const begin = async (browser: CityBrowser, issuer = at.home.issuer) =>
  browser.request(at.city.client('portal'), {
    scope: 'openid profile real_name',
    idp_hint: issuer,
  });

const searches = () => at.city.storage.database.collection('routeBudgets');
const ofAddress = { key: /^trustSearch\.address/u };

beforeEach(async () => {
  await searches().deleteMany({ key: /^trustSearch/u });
});

const atHome = () => new CityBrowser(at.home.issuer);

/** At home and back, with the account there. */
async function viaHome(browser: CityBrowser, out: Visit, home = atHome()): Promise<Visit> {
  const { login, password } = at.home.account('yuanfang');
  const form = await home.open(nextAddress(out) ?? '');
  let page = await home.press(form, 'sign-in', { login, password });
  if (pageName(page) === 'agree') page = await home.press(page, 'agree-on', { agree: 'yes' });
  if (pageName(page) === 'consent') page = await releaseAll(home, page);
  return browser.open(nextAddress(page) ?? '');
}

/** Each sensitive item is allowed by itself. */
async function releaseAll(home: CityBrowser, page: Visit): Promise<Visit> {
  const { action, fields } = readForm(page, 'consent-accept');
  const items = ['real_name', 'id_document'].map((item): [string, string] => ['item', item]);
  const sent = new URLSearchParams([...Object.entries(fields), ...items]);
  return home.open(nextAddress(await home.visitor.submit(action, sent)) ?? '');
}

async function signIn(home = atHome()) {
  const browser = new CityBrowser(at.city.issuer);
  const { pending, visit } = await begin(browser);
  let page = await viaHome(browser, visit, home);
  if (pageName(page) === 'federation-arrival') page = await browser.press(page, 'create');
  if (pageName(page) === 'agree') page = await browser.press(page, 'agree-on', { agree: 'yes' });
  const answer = browser.finish(pending, await browser.walk(page, undefined));
  const { body } = await new TokenClient(at.city.issuer).redeem(answer);
  return { browser, body };
}

/** What new visitors read who want to come from there, one at each process. */
async function refusals(): Promise<string[]> {
  const visits = at.city.origins.map(async (origin) => {
    const browser = new CityBrowser(at.city.issuer, new VisitorOfProcess(origin));
    const { body } = (await begin(browser)).visit;
    return /id="trust-reason">([^<]+)</u.exec(body)?.[1] ?? '';
  });
  return Promise.all(visits);
}

async function refusedInRecord(reason: string) {
  const records = at.city.storage.database.collection('auditRecords');
  const type = 'federation_trust.provider_refused';
  return records.findOne({ type, reason, clientId: 'portal' });
}

const openSessions = () =>
  at.city.storage.database.collection('sessions').countDocuments({ endedAt: null });

const hutong = (...args: string[]) =>
  runHutongHere(['federation', ...args], {
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: at.city.issuer,
    HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*',
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    HUTONG_FEDERATION: at.cityFile,
    MONGODB_URI: at.cityUri,
  });

async function denyHub(): Promise<void> {
  const accounts = at.city.storage.database.collection('accounts');
  const officer = await at.city.accountStore.findByLogin('guan', { kind: 'civilServant' });
  await accounts.updateOne({ _id: officer?.id } as never, {
    $set: { roles: ['systemAdministrator'] },
  });
  const by = ['--decided-by', 'guan', '--reason', '演练'];
  expect(await hutong('deny', at.hub.id, ...by)).toMatchObject({ code: 0 });
}

/** Somebody signs in; then her home answers nobody, and this city starts anew. */
async function signInAndHide(): Promise<{ show(): Promise<void> }> {
  await at.city.storage.database.collection('federationDenials').deleteMany({});
  await expect.poll(refusals).not.toContain('本平台已停止信任该实体。');
  await signIn();
  const { server } = at.home.app;
  const { port } = server.address() as AddressInfo;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
  await at.city.restart();
  return {
    async show() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}

test('who comes is told of the platform, is recognised at the level of the chain, and sees the link', async () => {
  const browser = new CityBrowser(at.city.issuer);
  const arrival = await viaHome(browser, (await begin(browser)).visit);
  expect(pageName(arrival)).toBe('federation-arrival');
  expect(arrival.body).toContain('远方市');
  expect(arrival.body).toContain('三级');
  const { browser: signedIn, body } = await signIn();
  const payload = String(body['id_token']).split('.')[1] ?? '';
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  expect(claims).toMatchObject({ real_name_level: 3, amr: ['fed'] });
  const told = await new TokenClient(at.city.issuer).userinfo(String(body['access_token']));
  expect(told.body).toMatchObject({ name: '远方人' });
  const links = await signedIn.open('/account/links');
  expect(pageName(links)).toBe('federation-links');
  expect(links.body).toContain('远方市');
  expect(links.body).toContain('三级');
});

test('an address that has us search too often may come later; who is believed already is not held up', async () => {
  await expect.poll(refusals).toEqual(['', '']);
  const strange = async (name: string) => {
    const { visit } = await begin(new CityBrowser(at.city.issuer), `http://127.0.0.1:9/${name}`);
    return visit;
  };
  const sought = await strange('one');
  expect([sought.status, sought.body]).toEqual([403, expect.stringContaining('id="trust-reason"')]);
  const usedUp = await searches().updateMany(ofAddress, { $set: { points: 39 } });
  expect(usedUp.modifiedCount).toBe(1);
  for (const name of ['two', 'three', 'four']) {
    const { status, body } = await strange(name);
    expect([status, body]).toEqual([503, expect.stringContaining('请过几分钟再试')]);
    expect(body).not.toContain('id="trust-reason"');
  }
  expect(await refusals()).toEqual(['', '']);
  const type = 'federation_trust.provider_refused';
  const records = at.city.storage.database.collection('auditRecords');
  // One of each process.
  expect(await records.countDocuments({ type, reason: 'unreachable' })).toBeLessThanOrEqual(2);
});

describe('the end of a session', () => {
  test('is asked for at home, too, by whoever signs out everywhere', async () => {
    const home = atHome();
    const { browser } = await signIn(home);
    const before = await openSessions();
    const question = await browser.open('/oauth2/logout?client_id=portal');
    expect(question.body).toContain('也退出“远方市”');
    const out = nextAddress(await browser.press(question, 'sign-out-everywhere'));
    expect(out?.href).toMatch(new RegExp(`^${at.home.issuer}/oauth2/logout\\?`, 'u'));
    expect(await openSessions()).toBe(before - 1);
    const gone = await home.press(await home.open(out ?? ''), 'sign-out-confirm');
    const back = await browser.open(nextAddress(gone) ?? '');
    expect(pageName(await browser.press(back, 'continue'))).toBe('signed-out');
  });

  test('at home is told to us, and ends what came from there', async () => {
    const before = await openSessions();
    const home = atHome();
    await signIn(home);
    expect(await openSessions()).toBe(before + 1);
    await home.signOut();
    await expect.poll(openSessions).toBe(before);
  });

  test('is believed of nobody else, and leads to no search for a stranger', async () => {
    const stranger = await FederationNode.start();
    await signIn();
    const before = await openSessions();
    const claims = { sub: 'anybody', sid: 'any' };
    const tell = async (issuer: string) => {
      const of = { issuer, audience: at.city.issuer, claims };
      return send(await signLogoutToken(stranger.entity.key, of));
    };
    const send = (token: string) => sendLogoutToken(at.city.issuer, token);
    expect(await tell(at.home.issuer)).toEqual([400, 'invalid']);
    expect(await tell(stranger.id)).toEqual([400, 'invalid']);
    for (const iss of [null, 5, {}, [at.home.issuer]])
      expect(await send(unsignedToken({ iss }))).toEqual([400, 'invalid']);
    expect(stranger.asked).toEqual([]);
    expect(await openSessions()).toBe(before);
    await stranger.close();
  });
});

describe('when the chain is cut, people are refused with the reason, and what stood on it ends', () => {
  test('because the hub does not speak for the city any more', async () => {
    await signIn();
    const away = new CityBrowser(at.city.issuer);
    const { visit: out } = await begin(away);
    const admitted = at.hub.subordinates.get(at.home.issuer);
    if (!admitted) throw new Error('the hub never spoke for the city');
    at.hub.subordinates.delete(at.home.issuer);
    const reason = '上级已不再为该实体作证：可能已被暂停或移除。';
    await expect.poll(refusals, WITHIN).toEqual([reason, reason]);
    await expect.poll(openSessions, WITHIN).toBe(0);
    expect((await viaHome(away, out)).body).toContain(reason);
    expect(await refusedInRecord('not_subordinate')).toMatchObject({
      details: { issuer: at.home.issuer, traceId: expect.stringMatching(/^[\da-f]{32}$/u) },
    });
    at.hub.subordinates.set(at.home.issuer, admitted);
    await expect.poll(refusals).toEqual(['', '']);
  });

  test('because the anchor has taken back the hub in between', async () => {
    await signIn();
    const admitted = at.anchor.subordinates.get(at.hub.id);
    if (!admitted) throw new Error('the anchor never spoke for the hub');
    at.anchor.subordinates.delete(at.hub.id);
    const reason = '上级已不再为该实体作证：可能已被暂停或移除。';
    await expect.poll(refusals, WITHIN).toEqual([reason, reason]);
    await expect.poll(openSessions, WITHIN).toBe(0);
    at.anchor.subordinates.set(at.hub.id, admitted);
    await expect.poll(refusals).toEqual(['', '']);
  });

  test('because this city has pulled its own switch, at the hub above', async () => {
    await signIn();
    await denyHub();
    const reason = '本平台已停止信任该实体。';
    await expect.poll(refusals, WITHIN).toEqual([reason, reason]);
    await expect.poll(openSessions, WITHIN).toBe(0);
    expect(await refusedInRecord('denied')).toMatchObject({ details: { entity: at.hub.id } });
  });
});

describe('after we have started anew, a home that answers nobody', () => {
  /** The process has looked at the chain anew. */
  const judged = async () => {
    const chains = at.city.storage.database.collection('federationChains');
    const keptAt = async () =>
      (await chains.findOne({ _id: `openid_provider ${at.home.issuer}` } as never))?.['expiresAt'];
    const before = await keptAt();
    expect(before).toBeInstanceOf(Date);
    await expect.poll(keptAt).not.toEqual(before);
  };

  test('ends nobody, until somebody above it is denied', async () => {
    const home = await signInAndHide();
    onTestFinished(() => home.show());
    await judged();
    await judged();
    expect(await openSessions()).toBe(1);
    await denyHub();
    await expect.poll(openSessions, WITHIN).toBe(0);
  });

  test('outlasts neither the word of its superiors nor its own', async () => {
    const home = await signInAndHide();
    const admitted = at.hub.subordinates.get(at.home.issuer);
    at.hub.subordinates.delete(at.home.issuer);
    await expect.poll(openSessions, WITHIN).toBe(0);
    if (admitted) at.hub.subordinates.set(at.home.issuer, admitted);
    await home.show();
    await expect.poll(refusals).toEqual(['']);
    const again = await signInAndHide();
    at.city.clock.advance(STATEMENT_SECONDS + 1);
    await expect.poll(openSessions, WITHIN).toBe(0);
    await again.show();
  });
});
