// The account centre as a relying party of its own provider, over HTTP: what it refuses, and how a
// person gets in and out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CityBrowser, pageName } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { testDatabase } from '../../test/support/database.ts';

const { uri } = testDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    accounts: [{ login: 'zhang' }, { login: 'closing' }],
    clients: [{ client_id: 'portal' }],
  });
});
afterAll(() => city.stop());

describe('the account centre', () => {
  it('shows nothing before a sign-in, and the asked page after it', async () => {
    const browser = new CityBrowser(city.issuer);
    const first = await browser.open('/account/security');
    expect(pageName(first)).toBe('sign-in');
    expect(first.body).toContain('账户中心');
    const visit = await browser.walk(first, city.account('zhang'));
    expect(new URL(visit.url).pathname).toBe('/account/security');
    expect(visit.status).toBe(200);
  });
});
