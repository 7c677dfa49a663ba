// What the consent page lists, and what a refusal on it keeps back.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { testDatabase } from '../support/database.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = testDatabase();
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'hall', consent: 'ask', scope: 'openid profile phone' },
      { client_id: 'notary', consent: 'ask', scope: 'openid profile id_document' },
    ],
    accounts: [{ login: 'zhang' }],
  });
  tokens = new TokenClient(city.issuer);
});
afterAll(() => city.stop());

async function consentPage(clientId: string, parameters: Record<string, string>) {
  const browser = new CityBrowser(city.issuer);
  const { login, password } = city.account('zhang');
  const { pending, visit } = await browser.request(city.client(clientId), parameters);
  const page = await browser.press(visit, 'sign-in', { login, password });
  expect(pageName(page)).toBe('consent');
  return { browser, pending, page };
}

test('single claims are listed in words, and given', async () => {
  const { browser, pending, page } = await consentPage('hall', {
    scope: 'openid',
    claims: JSON.stringify({ userinfo: { name: { essential: true }, phone_number: null } }),
  });
  expect(page.body).toContain('<li>姓名</li>');
  expect(page.body).toContain('<li>手机号码</li>');
  const answer = browser.finish(pending, await browser.press(page, 'consent-accept'));
  const { body } = await tokens.redeem(answer);
  const userinfo = await tokens.userinfo(String(body.access_token));
  expect(userinfo.body).toHaveProperty('name');
});

test('a sensitive claim that is not ticked is kept back, and asked for once only', async () => {
  const { browser, pending, page } = await consentPage('notary', {
    scope: 'openid',
    claims: JSON.stringify({ userinfo: { id_document: null } }),
  });
  expect(page.body).toContain('name="item" value="id_document"');
  const answer = browser.finish(pending, await browser.press(page, 'consent-accept'));
  const { body } = await tokens.redeem(answer);
  const userinfo = await tokens.userinfo(String(body.access_token));
  expect(userinfo.body).not.toHaveProperty('id_document');
});
