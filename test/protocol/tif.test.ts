// A provincial platform that knows only its own dialect takes people from us, as the dialect is described:
// three calls, with the secret in the address. Refusals first; then what it reads, and that it is signed.
import { createPublicKey, verify } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { draftAccount } from '../../src/accounts/account-draft.ts';
import { commandAccounts } from '../../src/app/standing.ts';
import { createTifUpstream } from '../../src/federation/upstream/tif-upstream.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { choose, offered } from '../support/acting-city.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { DepartmentCity, usccs } from '../support/department-city.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { samplePeer, sampleRequest, upstreamDependencies } from '../support/upstream-peer.ts';

const { uri } = migratedDatabase();
const BASE = '/tif/sso/connect/page/oauth2';
const logged: string[] = [];
let departments: DepartmentCity;

const dialect = (client_id: string, more: object = {}) => ({
  client_id,
  bridges: ['tif'],
  require_pkce: false,
  scope: 'openid profile phone real_name id_document legal_entity',
  subjects: ['naturalPerson', 'legalEntity'],
  services: ['permits'],
  ...more,
});

beforeAll(async () => {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  });
  departments = await DepartmentCity.start(uri, {
    logger: createLogger({ level: 'info', service: 'hutong' }, destination),
    clients: [
      dialect('province'),
      dialect('asking', { consent: 'ask' }),
      dialect('narrow', { scope: 'openid', subjects: ['naturalPerson'] }),
      { client_id: 'modern', require_pkce: false, scope: 'openid profile' },
    ],
  });
});
afterAll(() => departments.stop());

const at = (path: string, query: Readonly<Record<string, string>>) =>
  `${departments.city.issuer}${BASE}/${path}?${new URLSearchParams(query).toString()}`;

/** As §2.1 has it. */
function authorizeAddress(clientId: string, more: Readonly<Record<string, string>> = {}): string {
  const { redirectUri: redirect_uri } = departments.city.client(clientId);
  const fixed = { service: 'initService', response_type: 'code', scope: 'all' };
  return at('authorize', { ...fixed, client_id: clientId, redirect_uri, ...more });
}

async function signIn(clientId: string, login: string, identity?: (values: string[]) => string) {
  const browser = new CityBrowser(departments.city.issuer);
  const account = departments.city.account(login);
  let page = await browser.walk(await browser.open(authorizeAddress(clientId)), account);
  if (pageName(page) === 'choose-identity') {
    page = await choose(browser, page, identity?.(offered(page)) ?? 'self');
    page = await browser.walk(page, account);
  }
  const address = nextAddress(page);
  const code = address?.searchParams.get('code');
  if (!code) throw new Error(`no code but ${page.status} ${pageName(page)} ${address?.href ?? ''}`);
  return { browser, code };
}

function tokenRequest(clientId: string, code: string, more: Readonly<Record<string, string>> = {}) {
  const { redirectUri: redirect_uri, secret: client_secret = '' } =
    departments.city.client(clientId);
  const fixed = { scope: 'all', grant_type: 'authorization_code' };
  return { client_id: clientId, code, ...fixed, client_secret, redirect_uri, ...more };
}

