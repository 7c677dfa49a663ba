// Back-channel logout of the account centre, over HTTP: forged and repeated tokens end nothing, a
// real one ends the session that it names, on the centre's own side too.
import { SignJWT, UnsecuredJWT, generateKeyPair, importJWK } from 'jose';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedAccountSessions, visitAccountCentre } from '../../test/support/account-visitor.ts';
import { CityBrowser, pageName } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { SigningKeyStore } from '../keys/signing-key-store.ts';
import { loadSigningKeys } from '../keys/signing-keys.ts';
import { SessionCodec } from '../sessions/session-codec.ts';
import type { SessionDocument } from '../sessions/session-codec.ts';
import { ACCOUNT_CLIENT_ID } from './account-paths.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let key: { kid: string; privateKey: Awaited<ReturnType<typeof importJWK>> };
let sequence = 0;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    accounts: [{ login: 'zhang' }],
    clients: [{ client_id: 'portal' }],
  });
  const signingKeys = new SigningKeyStore(city.storage);
  const { jwks } = await loadSigningKeys({ ...city.storage, signingKeys });
  const jwk = jwks.keys.find(({ alg }) => alg === 'RS256');
  if (!jwk) throw new Error('the city signs with no RS256 key');
  key = { kid: jwk.kid, privateKey: await importJWK(jwk, 'RS256') };
});
afterAll(() => city.stop());

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

/** As the provider would make it, but for what a test says. */
function claims(change: JWTPayload = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  sequence += 1;
  return {
    iss: city.issuer,
    aud: ACCOUNT_CLIENT_ID,
    sub: city.account('zhang').id,
    sid: 'nobody',
    iat: now,
    exp: now + 120,
    jti: `token-${sequence}`,
    events: EVENTS,
    ...change,
  };
}

function sign(payload: JWTPayload, typ = 'logout+jwt') {
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ })
    .sign(key.privateKey);
}

async function post(token: string) {
  const response = await fetch(`${city.issuer}/account/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  });
  const text = await response.text();
  return { status: response.status, reason: /"error_description":"(\w+)"/u.exec(text)?.[1] };
}

/** The `sid` that the centre knows a signed-in person by. */
async function sidOf(login: string): Promise<string> {
  const documents = await city.storage.database
    .collection<SessionDocument>('sessions')
    .find({ accountId: city.account(login).id, endedAt: null })
    .sort({ startedAt: -1 })
    .toArray();
  const codec = new SessionCodec(city.storage.keyring);
  const [newest] = documents.map((each) => codec.open(each).authorizations[ACCOUNT_CLIENT_ID]);
  if (!newest) throw new Error(`${login} is not at the centre`);
  return newest.sid;
}

describe('the account centre refuses a logout token', () => {
  const past = () => Math.floor(Date.now() / 1000) - 600;

  it.each<[string, () => Promise<string> | string, string]>([
    [
      'of another issuer',
      () => sign(claims({ iss: 'https://other.example.com' })),
      'not_verifiable',
    ],
    ['for another client', () => sign(claims({ aud: 'portal' })), 'not_verifiable'],
    ['that has expired', () => sign(claims({ iat: past(), exp: past() + 120 })), 'not_verifiable'],
    ['that is old though not expired', () => sign(claims({ iat: past() })), 'not_verifiable'],
    ['without an id', () => sign(claims({ jti: undefined as never })), 'not_verifiable'],
    ['that is an ID token', () => sign(claims(), 'JWT'), 'not_verifiable'],
    ['without the event', () => sign(claims({ events: { other: {} } })), 'no_logout_event'],
    ['with a nonce', () => sign(claims({ nonce: 'n' })), 'nonce_present'],
    ['without a sid', () => sign(claims({ sid: undefined })), 'no_sid'],
    ['that nobody signed', () => new UnsecuredJWT(claims()).encode(), 'not_verifiable'],
    ['that is none', () => 'not.a.token', 'not_verifiable'],
    ['that is missing', () => '', 'not_verifiable'],
  ])('%s', async (_what, make, reason) => {
    await visitAccountCentre(city, 'zhang');
    const before = await storedAccountSessions(city);
    expect(await post(await make())).toEqual({ status: 400, reason });
    expect(await storedAccountSessions(city)).toBe(before);
  });

  it('signed with a key that is not ours', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const header = { alg: 'RS256', kid: key.kid, typ: 'logout+jwt' };
    const token = await new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);
    expect(await post(token)).toEqual({ status: 400, reason: 'not_verifiable' });
  });

  it('that comes a second time, also when both come at once', async () => {
    const token = await sign(claims());
    const answers = await Promise.all([post(token), post(token), post(token)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400]);
    expect(await post(token)).toEqual({ status: 400, reason: 'replayed' });
  });
});

describe('the account centre obeys a logout token', () => {
  it('for the session with its sid and no other', async () => {
    const { browser } = await visitAccountCentre(city, 'zhang');
    const other = await visitAccountCentre(city, 'zhang');
    const sid = await sidOf('zhang');
    const before = await storedAccountSessions(city);
    expect((await post(await sign(claims({ sid })))).status).toBe(200);
    expect(await storedAccountSessions(city)).toBe(before - 1);
    const visits = await Promise.all(
      [browser, other.browser].map((each) => each.visitor.request(`${city.issuer}/account`)),
    );
    expect(visits.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 303]);
  });

  it('that the provider sends by itself, without the network, when the session ends', async () => {
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    expect(pageName(await browser.open('/account'))).toBe('account-overview');
    const before = await storedAccountSessions(city);
    await browser.signOut();
    await expect.poll(() => storedAccountSessions(city), { timeout: 10_000 }).toBe(before - 1);
  });
});
