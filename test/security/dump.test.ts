// What somebody would hold who copied the database or the log: nothing that opens anything, and
// nobody's name, number or phone. Every collection is walked after flows of every kind.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CITY_PASSWORD, TOTP_SECRET } from '../support/city-accounts.ts';
import { authorizationRequest, CityBrowser, otpOf, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { makeDpopKey, TokenClient } from '../support/token-client.ts';

const PERSON = {
  name: '欧阳无双',
  phone: '13912345678',
  email: 'unmistakable.person@example.com',
  certificate_number: '440000198001010015',
};

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
/** What it is → its value. */
const secrets = new Map<string, string>();
const lines: string[] = [];
let city: CityNode;

beforeAll(async () => {
  await receiver.start();
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => done(void lines.push(chunk.toString())),
  });
  city = await startCityNode({
    mongodbUri: uri,
    // Without the redaction of the real one: nothing may depend on it.
    logger: pino({ level: 'debug' }, destination),
    clients: [
      {
        client_id: 'portal',
        scope: 'openid profile phone',
        backchannel_logout_uri: receiver.uriOf('portal'),
      },
      {
        client_id: 'hall',
        consent: 'ask',
        scope: 'openid profile real_name id_document offline_access',
      },
      { client_id: 'department', minimum_level: 3, token_endpoint_auth_method: 'private_key_jwt' },
      { client_id: 'bank', profile: 'fapi2' },
    ],
    accounts: [
      { login: 'unmistakable-login', totpSecret: TOTP_SECRET, name: PERSON.name, fields: PERSON },
    ],
  });
  receiver.trust(city.issuer);
  await live();
}, 60_000);
afterAll(async () => {
  await city.stop();
  await receiver.stop();
});

function note(what: string, value: unknown): void {
  if (typeof value === 'string' && value.length >= 8) secrets.set(what, value);
}

/** A day of one person: hints, a pushed request, consent, tokens of all kinds, sign-outs. */
async function live(): Promise<void> {
  const tokens = new TokenClient(city.issuer);
  const account = city.account('unmistakable-login');
  const browser = new CityBrowser(city.issuer);
  const wrong = await browser.request(city.client('portal'), { login_hint: PERSON.phone });
  await browser.press(wrong.visit, 'sign-in', {
    login: PERSON.phone,
    password: 'a wrong password 1',
  });
  await browser.press(wrong.visit, 'sign-in', {
    login: account.login,
    password: 'a wrong password 2',
  });
  const portal = await browser.authorize(city.client('portal'), account, {
    login_hint: PERSON.certificate_number,
    scope: 'openid profile phone',
  });
  note('portal code', portal.code);
  const first = await tokens.redeem(portal);
  const hint = String(first.body.id_token);
  await browser.authorize(city.client('portal'), account, { id_token_hint: hint, prompt: 'none' });
  const hall = await browser.authorize(city.client('hall'), account, {
    scope: 'openid profile real_name offline_access',
    prompt: 'consent',
  });
  const second = await tokens.redeem(hall);
  const third = await tokens.refresh(hall.client, String(second.body.refresh_token));
  const pending = authorizationRequest(city.issuer, city.client('bank'), {
    login_hint: PERSON.phone,
  });
  const dpop = await makeDpopKey();
  const fields = Object.fromEntries(pending.url.searchParams);
  const pushed = await tokens.push(city.client('bank'), fields, dpop);
  note('request_uri', String(pushed.body['request_uri']).split(':').at(-1));
  const url = new URL('/oauth2/authorize', city.issuer);
  url.searchParams.set('client_id', 'bank');
  url.searchParams.set('request_uri', String(pushed.body['request_uri']));
  const bank = browser.finish(pending, await browser.open(url));
  const fourth = await tokens.redeem(bank, {}, dpop);
  const stepUp = await browser.request(city.client('department'));
  expect(pageName(stepUp.visit)).toBe('second-factor');
  const otp = await otpOf(account);
  const done = await browser.press(stepUp.visit, 'verify', { otp });
  note('department code', browser.finish(stepUp.pending, done).code);
  await browser.request(city.client('hall'), { prompt: 'login', login_hint: PERSON.email });
  for (const [index, { body }] of [first, second, third, fourth].entries()) {
    for (const kind of ['access_token', 'refresh_token', 'id_token']) {
      expect(body).toHaveProperty(kind);
      note(`${kind} ${index}`, body[kind]);
    }
  }
  for (const [index, value] of browser.visitor.cookieValues().entries())
    note(`cookie ${index}`, value);
  for (const pending of [portal, hall, bank]) {
    note(`state of ${pending.client.id}`, pending.state);
    note(`verifier of ${pending.client.id}`, pending.verifier);
    note(`nonce of ${pending.client.id}`, pending.nonce);
    note(`secret of ${pending.client.id}`, pending.client.secret);
    note(`unredeemed code at ${pending.client.id}`, pending.code);
  }
  const parked = await browser.visitor.submit(new URL('/oauth2/authorize', city.issuer), fields);
  note(
    'parked id',
    new URL(parked.headers.get('location') ?? '', city.issuer).searchParams.get('parked'),
  );
  await browser.signOut(undefined, hint);
  for (const [what, value] of Object.entries(PERSON)) note(what, value);
  secrets.set('name', PERSON.name);
  note('password', CITY_PASSWORD);
  note('wrong password', 'a wrong password 1');
  note('authenticator secret', TOTP_SECRET);
  note('master key', city.config.masterKey.toString('latin1'));
}

