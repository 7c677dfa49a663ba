// What strangers can make us keep: requests that begin an interaction are counted per address, and
// no parameter may be long.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'zhang' }],
    limits: { routes: { authorize: { attempts: 12, windowSeconds: 600 } } },
  });
});
afterAll(() => city.stop());

test.each([
  ['state', 2049],
  ['nonce', 2049],
  ['login_hint', 513],
  ['ui_locales', 201],
  ['claims_locales', 201],
])('a %s of %d bytes is refused by name and keeps nothing', async (name, length) => {
  const browser = new CityBrowser(city.issuer);
  const { visit } = await browser.request(city.client('portal'), { [name]: 'x'.repeat(length) });
  expect([visit.status, pageName(visit)]).toEqual([400, 'error']);
  expect(visit.body).toContain(name);
  expect(visit.body).toContain('这个参数太长');
  expect(browser.visitor.cookieNames().some((each) => each.includes('interaction'))).toBe(false);
});

test('silent sign-in goes on when no more interactions may begin', async () => {
  const browser = new CityBrowser(city.issuer);
  await browser.authorize(city.client('portal'), city.account('zhang'));
  let last = await new CityBrowser(city.issuer).request(city.client('portal'));
  for (let count = 0; count < 12 && last.visit.status !== 429; count += 1) {
    last = await new CityBrowser(city.issuer).request(city.client('portal'));
  }
  expect([last.visit.status, pageName(last.visit)]).toEqual([429, 'error']);
  expect(Number(last.visit.headers.get('retry-after'))).toBeGreaterThan(0);
  const { visit } = await browser.request(city.client('portal'));
  expect(nextAddress(visit)?.searchParams.get('code')).toBeTruthy();
});
