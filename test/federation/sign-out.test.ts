// Signing out on both sides, and what the account centre lets its owner do with links.
import { describe, expect, test } from 'vitest';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { federatedCity, upstreamHref } from '../support/federated-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { signLogoutToken } from '../support/logout-token.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { TokenClient } from '../support/token-client.ts';

const own = federatedCity(migratedDatabase().uri, {
  claims: {
    newcomer: {
      name: '新来者',
      id_document: { type: '111', number: '440000198001010015' },
      real_name_level: 3,
    },
    second: { name: '第二人' },
    nameless: {},
    elsewhere: { name: '别处人' },
  },
  clients: [
    { client_id: 'portal', scope: 'openid profile real_name' },
    { client_id: 'archive', scope: 'openid profile offline_access' },
  ],
  hasSecondProcess: true,
  accounts: [
    { login: 'owner', level: 1, fields: { must_change_password: 'false', phone: '13900000001' } },
    { login: 'rival', level: 1, fields: { must_change_password: 'false', phone: '13900000002' } },
  ],
});

const collection = (name: string) => own.node.storage.database.collection(name);
const openSessions = (accountId: string) =>
  collection('sessions').countDocuments({ accountId, endedAt: null });

async function signedIn(as: string) {
  const at = await own.viaProvince(await own.begin('portal'), as);
  let { page } = at;
  if (pageName(page) === 'federation-arrival') page = await at.browser.press(page, 'create');
  if (pageName(page) === 'agree') page = await at.browser.press(page, 'agree-on', { agree: 'yes' });
  at.browser.finish(at.pending, await at.browser.walk(page, undefined));
  const link = await own.links.findLive({
    issuer: own.province.issuer,
    subject: as,
  });
  return { ...at, accountId: link?.accountId ?? '' };
}

/** As the province would sign it. */
async function logoutToken(claims: Record<string, unknown>) {
  const key = own.province.signingKeys.find(({ alg }) => alg === 'RS256');
  if (!key) throw new Error('the province has no such key');
  return signLogoutToken(key, { issuer: own.province.issuer, audience: 'hutong-city', claims });
}

const tell = (token: string) =>
  fetch(`${own.node.issuer}/federation/backchannel-logout/province`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  });