async function read(response: Response) {
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const accessToken = async (...of: Parameters<typeof tokenRequest>) =>
  read(await fetch(at('access_token', tokenRequest(...of))));
const tokenInfo = async (access_token: string) =>
  read(await fetch(at('tokeninfo', { access_token })));

async function userOf(clientId: string, code: string) {
  const { body } = await accessToken(clientId, code);
  const token = String(body['access_token']);
  const info = await tokenInfo(token);
  expect(info.status).toBe(200);
  return { token, info: info.body as Record<string, Record<string, unknown>> };
}

describe('the dialect is refused', () => {
  test('to who has not registered for it, to strange addresses and secrets', async () => {
    const visit = await new CityBrowser(departments.city.issuer).open(authorizeAddress('modern'));
    expect(visit.status).toBe(404);
    const strange = authorizeAddress('province', { redirect_uri: 'https://evil.example/callback' });
    const refused = await new CityBrowser(departments.city.issuer).open(strange);
    expect([refused.status, nextAddress(refused)]).toEqual([400, undefined]);
    expect(await accessToken('modern', 'x')).toMatchObject({ status: 401 });
    const { code } = await signIn('province', 'liu');
    const wrong = { client_secret: 'a guess' };
    expect(await accessToken('province', code, wrong)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    const elsewhere = { redirect_uri: 'https://evil.example/callback' };
    expect(await accessToken('province', code, elsewhere)).toMatchObject({ status: 400 });
    expect((await fetch(at('access_token', { code }))).status).toBe(400);
    expect(await tokenInfo('made-up')).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    });
  });

  test('for a code that was used: the second time ends what the first gave', async () => {
    const { code } = await signIn('province', 'liu');
    const { token } = await userOf('province', code);
    expect(await accessToken('province', code)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await tokenInfo(token)).status).toBe(401);
  });

  test('for a code or a token of another system', async () => {
    const { code } = await signIn('narrow', 'liu');
    expect(await accessToken('province', code)).toMatchObject({ status: 400 });
    const { city, tokens } = departments;
    const browser = new CityBrowser(city.issuer);
    const answer = await browser.authorize(city.client('modern'), city.account('liu'));
    const { body } = await tokens.redeem(answer);
    expect((await tokenInfo(String(body.access_token))).status).toBe(401);
  });

  test('after the account was locked', async () => {
    const { accounts } = commandAccounts(departments.city.storage);
    const { token } = await userOf('province', (await signIn('province', 'stranger')).code);
    await accounts.lock(departments.idOf('stranger'), { actor: 'operator' });
    expect((await tokenInfo(token)).status).toBe(401);
  });
});

