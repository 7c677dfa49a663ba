// A sign-in that was finished on our pages, but whose browser comes back to the provider late.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { CITY_PASSWORD } from '../support/city-accounts.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { testDatabase } from '../support/database.ts';
import { nextAddress } from '../support/http-visitor.ts';

const { uri } = testDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    accounts: [{ login: 'zhang' }],
    clients: [{ client_id: 'portal' }],
  });
});
afterAll(() => city.stop());

/** Types the password in, and keeps the way back for later. */
async function signInWithoutReturn(browser: CityBrowser): Promise<URL> {
  const { visit } = await browser.request(city.client('portal'));
  const form = readForm(visit, 'sign-in');
  const { login, password } = city.account('zhang');
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
