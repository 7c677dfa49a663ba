// The code flow of one person at one client, and what refuses to be it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'zhang' }],
  });
  tokens = new TokenClient(city.issuer);
});
afterAll(() => city.stop());

test('a sign-in gives a code, tokens and claims', async () => {
  const browser = new CityBrowser(city.issuer);
  const answer = await browser.signIn(city.client('portal'), city.account('zhang'));
  expect(answer.parameters.get('state')).toBe(answer.state);
  expect(answer.parameters.get('iss')).toBe(city.issuer);
  const redeemed = await tokens.redeem(answer);
  expect(redeemed).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 600 } });
  const claims = await tokens.verifyIdToken(answer, String(redeemed.body.id_token));
  expect(claims).toMatchObject({ acr: 'urn:hutong:level:2', amr: ['pwd'] });
  const userinfo = await tokens.userinfo(String(redeemed.body.access_token));
  expect(userinfo).toMatchObject({
    status: 200,
    body: { sub: claims.sub, name: expect.stringContaining('*') },
  });
  const refreshed = await tokens.refresh(answer.client, String(redeemed.body.refresh_token));
  expect(refreshed.status).toBe(200);
});