describe('a province reads', () => {
  test('a person, with the oddities of the dialect, signed with our key', async () => {
    const { info } = await userOf('province', (await signIn('province', 'liu')).code);
    const { userobj = {}, pareobj } = info;
    expect(userobj).toMatchObject({
      useridcode: expect.stringMatching(/^[\da-f]{32}$/u),
      usertype: '1',
      cn: '刘经办',
      idcardtype: '10',
      idcardnumber: expect.stringMatching(/^\d{17}[\dX]$/u),
      accout_type: '1',
      isreal: 'true',
      creditable_level_of_account: 'L2',
      origin: new URL(departments.city.issuer).host,
      uversion: '1',
      telephonenumber: expect.stringMatching(/^1\d{10}$/u),
      mail: '-1',
      address: '-1',
      parent_uidcode: '-1',
    });
    expect(pareobj).toEqual({});
    expect(info['user_creditable_level']).toHaveProperty('creditable_level_of_account_way_list');
    const { public_key: key } = (await (await fetch(at('publickey', {}))).json()) as {
      public_key: string;
    };
    const { biz_content, time_stamp, version, sign } = info as unknown as Record<string, string>;
    const isSigned = (content: string | undefined) =>
      verify(
        'sha256',
        Buffer.from(`biz_content=${content}&time_stamp=${time_stamp}&version=${version}`),
        { key: createPublicKey(key), dsaEncoding: 'der' },
        Buffer.from(sign ?? '', 'base64'),
      );
    expect([isSigned(biz_content), isSigned(biz_content?.replace('L2', 'L3'))]).toEqual([
      true,
      false,
    ]);
    expect(JSON.parse(biz_content ?? '')).toMatchObject({ userobj });
  });

  test('nothing that the person did not tick', async () => {
    const { info } = await userOf('asking', (await signIn('asking', 'liu')).code);
    expect(info['userobj']).toMatchObject({ cn: '刘*', idcardtype: '-1', idcardnumber: '-1' });
  });

  test('nothing that the system does not receive, nor the same id as another', async () => {
    const { info } = await userOf('narrow', (await signIn('narrow', 'liu')).code);
    const { userobj = {} } = info;
    expect(userobj).toMatchObject({ cn: '-1', idcardnumber: '-1', telephonenumber: '-1' });
    const other = await userOf('province', (await signIn('province', 'liu')).code);
    expect(userobj['useridcode']).not.toBe(other.info['userobj']?.['useridcode']);
  });

  test('the organisation somebody acts for, and what a branch belongs to', async () => {
    const held = await departments.grant('zhao', 0, { services: ['permits'] });
    const byMandate = (values: string[]) => values.find((value) => value.includes(held.id)) ?? '';
    const { code } = await signIn('province', 'zhao', byMandate);
    const { info } = await userOf('province', code);
    expect(info['userobj']).toMatchObject({
      usertype: '2',
      cn: '示例企业0',
      idcardtype: '49',
      idcardnumber: usccs[0],
      link_person_name: '赵管理',
      link_person_type: '10',
      legal_person: '-1',
      parent_uidcode: '-1',
    });
    expect(info['pareobj']).toEqual({});
    await departments.end(held.id);
    const { accounts } = commandAccounts(departments.city.storage);
    const said = { source: 'parent', grade: 'D', areContactsConfirmed: false } as const;
    const fields = { kind: 'legalEntity', name: '示例企业1·城南', realNameLevel: 2 } as const;
    const draft = draftAccount(fields, { ...said, now: new Date() });
    if (!draft.ok) throw new Error('no such name');
    const below = { ...draft.draft, parentId: departments.idOf('entity-1') };
    const made = await accounts.insert(below, { actor: 'test' });
    if (!made.ok) throw new Error(made.reason);
    const entityId = made.account.id;
    const branch = await departments.grant('zhao', 1, { entityId, services: ['permits'] });
    const ofBranch = (values: string[]) => values.find((value) => value.includes(branch.id)) ?? '';
    const asBranch = await signIn('province', 'zhao', ofBranch);
    const found = (await userOf('province', asBranch.code)).info;
    const parentCode = found['userobj']?.['parent_uidcode'];
    expect(found['userobj']).toMatchObject({ usertype: '2', idcardtype: '80', idcardnumber: '-1' });
    expect(found['pareobj']).toMatchObject({ useridcode: parentCode, idcardnumber: usccs[1] });
    await departments.end(branch.id);
  });

  test('by forms as by addresses, and neither secret nor code nor token is in our log', async () => {
    const { code } = await signIn('province', 'liu');
    const form = (path: string, fields: Readonly<Record<string, string>>) => {
      const body = new URLSearchParams(fields);
      return fetch(`${departments.city.issuer}${BASE}/${path}`, { method: 'POST', body });
    };
    const given = await read(await form('access_token', tokenRequest('province', code)));
    const token = String(given.body['access_token']);
    expect((await form('tokeninfo', { access_token: token })).status).toBe(200);
    expect((await tokenInfo(token)).status).toBe(200);
    const log = logged.join('');
    expect(log).toContain('tif.token_info');
    const { secret = '' } = departments.city.client('province');
    for (const value of [secret, code, token, '刘经办']) expect(log).not.toContain(value);
  });

  test('and another city of ours takes it over as it stands', async () => {
    const { code } = await signIn('province', 'liu');
    const { secret } = departments.city.client('province');
    const { redirectUri } = departments.city.client('province');
    const { issuer } = departments.city;
    const jwks = (await (await fetch(`${issuer}/oauth2/jwks`)).json()) as {
      keys: { alg: string; kty: string }[];
    };
    const keys = jwks.keys.filter(({ alg }) => alg === 'ES256');
    const addresses = {
      authorize: `${issuer}${BASE}/authorize`,
      token: `${issuer}${BASE}/access_token`,
      userinfo: `${issuer}${BASE}/tokeninfo`,
    };
    const settings = { state: 'parameter' };
    const connection = { protocol: 'tif', clientId: 'province', addresses, settings } as const;
    const peer = samplePeer({ connection, jwks: { keys } });
    const request = sampleRequest({ redirectUri });
    const upstream = createTifUpstream(upstreamDependencies());
    const of = { peer, secrets: { clientSecret: secret } };
    const answer = await upstream.complete(of, request, { code, state: request.state });
    expect(answer).toMatchObject({
      ok: true,
      identity: {
        kind: 'naturalPerson',
        name: '刘经办',
        level: 3,
        statedLevel: 'L2',
        version: '1',
      },
    });
  });
});
