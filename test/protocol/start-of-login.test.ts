// Third-party initiated login (OpenID Connect Core 4): where people cannot go on here, and from the
// list of their systems, they are led to where the application begins a sign-in of its own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'starts', initiate_login_uri: 'https://starts.example.com/login?from=id' },
      { client_id: 'plain' },
    ],
    accounts: [{ login: 'zhang' }],
  });
});
afterAll(() => city.stop());

const start = () =>
  `https://starts.example.com/login?from=id&amp;iss=${encodeURIComponent(city.issuer)}`;

test('a finished interaction leads there, with the issuer; others to their start page', async () => {
  for (const [clientId, href] of [
    ['starts', start()],
    ['plain', 'https://plain.example.com/'],
  ] as const) {
    const browser = new CityBrowser(city.issuer);
    const { visit } = await browser.request(city.client(clientId));
    const { login, password } = city.account('zhang');
    await browser.press(visit, 'sign-in', { login, password });
    const back = await browser.open(visit.url);
    expect(pageName(back)).toBe('interaction-expired');
    expect(back.body).toContain(`href="${href}"`);
  }
});

test('the list of systems in the account centre opens it there', async () => {
  const { browser } = await visitAccountCentre(city, 'zhang');
  await browser.signIn(city.client('starts'), city.account('zhang'));
  const page = await browser.open('/account/services');
  expect(page.body).toContain(`href="${start()}"`);
});