/** The value itself, its hex, and its base64 wherever it might begin in a longer text. */
function disguises(value: string): string[] {
  const bytes = Buffer.from(value);
  const encoded = [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const inner = text.slice(
      Math.ceil((shift * 8) / 6),
      Math.floor(((shift + bytes.length) * 8) / 6),
    );
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [bytes.toString('latin1'), bytes.toString('hex'), ...encoded];
}

function leaksIn(haystack: string): string[] {
  return [...secrets]
    .filter(([, value]) => disguises(value).some((disguise) => haystack.includes(disguise)))
    .map(([what]) => what);
}

/** Everything a document holds, keys too, as bytes in one text. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value === 'string') return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  if (value instanceof Date || typeof value !== 'object' || value === null) return String(value);
  const binary = (value as { buffer?: unknown }).buffer;
  if (binary instanceof Uint8Array) return textOf(binary);
  return Object.entries(value)
    .flatMap(([key, member]) => [textOf(key), textOf(member)])
    .join('\n');
}

describe('a dump of the database', () => {
  test('holds nothing in the clear that opens anything or names anybody', async () => {
    const { db } = city.storage.database;
    const collections = await db.listCollections().toArray();
    const leaks: string[] = [];
    let documents = 0;
    for (const { name } of collections) {
      for (const document of await db.collection(name).find().toArray()) {
        documents += 1;
        leaks.push(...leaksIn(textOf(document)).map((what) => `${name}: ${what}`));
      }
    }
    expect(documents).toBeGreaterThan(40);
    expect(secrets.size).toBeGreaterThan(30);
    expect([...new Set(leaks)]).toEqual([]);
  });

  test('would show it, if it were there', () => {
    const code = secrets.get('portal code') ?? '';
    expect(leaksIn(textOf({ a: [{ b: `x${code}` }] }))).toContain('portal code');
    const inside = Buffer.from(`{"name":"${PERSON.name}"}`);
    expect(leaksIn(textOf({ a: inside }))).toContain('name');
    for (const shift of ['', 'x', 'xx']) {
      const encoded = Buffer.from(`${shift}${code}y`).toString('base64url');
      expect(leaksIn(textOf([encoded]))).toContain('portal code');
    }
  });
});

test('the log names nobody and opens nothing', () => {
  expect(lines.length).toBeGreaterThan(0);
  expect(leaksIn(Buffer.from(lines.join('')).toString('latin1'))).toEqual([]);
});