describe('the province says that a session has ended', () => {
  test('falsely, twice, or as another token: refused, and nothing ends', async () => {
    const { accountId } = await signedIn('newcomer');
    const sub = 'newcomer';
    const forged = `${await logoutToken({ sub })}x`;
    const answers = [
      await tell(forged),
      await tell(await logoutToken({ sub, nonce: 'as in an ID token' })),
      await tell(await logoutToken({ sub, events: {} })),
      await tell(await logoutToken({})),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(await openSessions(accountId)).toBe(1);
    const token = await logoutToken({ sub });
    expect((await tell(token)).status).toBe(200);
    await expect.poll(() => openSessions(accountId)).toBe(0);
    await signedIn('newcomer');
    expect((await tell(token)).status).toBe(400);
    expect(await openSessions(accountId)).toBe(1);
  });

  test('of a session that the sign-in did not name: what is of the person named ends', async () => {
    const { accountId } = await signedIn('newcomer');
    const named = { accountId, sessionKey: { $exists: true } };
    expect(await collection('upstreamSignIns').countDocuments(named)).toBe(0);
    const open = await openSessions(accountId);
    expect((await tell(await logoutToken({ sid: 'other' }))).status).toBe(200);
    expect(await openSessions(accountId)).toBe(open);
    expect((await tell(await logoutToken({ sub: 'newcomer', sid: 'other' }))).status).toBe(200);
    await expect.poll(() => openSessions(accountId)).toBe(0);
  });

  test('while the database refuses to note it: the same word counts when it is sent again', async () => {
    const { accountId } = await signedIn('newcomer');
    const token = await logoutToken({ sub: 'newcomer' });
    await refuseNotices(true);
    expect((await tell(token)).status).toBe(500);
    await refuseNotices(false);
    expect((await tell(token)).status).toBe(200);
    await expect.poll(() => openSessions(accountId)).toBe(0);
    expect((await tell(token)).status).toBe(400);
  });
});

/** As a full disk or a lost primary would. */
const refuseNotices = (isRefused: boolean) =>
  own.node.storage.database.db.command({
    collMod: 'upstreamNotices',
    validator: isRefused ? { never: true } : {},
  });

test('a person signs out here and at the province, and ends at the system', async () => {
  const { browser, accountId } = await signedIn('newcomer');
  const before = await openSessions(accountId);
  const question = await browser.open('/oauth2/logout?client_id=portal');
  expect(question.body).toContain('也退出“省统一身份认证平台”');
  const out = await browser.press(question, 'sign-out-everywhere');
  const province = nextAddress(out);
  expect(province?.href).toContain(`${own.province.issuer}/session/end`);
  expect(await openSessions(accountId)).toBe(before - 1);
  const state = province?.searchParams.get('state') ?? '';
  const back = await browser.open(`/federation/signed-out?state=${state}`);
  expect(pageName(await browser.press(back, 'continue'))).toBe('signed-out');
  const altered = await browser.open('/federation/signed-out?state=altered');
  expect(pageName(await browser.press(altered, 'continue'))).toBe('signed-out');
});

describe('what a system keeps for offline use', () => {
  const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };
  const tokens = () => new TokenClient(own.node.issuer);

  /** Signed in from the province at a system that stays; the session here is over. */
  async function kept(as: string) {
    const begun = await own.begin('archive', { parameters: OFFLINE });
    const { browser, pending, ...at } = await own.viaProvince(begun, as);
    let { page } = at;
    if (pageName(page) === 'federation-arrival') page = await browser.press(page, 'create');
    if (pageName(page) === 'agree') page = await browser.press(page, 'agree-on', { agree: 'yes' });
    const walked = await browser.walk(page, own.node.account('owner'));
    const { body } = await tokens().redeem(browser.finish(pending, walked));
    await browser.signOut();
    const answer = await tokens().refresh(own.node.client('archive'), String(body.refresh_token));
    expect(answer.status).toBe(200);
    return answer.body;
  }

  async function expectEnded({ access_token, refresh_token }: Awaited<ReturnType<typeof kept>>) {
    await expect.poll(async () => (await tokens().userinfo(String(access_token))).status).toBe(401);
    for (let count = 0; count < 2; count += 1) {
      const again = await tokens().refresh(own.node.client('archive'), String(refresh_token));
      expect(again.body.error).toBe('invalid_grant');
    }
  }

  test('ends with the session at the province, long after the session here', async () => {
    const one = await kept('newcomer');
    expect((await tell(await logoutToken({ sub: 'newcomer' }))).status).toBe(200);
    await expectEnded(one);
  });

  test('ends when its platform is suspended', async () => {
    const one = await kept('newcomer');
    await own.setPeer({ state: 'suspended' });
    await expectEnded(one);
    await own.setPeer({});
    await expect.poll(async () => (await own.begin('portal')).page.body).toContain('by-province');
  });

  test('ends when its owner removes the link; what was allowed otherwise goes on', async () => {
    const { browser } = await centre('owner');
    await browser.press(await link(browser, 'nameless'), 'bind');
    const foreign = await kept('nameless');
    const local = new CityBrowser(own.node.issuer);
    const begun = await local.request(own.node.client('archive'), OFFLINE);
    const walked = await local.walk(begun.visit, own.node.account('owner'));
    const { body } = await tokens().redeem(local.finish(begun.pending, walked));
    await browser.press(await browser.open('/account/links'), 'remove-0');
    await expectEnded(foreign);
    const client = own.node.client('archive');
    expect((await tokens().refresh(client, String(body.refresh_token))).status).toBe(200);
  });
});

async function centre(login: string) {
  const browser = new CityBrowser(own.node.issuer);
  const page = await browser.walk(await browser.open('/account/links'), own.node.account(login));
  expect(pageName(page)).toBe('federation-links');
  return { browser, page };
}

