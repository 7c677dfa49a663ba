// What a province tells of its people by signed events: what is refused, what counts once, what it does.
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { pageName } from '../support/city-browser.ts';
import { federatedCity, person } from '../support/federated-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const RACES = 6;
const own = federatedCity(migratedDatabase().uri, {
  claims: {
    newcomer: person('新来者', '440000198001010015', 3),
    waiting: { preferred_username: '7' },
    ...Object.fromEntries(Array.from({ length: RACES }, (_, index) => [`racer-${index}`, {}])),
  },
  clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
  accounts: [{ login: 'owner', level: 1, fields: { must_change_password: 'false' } }],
});

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const REVOKED = { [`${CAEP}session-revoked`]: {} };

interface Token {
  subject?: string;
  events?: object;
  header?: { typ?: string; kid?: string };
  key?: JWK;
  issuer?: string;
  audience?: string;
  ageSeconds?: number;
  claims?: object;
}

/** As the province would sign it. */
async function eventToken(of: Token = {}): Promise<string> {
  const key = of.key ?? own.province.signingKeys.find(({ alg }) => alg === 'RS256');
  if (!key) throw new Error('the province has no such key');
  const { subject = 'newcomer', events = REVOKED, ageSeconds = 0 } = of;
  const sub_id = { format: 'iss_sub', iss: own.province.issuer, sub: subject };
  return new SignJWT({ events, sub_id, txn: 'trace-of-the-province', ...of.claims })
    .setProtectedHeader({ alg: 'RS256', kid: String(key.kid), typ: 'secevent+jwt', ...of.header })
    .setIssuer(of.issuer ?? own.province.issuer)
    .setAudience(of.audience ?? 'hutong-city')
    .setIssuedAt(Math.floor(Date.now() / 1000) - ageSeconds)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(key, 'RS256'));
}

