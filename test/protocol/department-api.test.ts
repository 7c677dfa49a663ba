// The interface for departments as its systems call it: refusals first.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generousLimits } from '../support/city-node.ts';
import { DepartmentCity, usccs } from '../support/department-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { dpopProof, makeDpopKey } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let departments: DepartmentCity;
let token: string;
let liu: Awaited<ReturnType<DepartmentCity['signIn']>>;
/** More than all other tests here ask for. */
const BUDGET = { attempts: 400, windowSeconds: 600 };
const problem = (code: string) => `urn:hutong:problem:${code}`;

beforeAll(async () => {
  const routes = { ...generousLimits.routes, departmentApi: BUDGET };
  departments = await DepartmentCity.start(uri, { limits: { ...generousLimits, routes } });
  token = await departments.clientToken('tax');
  liu = await departments.signIn('liu', 'tax');
  await departments.grant('liu', 0, { services: ['tax-filing', 'hidden'] });
});
afterAll(() => departments.stop());

describe('a token is refused', () => {
  const check = (given: string | undefined, headers: Record<string, string> = {}) =>
    departments.call('/mandate-checks', {
      ...(given === undefined ? {} : { token: given }),
      body: { person: { sub: 'nobody' }, uscc: usccs[0] },
      headers,
    });

  test('that is none, or made up, or of another kind', async () => {
    const none = await check(undefined);
    expect(none).toMatchObject({
      status: 401,
      body: { type: problem('token_missing'), status: 401, title: '没有访问令牌' },
    });
    expect(none.headers.get('content-type')).toBe('application/problem+json');
    const metadata = `${departments.city.issuer}/.well-known/oauth-protected-resource/api/v1`;
    const needed = `scope="mandates:check", resource_metadata="${metadata}"`;
    expect(none.headers.get('www-authenticate')).toBe(
      `Bearer ${needed}, DPoP ${needed}, algs="ES256 EdDSA Ed25519"`,
    );
    for (const made of ['x', `${token.slice(0, -4)}AAAA`, 'a.b.c', 'é', 'x'.repeat(5000)]) {
      const refused = await check(undefined, { authorization: `Bearer ${encodeURI(made)}` });
      expect(refused).toMatchObject({ status: 401, body: { type: problem('token_invalid') } });
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    const basic = await check(undefined, { authorization: 'Basic eDp5' });
    expect(basic.body).toMatchObject({ type: problem('token_invalid') });
    expect((await check(liu.accessToken)).body).toMatchObject({
      status: 401,
      type: problem('token_kind_wrong'),
    });
    expect((await departments.call('/entities', { token })).body).toMatchObject({
      type: problem('token_kind_wrong'),
    });
  });

  test('that is for something else, or lacks the scope', async () => {
    const client = departments.city.client('tax');
    const { tokens } = departments;
    const plain = await tokens.token(client, { grant_type: 'client_credentials' });
    expect((await check(String(plain.body.access_token))).status).toBe(401);
    const answer = await liu.browser.authorize(client, departments.city.account('liu'), {
      acting_as: 'self',
    });
    const userinfo = String((await tokens.redeem(answer)).body.access_token);
    expect((await departments.call('/entities', { token: userinfo })).body).toMatchObject({
      status: 401,
      type: problem('audience_wrong'),
    });
    const without = await departments.clientToken('tax', 'mandates:read openid');
    const refused = await check(without);
    expect(refused).toMatchObject({ status: 403, body: { type: problem('scope_missing') } });
    expect(refused.headers.get('www-authenticate')).toContain(
      'error="insufficient_scope", scope="mandates:check"',
    );
    const english = await check(without, { 'accept-language': 'en-GB' });
    expect(english.body).toMatchObject({ title: 'The token lacks the scope' });
  });

  test('when the sign-in it stands on has ended', async () => {
    const { browser, accessToken, idToken } = await departments.signIn('stranger', 'tax');
    const ask = () => departments.call('/entities', { token: accessToken });
    expect(await ask()).toMatchObject({ status: 200, body: { items: [] } });
    await browser.signOut(departments.city.client('tax'), idToken);
    expect((await ask()).body).toMatchObject({ status: 401, type: problem('token_invalid') });
  });

  test('when it is bound to a key that the caller does not show', async () => {
    const key = await makeDpopKey();
    const bound = await departments.clientToken('tax', 'mandates:check', key);
    const body = { person: { sub: liu.sub }, uscc: usccs[0] };
    const proofIsWrong = { status: 401, type: problem('proof_invalid') };
    const send = (more: object) =>
      departments.call('/mandate-checks', { token: bound, body, ...more });
    expect((await send({})).body).toMatchObject(proofIsWrong);
    expect((await send({ dpop: await makeDpopKey() })).body).toMatchObject(proofIsWrong);
    expect(
      (await departments.call('/mandate-checks', { token, body, dpop: key })).body,
    ).toMatchObject(proofIsWrong);
    expect(await send({ dpop: key })).toMatchObject({ status: 200, body: { allowed: true } });
    const url = `${departments.api}/mandate-checks`;
    const dpop = await dpopProof(key, { method: 'POST', url, accessToken: bound });
    const headers = { authorization: `DPoP ${bound}`, dpop, 'content-type': 'application/json' };
    const once = { method: 'POST', headers, body: JSON.stringify(body) };
    const twice = await Promise.all([fetch(url, once), fetch(url, once)]);
    expect(new Set(twice.map(({ status }) => status))).toEqual(new Set([200, 401]));
  });
});

describe('a request is refused', () => {
  const send = (body: string, headers: Record<string, string> = {}) =>
    departments.call('/mandate-checks', { token, body, headers });
  const good = () => ({ person: { sub: liu.sub }, uscc: usccs[0] });

  test.each([
    ['no JSON', '{', 400, 'body_unreadable'],
    ['a name twice', '{"uscc":"a","uscc":"b"}', 400, 'body_unreadable'],
    ['half a character', String.raw`{"uscc":"\ud800"}`, 400, 'body_unreadable'],
    ['too much', JSON.stringify({ uscc: 'x'.repeat(70_000) }), 413, 'body_too_large'],
    ['a list', '[]', 422, 'fields_invalid'],
    ['nothing', '{}', 422, 'fields_invalid'],
    ['very deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 422, 'fields_invalid'],
  ])('that holds %s', async (...[, body, status, code]) => {
    expect(await send(body)).toMatchObject({ status, body: { type: problem(code), status } });
  });

  test('in another type, encoding or length than was said', async () => {
    const unsupported = { status: 415, body: { type: problem('body_type_unsupported') } };
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json; charset=gbk' },
      { 'content-encoding': 'gzip' },
    ]) {
      expect(await send(JSON.stringify(good()), headers)).toMatchObject(unsupported);
    }
    const response = await fetch(`${departments.api}/mandate-checks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(response.status).toBe(400);
  });

  test('with every field that is wrong at its place', async () => {
    const { body } = await send(
      JSON.stringify({ person: { sub: '' }, uscc: 'x', service: 'a b', more: 1 }),
    );
    expect(body['errors']).toEqual([
      { pointer: '#/person/sub', code: 'too_short', detail: '过短' },
      { pointer: '#/uscc', code: 'too_short', detail: '过短' },
      { pointer: '#/uscc', code: 'form_wrong', detail: '格式不对' },
      { pointer: '#/service', code: 'form_wrong', detail: '格式不对' },
      { pointer: '#/more', code: 'unknown', detail: '没有这个字段' },
    ]);
  });

  test('for services and ways to ask that the system is not registered for', async () => {
    const foreign = await send(JSON.stringify({ ...good(), service: 'land-register' }));
    expect(foreign.body).toMatchObject({
      status: 403,
      type: problem('service_not_registered'),
      errors: [{ pointer: '#/service' }],
    });
    const certificate = { type: '111', number: '44000019850615003X' };
    const person = { name: '刘经办', certificate };
    expect((await send(JSON.stringify({ ...good(), person }))).body).toMatchObject({
      status: 403,
      type: problem('certificate_not_approved'),
    });
  });

  test('at addresses that nobody serves, and by other methods', async () => {
    expect((await departments.call('/no-such-thing', { token })).body).toMatchObject({
      status: 404,
      type: problem('not_found'),
    });
    const headers = { 'accept-language': 'en' };
    expect((await departments.call('/mandate-checks', { token, headers })).body).toMatchObject({
      status: 405,
      type: problem('method_not_allowed'),
      title: 'This interface does not take that method',
    });
    expect((await departments.call('/mandates', { token, headers })).body).toMatchObject({
      status: 404,
      type: problem('not_found'),
      detail: expect.stringContaining('described at /api/v1/openapi.json'),
    });
    for (const query of [
      '?limit=0',
      '?limit=101',
      '?limit=x',
      '?cursor=%21',
      '?limit=1&limit=2',
      '?a=1',
    ]) {
      const refused = await departments.call(`/entities${query}`, { token: liu.accessToken });
      expect(refused).toMatchObject({ status: 422, body: { type: problem('fields_invalid') } });
    }
    const tooLong = await departments.call(`/entities?cursor=${'a'.repeat(13_000)}`, { token });
    expect(tooLong.body).toMatchObject({ status: 413, type: problem('input_too_large') });
  });
});

test('a system that asks too much is told when to come again, and no other one with it', async () => {
  const busy = await departments.clientToken('window');
  const { accessToken } = await departments.signIn('liu', 'window');
  const ask = () => departments.check(busy, { sub: 'nobody', entity: 0 });
  const refused = [];
  for (let asked = 0; asked <= BUDGET.attempts && refused.length === 0; asked += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    refused.push(...answers.filter(({ status }) => status !== 200));
  }
  refused.push(await departments.call('/entities', { token: accessToken }));
  for (const answer of [refused[0], refused.at(-1)]) {
    expect(answer).toMatchObject({ status: 429, body: { type: problem('too_many_requests') } });
    expect(answer?.headers.get('content-type')).toBe('application/problem+json');
    expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(await departments.check(token, { sub: 'nobody', entity: 0 })).toMatchObject({
    status: 200,
  });
});
