// A sign-in that was finished on our pages, but whose browser comes back to the provider late.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { CITY_PASSWORD } from '../support/city-accounts.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { openProtocolStores } from '../support/protocol-stores.ts';
import type { ProtocolStores } from '../support/protocol-stores.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let other: ProtocolStores;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    accounts: [{ login: 'zhang' }, { login: 'liming' }],
    clients: [{ client_id: 'portal' }],
  });
  other = await openProtocolStores(uri, city.clock);
});
afterAll(async () => {
  await other.database.close();
  await city.stop();
});

/** Types the password in, and keeps the way back for later. */
async function signInWithoutReturn(browser: CityBrowser, person = 'zhang'): Promise<URL> {
  const { visit } = await browser.request(city.client('portal'));
  const form = readForm(visit, 'sign-in');
  const { login, password } = city.account(person);
  const answer = await browser.visitor.submit(form.action, { ...form.fields, login, password });
  const next = nextAddress(answer);
  if (!next) throw new Error(`not signed in: ${answer.status} ${pageName(answer)}`);
  return next;
}

test('a password that was changed meanwhile opens no session any more', async () => {
  const early = new CityBrowser(city.issuer);
  const late = new CityBrowser(city.issuer);
  const [wayBack, lateWayBack] = [
    await signInWithoutReturn(early),
    await signInWithoutReturn(late),
  ];
  const answer = await early.open(wayBack);
  expect(nextAddress(answer)?.searchParams.get('code')).toBeTruthy();

  const { browser, visit } = await visitAccountCentre(city, 'zhang', '/account/security');
  const changed = await browser.press(visit, 'password-change', {
    current_password: CITY_PASSWORD,
    new_password: 'copper kettle window 51',
    end_others: 'yes',
  });
  expect(changed.status).toBe(200);

  expect(pageName(await late.open(lateWayBack))).toBe('sign-in');
  expect(pageName(await late.open('/account'))).toBe('sign-in');
});

/** Browsers that are just about to come back, with the password proven. */
async function readyToReturn(person: string, count: number) {
  const browsers = Array.from({ length: count }, () => new CityBrowser(city.issuer));
  return Promise.all(
    browsers.map(async (browser) => {
      const wayBack = await signInWithoutReturn(browser, person);
      return () => browser.open(wayBack);
    }),
  );
}

async function openOf(accountId: string) {
  const [sessions, grants] = await Promise.all([
    other.sessions.keysOfAccount(accountId),
    other.grants.keysOfAccount(accountId),
  ]);
  return { sessions, grants };
}

test('nothing is left of sign-ins that meet a lock, however they meet', async () => {
  const { id } = city.account('liming');
  const accounts = city.storage.database.collection<{ _id: string }>('accounts');
  for (let round = 0; round < 3; round += 1) {
    const returns = await readyToReturn('liming', 5);
    // Some are through, the others under way, when the lock falls.
    for (const comeBack of returns.slice(0, round)) await comeBack();
    const underWay = returns.slice(round).map((comeBack) => comeBack());
    await accounts.updateOne({ _id: id }, { $set: { state: 'locked' } });
    await other.ending.endAllOfAccount(id, { reason: 'account_unavailable', actor: 'operator' });
    await Promise.all(underWay);
    await accounts.updateOne({ _id: id }, { $set: { state: 'active' } });
    expect(await openOf(id)).toEqual({ sessions: [], grants: [] });
  }
});

test('a sign-in during which everything of its account ends opens nothing', async () => {
  const { id } = city.account('liming');
  const browser = new CityBrowser(city.issuer);
  const wayBack = await signInWithoutReturn(browser, 'liming');
  let isAnswered = false;
  const ended = (async () => {
    // As another process does before it lists what is open, which it has done by now.
    while (!isAnswered) await other.sessions.endings.note(id);
  })();
  const answer = await browser.open(wayBack);
  isAnswered = true;
  await ended;
  expect(answer.status).toBe(400);
  expect(nextAddress(answer)).toBeUndefined();
  expect(await openOf(id)).toEqual({ sessions: [], grants: [] });
});