async function tell(body: string, { peer = 'province', type = 'application/secevent+jwt' } = {}) {
  const response = await fetch(`${own.node.issuer}/federation/events/${peer}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  const text = await response.text();
  const err = text === '' ? undefined : (JSON.parse(text) as { err?: string }).err;
  return { status: response.status, err, text };
}

const accounts = () => own.node.storage.database.collection('accounts');
const openSessions = (accountId: string) =>
  own.node.storage.database.collection('sessions').countDocuments({ accountId, endedAt: null });
const received = () =>
  own.node.storage.database
    .collection('auditRecords')
    .countDocuments({ type: 'account_events.received' });
const link = () => own.links.findLive({ issuer: own.province.issuer, subject: 'newcomer' });

async function signedIn(): Promise<string> {
  const at = await own.viaProvince(await own.begin('portal'), 'newcomer');
  let { page } = at;
  if (pageName(page) === 'federation-arrival') page = await at.browser.press(page, 'create');
  if (pageName(page) === 'agree') page = await at.browser.press(page, 'agree-on', { agree: 'yes' });
  at.browser.finish(at.pending, await at.browser.walk(page, undefined));
  return (await link())?.accountId ?? '';
}

describe('an event of the province', () => {
  test('that is forged, for others, or no event is refused by its reason, and nothing ends', async () => {
    const accountId = await signedIn();
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const stranger = { ...(await exportJWK(privateKey)), kid: 'stranger', alg: 'RS256' };
    const known = String(own.province.signingKeys.find(({ alg }) => alg === 'RS256')?.kid);
    const otherSubject = {
      sub_id: { format: 'iss_sub', iss: 'https://other.example', sub: 'newcomer' },
    };
    const month = 32 * 86_400;
    const cases: [string, string][] = [
      [await eventToken({ key: stranger }), 'invalid_key'],
      [await eventToken({ key: stranger, header: { kid: known } }), 'authentication_failed'],
      [await eventToken({ issuer: 'https://other.example' }), 'invalid_issuer'],
      [await eventToken({ audience: 'another-city' }), 'invalid_audience'],
      [await eventToken({ header: { typ: 'logout+jwt' } }), 'invalid_request'],
      [await eventToken({ ageSeconds: -600 }), 'invalid_request'],
      [await eventToken({ ageSeconds: month }), 'invalid_request'],
      [await eventToken({ events: {} }), 'invalid_request'],
      [await eventToken({ claims: otherSubject }), 'invalid_request'],
      [await eventToken({ claims: { sub_id: undefined } }), 'invalid_request'],
      ['a.b.c', 'invalid_request'],
    ];
    for (const [token, err] of cases) expect(await tell(token)).toMatchObject({ status: 400, err });
    const good = await eventToken();
    expect((await tell(good, { peer: 'nowhere' })).status).toBe(403);
    expect((await tell(good, { type: 'application/jwt' })).status).toBe(415);
    expect((await tell('x'.repeat(100_001))).status).toBe(413);
    await own.setPeer({ state: 'suspended' });
    expect(await tell(good)).toEqual(await tell(good, { peer: 'nowhere' }));
    await own.setPeer({});
    expect(await received()).toBe(0);
    expect(await openSessions(accountId)).toBe(1);
    // Refused for reasons of the moment, it has not been used up.
    expect((await tell(good)).status).toBe(202);
    await expect.poll(() => openSessions(accountId)).toBe(0);
  });

  test('counts once, however often and at how many places it arrives', async () => {
    const token = await eventToken();
    const before = await received();
    const answers = await Promise.all(Array.from({ length: 10 }, () => tell(token)));
    expect(answers.map(({ status }) => status)).toContain(202);
    expect(answers.filter(({ status }) => ![202, 503].includes(status))).toEqual([]);
    expect(await received()).toBe(before + 1);
    const accountId = await signedIn();
    expect((await tell(token)).status).toBe(202);
    expect(await received()).toBe(before + 1);
    expect(await openSessions(accountId)).toBe(1);
  });

  test('is answered alike whether or not anybody here is known by it', async () => {
    const known = await tell(await eventToken({ events: { 'urn:example:of-later': {} } }));
    const unknown = await tell(await eventToken({ subject: 'nobody-here' }));
    expect(unknown).toEqual(known);
    expect(known).toEqual({ status: 202, err: undefined, text: '' });
  });

  test('lowers a level at once, and raises none', async () => {
    const { accountId = '' } = (await link()) ?? {};
    const levelOf = async () =>
      (await accounts().findOne({ _id: accountId as never }))?.['realNameLevel'];
    const told = (level: string) => ({
      [`${CAEP}assurance-level-change`]: { namespace: 'urn:hutong:level', current_level: level },
    });
    expect(await levelOf()).toBe(3);
    // Without a table of the peer it is read as at a sign-in: by our own names.
    await tell(await eventToken({ events: told('4') }));
    await tell(await eventToken({ events: told('3') }));
    expect(await levelOf()).toBe(3);
    await tell(await eventToken({ events: told('2') }));
    expect(await levelOf()).toBe(1);
    // What the province says at the next sign-in counts again.
    await signedIn();
    expect([await levelOf(), (await link())?.level]).toEqual([3, 3]);
    await own.setPeer({ registration: { levelMap: { '1': 1, '2': 2, '3': 3, '4': 4 } } });
    await tell(await eventToken({ events: told('3') }));
    expect(await levelOf()).toBe(3);
    await tell(await eventToken({ events: told('1') }));
    await expect.poll(levelOf).toBe(1);
    await own.setPeer({});
  });

  test('of the end there ends the link here, with the trace of both sides', async () => {
    expect(await link()).toBeDefined();
    await tell(await eventToken({ events: { [`${RISC}account-purged`]: {} } }));
    expect(await link()).toBeUndefined();
    const ended = await own.node.storage.database
      .collection('auditRecords')
      .findOne({ type: 'federation.unlinked' });
    expect(ended).toMatchObject({
      reason: 'closed_upstream',
      details: { peer: 'province', traceId: 'trace-of-the-province' },
    });
  });
});

describe('while somebody who has come from there is asked', () => {
  const PURGED = { [`${RISC}account-purged`]: {} };
  const linkOf = (subject: string) => own.links.findLive({ issuer: own.province.issuer, subject });
  const arrive = async (as: string) => own.viaProvince(await own.begin('portal'), as);
  const changed = (account_version?: number) => ({
    [`${CAEP}token-claims-change`]: { claims: {}, account_version },
  });

  test.each([
    ['closed', PURGED],
    ['disabled', { [`${RISC}account-disabled`]: {} }],
    ['signed out', REVOKED],
    ['changed', changed()],
    ['lowered', { [`${CAEP}assurance-level-change`]: { current_level: '1' } }],
  ])('an identity that is %s there becomes no account, and is told why', async (_name, events) => {
    await own.setPeer({});
    const before = await accounts().countDocuments({});
    const { browser, page } = await arrive('waiting');
    expect(pageName(page)).toBe('federation-arrival');
    expect((await tell(await eventToken({ subject: 'waiting', events }))).status).toBe(202);
    const answer = await browser.press(page, 'create');
    expect([answer.status, pageName(answer)]).toEqual([410, 'federation-stopped']);
    expect(answer.body).toContain('刚刚通知');
    expect(await accounts().countDocuments({})).toBe(before);
    // Nor by coming back to the page; from the province anew it may.
    expect(pageName(await browser.open(page.url))).toBe('sign-in');
    expect(pageName((await arrive('waiting')).page)).toBe('federation-arrival');
  });

  test('one that is closed there is bound to no account that was proven meanwhile', async () => {
    const at = await arrive('waiting');
    const binding = await at.browser.walk(
      await at.browser.press(at.page, 'prove'),
      own.node.account('owner'),
    );
    expect(pageName(binding)).toBe('federation-bind');
    await tell(await eventToken({ subject: 'waiting', events: PURGED }));
    const answer = await at.browser.press(binding, 'bind');
    expect(pageName(answer)).not.toBe('federation-bind');
    expect(await linkOf('waiting')).toBeUndefined();
  });

  test('what it has known already, or what concerns another, keeps nobody out', async () => {
    await own.setPeer({ registration: { attributeMap: { version: 'preferred_username' } } });
    const { browser, page } = await arrive('waiting');
    await tell(await eventToken({ subject: 'waiting', events: changed(7) }));
    await tell(await eventToken({ subject: 'another', events: PURGED }));
    const level = { namespace: 'urn:hutong:level', current_level: '4' };
    const rising = { [`${CAEP}assurance-level-change`]: level };
    const { issuer } = own.province;
    const user = { format: 'iss_sub', iss: issuer, sub: 'waiting' };
    const sub_id = { format: 'complex', user, session: { format: 'opaque', id: 'of-another' } };
    await tell(await eventToken({ subject: 'waiting', events: rising }));
    const made = await browser.press(page, 'create');
    expect(pageName(made)).not.toBe('federation-stopped');
    const accountId = (await linkOf('waiting'))?.accountId ?? '';
    expect(accountId).not.toBe('');
    await tell(await eventToken({ events: REVOKED, claims: { sub_id } }));
    await tell(await eventToken({ subject: 'waiting', events: PURGED }));
    expect(await linkOf('waiting')).toBeUndefined();
    await own.setPeer({});
  });

  test('at the very moment of its taking over, nothing lives on', async () => {
    const racers = Array.from({ length: RACES }, (_, index) => `racer-${index}`);
    const arrivals = [];
    for (const as of racers) arrivals.push({ as, ...(await arrive(as)) });
    await Promise.all(
      arrivals.map(async ({ as, browser, page }, index) => {
        const token = await eventToken({ subject: as, events: PURGED });
        const work = [() => browser.press(page, 'create'), () => tell(token)];
        if (index % 2 === 0) work.reverse();
        await Promise.all(work.map((each) => each()));
      }),
    );
    expect(await Promise.all(racers.map(linkOf))).toEqual(racers.map(() => undefined));
    const made = await own.node.storage.database
      .collection('federatedLinks')
      .distinct('accountId', { endedFor: 'closed_upstream' });
    const live = { accountId: { $in: made }, endedAt: null };
    const sessions = own.node.storage.database.collection('sessions');
    await expect.poll(() => sessions.countDocuments(live)).toBe(0);
  });
});
