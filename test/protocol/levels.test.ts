// Levels asked for: lists mean their lowest known value, a registered minimum is added, an unknown
// essential value is never met, and below the demand the person steps up or the client is told.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import type { RequestParameters } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { TokenClient } from '../support/token-client.ts';

const level = (value: number) => `urn:hutong:level:${value}`;
const claim = (acr: object) => JSON.stringify({ id_token: { acr } });

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;
let browser: CityBrowser;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal' },
      { client_id: 'department', minimum_level: 3, scope: 'openid profile real_name' },
      { client_id: 'modest', default_acr_values: [level(2)] },
    ],
    accounts: [
      { login: 'strong', level: 3, totpSecret: TOTP_SECRET },
      { login: 'falling', level: 3, totpSecret: TOTP_SECRET },
      { login: 'weak', level: 2 },
    ],
  });
  tokens = new TokenClient(city.issuer);
});
afterAll(() => city.stop());

// A session at level 2: one factor.
beforeEach(async () => {
  browser = new CityBrowser(city.issuer);
  await browser.signIn(city.client('portal'), city.account('strong'));
});

test.each<[string, string, RequestParameters]>([
  ['an unknown value', 'portal', { acr_values: 'urn:other:gold' }],
  ['unknown values beside a reached one', 'portal', { acr_values: `x ${level(2)} y` }],
  ['a list whose lowest is reached', 'portal', { acr_values: `${level(4)} ${level(2)}` }],
  ['a default of the client', 'modest', {}],
  ['a voluntary claim of an unknown value', 'portal', { claims: claim({ value: 'x' }) }],
  [
    'an essential claim of a reached value',
    'portal',
    { claims: claim({ essential: true, value: level(1) }) },
  ],
  [
    'essential values of which one is reached',
    'portal',
    { claims: claim({ essential: true, values: [level(3), level(2)] }) },
  ],
])('%s asks nothing more', async (_what, clientId, parameters) => {
  const { visit } = await browser.request(city.client(clientId), { ...parameters, prompt: 'none' });
  expect(nextAddress(visit)?.searchParams.get('code')).toBeTruthy();
});

test.each<[string, string, RequestParameters]>([
  ['a value above', 'portal', { acr_values: level(3) }],
  ['a list that lies above', 'portal', { acr_values: `${level(4)} ${level(3)}` }],
  ['an essential value above', 'portal', { claims: claim({ essential: true, value: level(3) }) }],
  [
    'an essential value above, whatever the list',
    'portal',
    { acr_values: level(1), claims: claim({ essential: true, value: level(3) }) },
  ],
  ['a registered minimum', 'department', {}],
  ['a registered minimum above the list', 'department', { acr_values: level(1) }],
])('%s asks for the second factor, and tells prompt=none', async (_what, clientId, parameters) => {
  const client = city.client(clientId);
  const silent = await browser.request(client, { ...parameters, prompt: 'none' });
  const error = nextAddress(silent.visit)?.searchParams.get('error');
  expect(error).toBe('unmet_authentication_requirements');
  expect(pageName((await browser.request(client, parameters)).visit)).toBe('second-factor');
});

test('the step up counts for everyone afterwards, without a new sign-in time', async () => {
  const before = await browser.authorize(city.client('portal'), undefined, { max_age: '5000' });
  const first = await tokens.redeem(before);
  const low = await tokens.verifyIdToken(before, String(first.body.id_token));
  const answer = await browser.authorize(city.client('department'), city.account('strong'));
  const { body } = await tokens.redeem(answer);
  const claims = await tokens.verifyIdToken(answer, String(body.id_token));
  expect(claims).toMatchObject({ acr: level(3), amr: ['pwd', 'otp', 'mfa'] });
  const after = await browser.authorize(city.client('portal'), undefined, { max_age: '5000' });
  const second = await tokens.redeem(after);
  const high = await tokens.verifyIdToken(after, String(second.body.id_token));
  expect(high).toMatchObject({ acr: level(3), auth_time: low['auth_time'] });
});

test.each<[string, string, RequestParameters]>([
  [
    'an essential unknown value',
    'level-unknown',
    { claims: claim({ essential: true, value: 'urn:other:gold' }) },
  ],
  ['a level above the account', 'level-unmet', { acr_values: level(4) }],
])('%s ends at a page that leads back to the client', async (_what, page, parameters) => {
  const { visit, pending } = await browser.request(city.client('portal'), parameters);
  expect(pageName(visit)).toBe(page);
  const button = /<button[^>]*id="([^"]+)"/u.exec(
    visit.body.slice(visit.body.indexOf('/unmet"')),
  )?.[1];
  const answer = browser.finish(pending, await browser.press(visit, button ?? ''));
  expect(answer.parameters.get('error')).toBe('unmet_authentication_requirements');
});

test('a person without authenticator sets one up, when the level can be reached', async () => {
  const weak = new CityBrowser(city.issuer);
  await weak.signIn(city.client('portal'), city.account('weak'));
  const { visit } = await weak.request(city.client('department'));
  expect(pageName(visit)).toBe('level-unmet');
});

test('what was given out shows no level above the present one', async () => {
  const [department, { id }] = [city.client('department'), city.account('falling')];
  const visitor = new CityBrowser(city.issuer);
  const answer = await visitor.authorize(department, city.account('falling'));
  const { body } = await tokens.redeem(answer);
  const [access, refresh] = [String(body.access_token), String(body.refresh_token)];
  expect(await tokens.verifyIdToken(answer, String(body.id_token))).toMatchObject({
    acr: level(3),
  });
  const before = (await tokens.introspect(department, access)).body;
  expect(before).toMatchObject({ acr: level(3), auth_time: expect.any(Number) });
  const origin = { source: 'test', grade: 'A' } as const;
  await city.accountStore.setRealNameLevel(id, { level: 2, origin }, { actor: 'operator' });
  const { body: userinfo } = await tokens.userinfo(access);
  expect(userinfo).toMatchObject({ real_name_level: 2 });
  expect(userinfo).not.toHaveProperty('acr');
  expect((await tokens.introspect(department, access)).body).not.toHaveProperty('acr');
  expect((await tokens.refresh(department, refresh)).body.error).toBe('invalid_grant');
  expect((await tokens.introspect(department, access)).body).toEqual({ active: false });
  const again = await visitor.request(department, { prompt: 'none' });
  expect(nextAddress(again.visit)?.searchParams.get('error')).toBe('login_required');
});
