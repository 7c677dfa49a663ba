// What a province tells of its people by signed events: what is refused, what counts once, what it does.
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { pageName } from '../support/city-browser.ts';
import { federatedCity } from '../support/federated-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const own = federatedCity(migratedDatabase().uri, {
  claims: {
    newcomer: {
      name: '新来者',
      id_document: { type: '111', number: '440000198001010015' },
      real_name_level: 3,
    },
  },
  clients: [{ client_id: 'portal', scope: 'openid profile real_name' }],
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
    await own.setPeer({ registration: { levelMap: { '1': 1, '2': 2, '3': 3, '4': 4 } } });
    const told = (level: string) => ({
      [`${CAEP}assurance-level-change`]: { namespace: 'urn:hutong:level', current_level: level },
    });
    expect(await levelOf()).toBe(3);
    await tell(await eventToken({ events: told('4') }));
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