async function link(browser: CityBrowser, as: string) {
  const list = await browser.open('/account/links/add');
  own.province.decision = { accountId: as, level: 2 };
  const href = /href="([^"]+)" id="link-peer-0"/u.exec(list.body)?.[1] ?? '';
  const out = await browser.open(href);
  const visit = await browser.visitor.visit(
    nextAddress(out) ?? '',
    (next) => next.origin === own.node.issuer,
  );
  return browser.open(nextAddress(visit) ?? '');
}

describe('in the account centre', () => {
  test('an identity is added after its owner agrees, once, and taken away again', async () => {
    const { browser } = await centre('owner');
    const confirm = await link(browser, 'second');
    expect(pageName(confirm)).toBe('federation-confirm-link');
    expect(await own.links.listByAccount(own.node.account('owner').id)).toEqual([]);
    const done = await browser.press(confirm, 'bind');
    expect(done.body).toContain('已关联');
    const twice = await browser.press(confirm, 'bind');
    expect(twice.body).toContain('已关联');
    const removed = await browser.press(await browser.open('/account/links'), 'remove-0');
    expect(removed.body).toContain('已解除关联');
    expect(await own.links.listByAccount(own.node.account('owner').id)).toEqual([]);
  });

  test('an identity of another account freezes its link; whoever else arrives is told nothing', async () => {
    const first = await centre('owner');
    await first.browser.press(await link(first.browser, 'elsewhere'), 'bind');
    const arrived = await first.browser.open('/account/links/arrived?state=of-somebody-else');
    expect(pageName(arrived)).toBe('federation-link-stopped');
    const rival = await centre('rival');
    const refused = await rival.browser.press(await link(rival.browser, 'elsewhere'), 'bind');
    expect([refused.status, refused.body.includes('已经连着另一个账户')]).toEqual([422, true]);
    const [frozen] = await own.links.listByAccount(own.node.account('owner').id);
    expect(frozen).toMatchObject({ state: 'frozen', conflict: 'linked_elsewhere' });
    const again = await own.viaProvince(await own.begin('portal'), 'elsewhere');
    expect(again.page.body).toContain('核实');
  });

  test('the only way in is kept', async () => {
    const { accountId } = await signedIn('newcomer');
    const browser = new CityBrowser(own.node.issuer);
    const signIn = await browser.open('/account/links');
    own.province.decision = { accountId: 'newcomer', level: 3 };
    const out = await browser.open(upstreamHref(signIn));
    const visit = await browser.visitor.visit(
      nextAddress(out) ?? '',
      (next) => next.origin === own.node.issuer,
    );
    const list = await browser.open(nextAddress(visit) ?? '');
    expect(list.body).toContain('唯一的登录方式');
    expect(list.body).not.toContain('id="remove-0"');
    expect(await own.links.listByAccount(accountId)).toMatchObject([{ state: 'active' }]);
    // One that opens nothing at present may go, and is no other way in.
    const { action, fields } = readForm(list, 'sign-out');
    const gone = { id: 'gone', peerId: 'gone', issuer: 'http://localhost:7', subject: 'newcomer' };
    const facts = {
      level: 2,
      version: undefined,
      origin: undefined,
      hasMadeAccount: false,
    } as const;
    await own.node.storage.database.transaction((session) =>
      own.links.insert({ ...gone, ...facts, accountId }, session),
    );
    const both = await browser.open('/account/links');
    expect(both.body).not.toContain('id="remove-0"');
    expect(both.body).toContain('id="remove-1"');
    const [only] = await own.links.listByAccount(accountId);
    const remove = new URL('/account/links/remove', action);
    await browser.visitor.submit(remove, { ...fields, link: only?.id ?? '' });
    expect(await own.links.listByAccount(accountId)).toHaveLength(2);
    await browser.press(both, 'remove-1');
    expect(await own.links.listByAccount(accountId)).toMatchObject([{ id: only?.id }]);
  });
});
