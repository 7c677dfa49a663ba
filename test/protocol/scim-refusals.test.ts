// Who the SCIM server refuses, and what: each time with a body of RFC 7644, 3.12, and nothing changed.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CityNode } from '../support/city-node.ts';
import { testDatabase } from '../support/database.ts';
import { entered, expectRefusal, newUserName, startScimCity } from '../support/scim-city.ts';
import { DEPARTMENT, ENTERPRISE, ScimClient, USER } from '../support/scim-client.ts';
import { TokenClient } from '../support/token-client.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let city: CityNode;
let scim: ScimClient;
let finance: ScimClient;

beforeAll(async () => {
  ({ city, scim, finance } = await startScimCity(testDatabase().uri));
});

afterAll(() => city.stop());

describe('who may call', () => {
  it('nobody without a token, and the answer says where to get one', async () => {
    const reply = await fetch(`${scim.base}/Users`);
    expect([reply.status, await reply.json()]).toMatchObject([401, { status: '401' }]);
    const address = `${city.issuer}/.well-known/oauth-protected-resource/scim/v2`;
    const needed = `scope="scim", resource_metadata="${address}"`;
    expect(reply.headers.get('www-authenticate')).toBe(
      `Bearer ${needed}, DPoP ${needed}, algs="ES256 EdDSA Ed25519"`,
    );
    expect(await (await fetch(address)).json()).toMatchObject({
      resource: scim.base,
      authorization_servers: [city.issuer],
      scopes_supported: ['scim'],
    });
    const unproven = await scim.get('/Users', { authorization: `DPoP ${scim.token}` });
    expectRefusal(unproven, 401);
    expect(unproven.headers.get('www-authenticate')).toContain('error="invalid_dpop_proof"');
  });

  it('nobody with a token that is made up, or made for another interface', async () => {
    expectRefusal(await new ScimClient(city.issuer, 'no.such.token').get('/Users'), 401);
    const { body } = await new TokenClient(city.issuer).token(city.client('portal'), {
      grant_type: 'client_credentials',
    });
    const other = new ScimClient(city.issuer, body.access_token ?? '');
    const reply = await other.get('/Users');
    expectRefusal(reply, 401);
    expect(reply.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('nobody without the scope', async () => {
    const { body } = await new TokenClient(city.issuer).token(city.client('portal'), {
      grant_type: 'client_credentials',
      resource: `${city.issuer}/scim/v2`,
      scope: 'scim',
    });
    const reply = await new ScimClient(city.issuer, body.access_token ?? '').get('/Users');
    expectRefusal(reply, 403);
    expect(reply.headers.get('www-authenticate')).toMatch(
      /^Bearer error="insufficient_scope", scope="scim", resource_metadata=.*, DPoP error=/u,
    );
  });
});

describe('bad input changes nothing', () => {
  it.each<[string, object | string, string]>([
    ['no schemas', { userName: 'wu' }, 'invalidSyntax'],
    ['no user name', { schemas: [USER] }, 'invalidValue'],
    ['a wrong type', { schemas: [USER], userName: 'wu.1', active: 'perhaps' }, 'invalidValue'],
    ['over-long text', { schemas: [USER], userName: 'x'.repeat(5000) }, 'invalidValue'],
    ['a name twice', '{"schemas":[],"userName":"a","userName":"b"}', 'invalidSyntax'],
    ['a name twice by case', { schemas: [USER], userName: 'a', username: 'b' }, 'invalidSyntax'],
    ['no JSON', '{', 'invalidSyntax'],
    ['a list', '[]', 'invalidSyntax'],
    [
      'two primary values',
      {
        schemas: [USER],
        userName: 'wu.2',
        emails: [
          { value: 'a@b.cn', primary: true },
          { value: 'c@b.cn', primary: true },
        ],
      },
      'invalidValue',
    ],
  ])('%s', async (_what, body, scimType) => {
    const { totalResults } = (await scim.get('/Users?count=0')).body;
    expectRefusal(await scim.send('POST', '/Users', { body }), 400, scimType);
    expect((await scim.get('/Users?count=0')).body.totalResults).toBe(totalResults);
  });

  it('a body beyond the limit, and one of another type', async () => {
    const body = JSON.stringify({ schemas: [USER], userName: 'x'.repeat(1024 * 1024) });
    const tooLarge = await scim.send('POST', '/Users', { body });
    expect(tooLarge.status).toBe(413);
    expectRefusal(tooLarge, 413);
    const headers = { 'content-type': 'text/plain' };
    expectRefusal(await scim.send('POST', '/Users', { body: '{}', headers }), 415);
  });

  it.each([
    ['/Users?filter=userName', 'invalidFilter'],
    ['/Users?filter=nonsense%20eq%20%22a%22', 'invalidFilter'],
    ['/Users?filter=active%20gt%20true', 'invalidFilter'],
    ['/Users?count=many', 'invalidValue'],
    ['/Users?sortOrder=sideways', 'invalidValue'],
    ['/Users?attributes=title&excludedAttributes=emails', 'invalidValue'],
  ])('%s', async (path, scimType) => {
    const reply = await scim.get(path);
    expect(reply.status).toBe(400);
    expectRefusal(reply, 400, scimType);
  });

  it.each<[object[], string]>([
    [[{ op: 'replace', path: 'nonsense', value: 'a' }], 'invalidPath'],
    [[{ op: 'replace', path: 'id', value: 'a' }], 'mutability'],
    [[{ op: 'remove' }], 'noTarget'],
    [[{ op: 'remove', path: 'userName' }], 'mutability'],
    [[{ op: 'replace', path: 'emails[type eq "work"].value', value: 'a@b.cn' }], 'noTarget'],
    [[{ op: 'move', path: 'title', value: 'a' }], 'invalidValue'],
    [
      [
        { op: 'replace', path: 'title', value: '不该留下' },
        { op: 'replace', path: 'active', value: 'perhaps' },
      ],
      'invalidValue',
    ],
  ])('a patch %j', async (operations, scimType) => {
    const { id, meta } = await entered(scim);
    expectRefusal(await scim.patch(`/Users/${id}`, operations), 400, scimType);
    expect((await scim.get(`/Users/${id}`)).body.meta.version).toBe(meta.version);
  });

  it('addresses and methods that there are not', async () => {
    expect((await scim.get('/nobody')).status).toBe(404);
    expectRefusal(await scim.get('/Nobody'), 404);
    expectRefusal(await scim.get('/Users/nobody'), 404);
    expectRefusal(await scim.get('/Me'), 501);
    expectRefusal(await scim.get('/Schemas/urn:none'), 404);
    expectRefusal(await scim.get(`/Users?filter=${'x'.repeat(13_000)}`), 413);
    expectRefusal(await scim.get('/Users?filter=%ff'), 400);
    const refused = await scim.send('PUT', '/Users', { body: {} });
    expectRefusal(refused, 405);
    expect(refused.headers.get('allow')).toBe('GET, POST');
    expectRefusal(await scim.send('POST', '/Schemas', { body: {} }), 405);
    expectRefusal(await scim.get('/Schemas?filter=id%20pr'), 403);
  });
});

describe('a client that is limited to a department', () => {
  it('neither sees, changes, removes nor enters anybody beyond it', async () => {
    const teacher = await entered(scim, { [ENTERPRISE]: { department: 'JYJ' } });
    const path = `/Users/${teacher.id}`;
    expectRefusal(await finance.get(path), 403);
    expectRefusal(await finance.patch(path, [{ op: 'replace', path: 'title', value: '甲' }]), 403);
    expectRefusal(await finance.send('DELETE', path), 403);
    const stranger = { userName: newUserName(), [ENTERPRISE]: { department: 'JYJ' } };
    expectRefusal(await finance.user(stranger), 403);
    const listed = await finance.get('/Users');
    expect(listed.body.Resources.map(({ id }) => id)).not.toContain(teacher.id);
    expect((await scim.get(path)).status).toBe(200);
  });

  it('enters people at and below it, and moves nobody out', async () => {
    const own = await entered(finance);
    expect(own[ENTERPRISE]).toEqual({ department: 'CZJ' });
    const path = `/Users/${own.id}`;
    const department = `${ENTERPRISE}:department`;
    const below = await finance.patch(path, [{ op: 'replace', path: department, value: 'CZJ-YS' }]);
    expect(below.status).toBe(200);
    const out = await finance.patch(path, [{ op: 'replace', path: department, value: 'JYJ' }]);
    expectRefusal(out, 403);
    expectRefusal(await finance.patch(path, [{ op: 'remove', path: department }]), 403);
  });

  it('adds departments below its own alone, and does not take that one away', async () => {
    const added = await finance.group({ displayName: '国库科' });
    const [root] = (await finance.get('/Groups?filter=displayName%20eq%20%22财政局%22')).body
      .Resources;
    expect(added.body[DEPARTMENT]).toMatchObject({ parent: { value: root?.['id'] } });
    const [other] = (await scim.get('/Groups?filter=displayName%20eq%20%22教育局%22')).body
      .Resources;
    const parent = { value: other?.['id'] };
    expectRefusal(await finance.group({ displayName: '科', [DEPARTMENT]: { parent } }), 403);
    expectRefusal(await finance.send('DELETE', `/Groups/${String(root?.['id'])}`), 403);
    expectRefusal(await finance.send('DELETE', `/Groups/${String(other?.['id'])}`), 403);
  });

  it('takes nobody who waits elsewhere by naming a code', async () => {
    const waiting = await entered(scim, { [ENTERPRISE]: { department: 'CZJ-XX' } });
    const made = await finance.group({ displayName: '信息科', [DEPARTMENT]: { code: 'CZJ-XX' } });
    expect([made.status, made.body['members']]).toEqual([201, undefined]);
    expectRefusal(await finance.patch(`/Users/${waiting.id}`, [deactivated]), 403);
    const again = await finance.patch(`/Groups/${made.body.id}`, [
      { op: 'replace', path: 'displayName', value: '信息中心' },
    ]);
    expect(again.body['members']).toBeUndefined();
  });

  it('does not open again, as its own, the account of who left another department', async () => {
    const userName = newUserName();
    const left = await entered(scim, { userName, [ENTERPRISE]: { department: 'JYJ' } });
    const accountOf = (id: string) => database().findOne({ _id: id as never });
    const former = await accountOf(left.id);
    expect((await scim.send('DELETE', `/Users/${left.id}`)).status).toBe(204);
    const taken = await entered(finance, { userName, displayName: '冒名' });
    const entry = await accountOf(taken.id);
    expect(entry?.['accountId']).not.toBe(former?.['accountId']);
    // In the own department it is the same person.
    expect((await finance.send('DELETE', `/Users/${taken.id}`)).status).toBe(204);
    const back = await entered(finance, { userName, displayName: '冒名' });
    expect((await accountOf(back.id))?.['accountId']).toBe(entry?.['accountId']);
  });

  it('gives nobody a post of a department beyond it, and keeps one that others gave', async () => {
    const post = (type: string) => ({ roles: [{ value: '局长', type }] });
    for (const code of ['JYJ', 'NOBODY', ' JYJ']) {
      expectRefusal(await finance.user({ userName: newUserName(), ...post(code) }), 403);
    }
    const own = await entered(finance, post('CZJ-YS'));
    const change = (...operations: object[]) => finance.patch(`/Users/${own.id}`, operations);
    const taken = { op: 'add', path: 'roles', value: [{ value: '局长', type: 'JYJ' }] };
    expectRefusal(await change(taken), 403);
    expect((await scim.patch(`/Users/${own.id}`, [taken])).status).toBe(200);
    const kept = await change({ op: 'replace', path: 'displayName', value: '张三' });
    expect([kept.status, kept.body['roles']]).toEqual([
      200,
      [
        { value: '局长', type: 'CZJ-YS' },
        { value: '局长', type: 'JYJ' },
      ],
    ]);
  });

  const deactivated = { op: 'replace', path: 'active', value: false };
  const database = () => city.storage.database.collection('staffEntries');
});

describe('who holds one of the three powers', () => {
  it('keeps the ways in, may leave, and comes back when two officers have taken it away', async () => {
    const userName = newUserName();
    const phoneNumbers = [{ value: '+8613800330001', type: 'mobile' }];
    const { id } = await entered(scim, { userName, phoneNumbers });
    const entries = city.storage.database.collection<{ _id: string; accountId: string }>(
      'staffEntries',
    );
    const accountId = (await entries.findOne({ _id: id }))?.accountId ?? '';
    const accounts = city.storage.database.collection<{ _id: string }>('accounts');
    const give = (...roles: string[]) =>
      accounts.updateOne({ _id: accountId }, { $set: { roles } });
    await give('securityAdministrator');
    const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });
    const other = [{ value: '+8613800330002', type: 'mobile' }];
    const path = `/Users/${id}`;
    for (const operation of [
      replace('phoneNumbers', other),
      { op: 'add', path: 'emails', value: [{ value: 'a@b.example.com' }] },
      replace('title', '处长'),
      { op: 'remove', path: 'phoneNumbers' },
    ]) {
      expect((await scim.patch(path, [operation])).status).toBe(200);
    }
    expectRefusal(await scim.patch(path, [replace('userName', newUserName())]), 403);
    const kept = await city.accountStore.findById(accountId);
    expect([kept?.phone, kept?.email]).toEqual(['+8613800330001', undefined]);
    const records = city.storage.database.collection('auditRecords');
    const refused = { type: 'directory.refused', actor: 'client:hr', reason: 'holds_power' };
    await expect.poll(() => records.countDocuments(refused)).toBe(1);
    // Of the four, three speak of contacts.
    const noted = { type: 'directory.contacts_kept', subject: accountId };
    expect(await records.countDocuments(noted)).toBe(3);
    const leaving = [replace('phoneNumbers', other), replace('active', false)];
    expect((await scim.patch(path, leaving)).status).toBe(200);
    expectRefusal(await scim.patch(path, [replace('active', true)]), 403);
    expect((await scim.send('DELETE', path)).status).toBe(204);
    for (const numbers of [phoneNumbers, other]) {
      expectRefusal(await scim.user({ userName, phoneNumbers: numbers }), 403);
    }
    expect((await city.accountStore.findById(accountId))?.phone).toBe('+8613800330001');
    await give();
    const back = await entered(scim, { userName, phoneNumbers });
    expect((await entries.findOne({ _id: back.id }))?.accountId).toBe(accountId);
    expect((await city.accountStore.findById(accountId))?.isActive).toBe(true);
    await give('systemAdministrator');
    expect((await scim.patch(`/Users/${back.id}`, [replace('phoneNumbers', other)])).status).toBe(
      200,
    );
    expect((await city.accountStore.findById(accountId))?.phone).toBe('+8613800330001');
    await give();
    const phone = async () => (await city.accountStore.findById(accountId))?.phone;
    await expect.poll(phone, { timeout: 10_000 }).toBe('+8613800330002');
  });
});
