// What the consent page lists, and what a refusal on it keeps back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CityBrowser, pageName } from '../support/city-browser.ts';
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
    clients: [
      { client_id: 'hall', consent: 'ask', scope: 'openid profile phone' },
      { client_id: 'notary', consent: 'ask', scope: 'openid profile id_document' },
      { client_id: 'registry', consent: 'ask', scope: 'openid profile id_document' },
      { client_id: 'archive', consent: 'ask', scope: 'openid profile id_document' },
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

describe('a sensitive item refused at a later consent', () => {
  const wanted = { scope: 'openid profile id_document', prompt: 'consent' };
  const asClaim = { scope: 'openid', claims: JSON.stringify({ userinfo: { id_document: null } }) };

  async function decide(clientId: string, parameters: Record<string, string>, item?: string) {
    const { browser, pending, page } = await consentPage(clientId, parameters);
    const visit = await browser.press(page, 'consent-accept', item === undefined ? {} : { item });
    const { body } = await tokens.redeem(browser.finish(pending, visit));
    return { browser, pending, accessToken: String(body.access_token) };
  }

  test('is asked again in the next session, and what was issued on the earlier yes ends', async () => {
    const yes = await decide('registry', wanted, 'id_document');
    expect((await tokens.userinfo(yes.accessToken)).body).toHaveProperty('id_document');
    const no = await decide('registry', wanted);
    expect((await tokens.userinfo(no.accessToken)).body).not.toHaveProperty('id_document');
    expect((await tokens.userinfo(yes.accessToken)).status).toBe(401);
    const next = await consentPage('registry', { scope: wanted.scope });
    expect(next.page.body).toContain('name="item" value="id_document"');
    const claim = await consentPage('registry', asClaim);
    expect(claim.page.body).toContain('name="item" value="id_document"');
  });

  test('counts for the scope when it was the claim, also within one session', async () => {
    const yes = await decide('archive', wanted, 'id_document');
    const { browser } = yes;
    const again = await browser.request(city.client('archive'), { ...asClaim, prompt: 'consent' });
    expect(pageName(again.visit)).toBe('consent');
    const visit = await browser.press(again.visit, 'consent-accept');
    await tokens.redeem(browser.finish(again.pending, visit));
    expect((await tokens.userinfo(yes.accessToken)).body).not.toHaveProperty('id_document');
    const next = await consentPage('archive', { scope: wanted.scope });
    expect(next.page.body).toContain('name="item" value="id_document"');
    const changed = await browser.request(city.client('archive'), wanted);
    const allowed = await browser.press(changed.visit, 'consent-accept', { item: 'id_document' });
    const { body } = await tokens.redeem(browser.finish(changed.pending, allowed));
    expect((await tokens.userinfo(String(body.access_token))).body).toHaveProperty('id_document');
  });
});
