// What public testers of SCIM servers ask, and the dialects of widely used clients: what the server says
// of itself, every attribute that it publishes, every operator of its filters.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CityNode } from '../support/city-node.ts';
import { testDatabase } from '../support/database.ts';
import { entered, expectRefusal, newUserName, startScimCity } from '../support/scim-city.ts';
import { DEPARTMENT, ENTERPRISE, GROUP, ScimClient, USER } from '../support/scim-client.ts';
import type { ScimReply } from '../support/scim-client.ts';
import { sampleBody, scimSamples } from '../support/scim-samples.ts';
import type { ScimSample } from '../support/scim-samples.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

let city: CityNode;
let scim: ScimClient;
let anybody: ScimReply['body'];
let anywhere: ScimReply['body'];

beforeAll(async () => {
  ({ city, scim } = await startScimCity(testDatabase().uri));
  anybody = await entered(scim);
  anywhere = (await scim.group({ displayName: '某局' })).body;
});

afterAll(() => city.stop());

describe('what the server says of itself to everybody', () => {
  let anonymous: ScimClient;

  beforeAll(() => {
    anonymous = new ScimClient(city.issuer, '');
  });

  it.each(['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'])(
    '%s is read, each part alone too, and never written',
    async (path) => {
      const all = await anonymous.get(path);
      expect(all.status).toBe(200);
      expect(all.headers.get('content-type')).toMatch(/^application\/scim\+json/u);
      const parts = (all.body.Resources ?? []) as ScimReply['body'][];
      for (const part of parts) {
        const alone = await anonymous.get(`${path}/${part.id}`);
        expect(alone.body).toEqual(part);
        expect(part.meta.location).toBe(`${scim.base}${path}/${part.id}`);
      }
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const refused = await anonymous.send(method, path, method === 'DELETE' ? {} : { body: {} });
        expectRefusal(refused, 405);
        expect(refused.headers.get('allow')).toBe('GET');
      }
      expectRefusal(await anonymous.get(`${path}/nothing`), 404);
    },
  );

  it('names its capabilities, and the schemas of all that it answers', async () => {
    const [config, types, schemas] = await Promise.all(
      ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas'].map((path) => anonymous.get(path)),
    );
    for (const name of ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag']) {
      expect(config?.body[name]).toMatchObject({ supported: name !== 'changePassword' });
    }
    const known = schemas?.body.Resources.map(({ id }) => id);
    const named = types?.body.Resources.flatMap(({ schema, schemaExtensions }) => [
      schema,
      ...(schemaExtensions as { schema: string }[]).map((each) => each.schema),
    ]);
    const own = ['ServiceProviderConfig', 'ResourceType', 'Schema'].map(
      (name) => `${CORE}:${name}`,
    );
    expect(known).toEqual([...(named ?? []), ...own]);
  });
});

describe.each([
  { type: 'User', endpoint: '/Users', schema: USER, required: () => ({ userName: newUserName() }) },
  { type: 'Group', endpoint: '/Groups', schema: GROUP, required: () => ({ displayName: '组' }) },
])('every attribute of a $type', ({ type, endpoint, schema, required }) => {
  let attributes: ScimSample[];

  beforeAll(async () => {
    attributes = await scimSamples(scim, type, { person: anybody.id, department: anywhere.id });
  });

  const patched = async (id: string, op: string, value: (of: ScimSample) => unknown) => {
    const operations = attributes.map((each) => ({ op, path: each.path, value: value(each) }));
    const reply = await scim.patch(`${endpoint}/${id}`, operations);
    expect(reply.status).toBe(200);
    expect((await scim.get(`${endpoint}/${id}`)).body).toEqual(reply.body);
    return reply.body;
  };

  it('is kept, replaced, patched and removed, and the resource with them', async () => {
    const fields = required();
    const [before, after] = [sampleBody(attributes, 0), sampleBody(attributes, 1)];
    const body = { schemas: [schema], ...fields, ...before };
    const created = await scim.send('POST', endpoint, { body });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject(before);
    const { id, meta } = created.body;
    const path = `${endpoint}/${id}`;
    expect([created.headers.get('location'), meta.location]).toEqual(
      Array.from({ length: 2 }, () => `${scim.base}${path}`),
    );
    expect((await scim.get(path)).body).toEqual(created.body);

    const removed = await patched(id, 'remove', () => undefined);
    expect(Object.keys(removed).toSorted()).toEqual(
      ['id', 'meta', 'schemas', ...Object.keys(fields)].toSorted(),
    );
    expect(await patched(id, 'add', ({ values }) => values[0])).toMatchObject(before);
    expect(await patched(id, 'replace', ({ values }) => values[1])).toMatchObject(after);

    const put = await scim.send('PUT', path, {
      body: { schemas: [schema], id: 'another', ...fields },
    });
    const { created: since } = meta as unknown as { created: string };
    expect(put.body).toMatchObject({ ...fields, id, meta: { created: since } });
    // What says who may sign in, and who belongs where, goes only where somebody says so.
    const stays = type === 'User' ? 'active' : 'members';
    expect(attributes.flatMap(({ name }) => (name in put.body ? name : []))).toEqual([stays]);
    const gone = await scim.send('DELETE', path);
    expect([gone.status, gone.body]).toEqual([204, {}]);
    expectRefusal(await scim.get(path), 404);
  });

  it('is chosen and left out where the client says so', async () => {
    const plain = attributes.filter(({ holder }) => holder === undefined);
    const body = { schemas: [schema], ...required(), ...sampleBody(plain, 0) };
    const { id } = (await scim.send('POST', endpoint, { body })).body;
    for (const { name } of plain) {
      const filter = `id eq "${id}"`;
      const query = (parameter: string) =>
        Promise.all([
          scim.get(`${endpoint}/${id}?${parameter}=${name}`),
          scim.get(`${endpoint}?filter=${encodeURIComponent(filter)}&${parameter}=${name}`),
          scim.send('POST', `${endpoint}/.search`, {
            body: { schemas: [SEARCH], filter, [parameter]: [name] },
          }),
        ]).then((replies) => replies.map((reply) => reply.body.Resources?.[0] ?? reply.body));
      for (const resource of await query('attributes')) {
        expect(Object.keys(resource).toSorted()).toEqual(['id', name, 'schemas'].toSorted());
      }
      for (const resource of await query('excludedAttributes')) {
        expect(Object.keys(resource)).toContain('meta');
        expect(resource[name]).toBeUndefined();
      }
    }
  });
});

describe('filters', () => {
  const mark = newUserName();
  let created: string;

  beforeAll(async () => {
    const one = await entered(scim, {
      nickName: mark,
      title: 'Alpha',
      active: true,
      name: { familyName: '赵' },
      emails: [
        { value: 'a@work.cn', type: 'work', primary: true },
        { value: 'a@home.cn', type: 'home' },
      ],
      [ENTERPRISE]: { employeeNumber: `${mark}-1` },
    });
    created = String((one.meta as unknown as { created: string }).created);
    await entered(scim, { nickName: mark, title: 'beta', active: false });
    await entered(scim, { nickName: mark, userType: 'x', emails: [{ value: 'c@work.cn' }] });
  });

  it.each<[string, number]>([
    ['title eq "ALPHA"', 1],
    ['title ne "alpha"', 2],
    ['title co "et"', 1],
    ['title sw "al"', 1],
    ['title ew "A"', 2],
    ['title gt "alpha"', 1],
    ['title ge "alpha"', 2],
    ['title lt "beta"', 1],
    ['title le "beta"', 2],
    ['title pr', 2],
    ['not (title pr)', 1],
    ['title eq null', 1],
    ['title ne null', 2],
    ['active eq false', 1],
    ['Active EQ true and not(Title PR)', 1],
    ['title eq "alpha" or title eq "beta" and active eq true', 1],
    ['(title eq "alpha" or title eq "beta") and active eq true', 1],
    ['name.familyName eq "赵"', 1],
    ['name pr', 1],
    ['emails co "work.cn"', 2],
    ['emails.type eq "home"', 1],
    ['emails[type eq "work" and value ew "@work.cn"]', 1],
    ['emails[type eq "home" and value ew "@work.cn"]', 0],
    ['emails[not (type pr)]', 1],
    [`${USER}:title eq "alpha"`, 1],
    [`${USER}:emails[type eq "home"]`, 1],
    [`${ENTERPRISE}:employeeNumber sw "${mark}"`, 1],
    [`schemas eq "${ENTERPRISE}"`, 1],
    ['meta.resourceType eq "User"', 3],
    ['meta.created ge "2020-01-01T00:00:00+08:00"', 3],
    // As a widely used client writes them.
    ['emails[type eq "work"].value eq "A@work.cn"', 1],
    ['emails[type eq "home"].value eq "a@work.cn"', 0],
    ['emails[primary eq "True"]', 1],
  ])('%s', async (filter, count) => {
    const whole = encodeURIComponent(`nickName eq "${mark}" and (${filter})`);
    const reply = await scim.get(`/Users?filter=${whole}&count=0`);
    expect([reply.status, reply.body.totalResults, reply.body.Resources]).toEqual([200, count, []]);
  });

  it('compare moments, whatever their time zone', async () => {
    const moment = new Date(Date.parse(created) + 8 * 3_600_000)
      .toISOString()
      .replace('Z', '+08:00');
    const filter = encodeURIComponent(`nickName eq "${mark}" and meta.created eq "${moment}"`);
    expect((await scim.get(`/Users?filter=${filter}`)).body.totalResults).toBe(1);
    for (const senseless of [
      'meta.created gt "soon"',
      'title gt null',
      'active co "t"',
      'name eq "a"',
    ]) {
      expectRefusal(
        await scim.get(`/Users?filter=${encodeURIComponent(senseless)}`),
        400,
        'invalidFilter',
      );
    }
  });
});

describe('a patch in the dialect of a widely used client', () => {
  it('adds a value that brackets describe, and takes paths as names', async () => {
    const { id } = await entered(scim, { phoneNumbers: [{ value: '010', type: 'work' }] });
    const patch = (...operations: object[]) => scim.patch(`/Users/${id}`, operations);
    const added = await patch(
      { op: 'Add', path: 'emails[type eq "work"].value', value: 'a@b.cn' },
      { op: 'Add', path: `${ENTERPRISE}:manager`, value: anybody.id },
      { op: 'Replace', value: { 'phoneNumbers[type eq "work"].value': '020', title: '科员' } },
    );
    expect(added.body).toMatchObject({
      emails: [{ type: 'work', value: 'a@b.cn' }],
      phoneNumbers: [{ type: 'work', value: '020' }],
      title: '科员',
      [ENTERPRISE]: { manager: { value: anybody.id } },
    });
    const primary = await patch(
      { op: 'add', path: 'emails[type eq "home" and primary eq "True"].value', value: 'c@b.cn' },
      { op: 'replace', path: 'emails[type eq "work"]', value: { primary: true } },
    );
    expect(primary.body['emails']).toEqual([
      { type: 'work', value: 'a@b.cn', primary: true },
      { type: 'home', value: 'c@b.cn', primary: false },
    ]);
    const unclear = {
      op: 'add',
      path: 'emails[type ne "work" and type pr].value',
      value: 'x@b.cn',
    };
    await patch({ op: 'remove', path: 'emails[type eq "home"]' });
    expectRefusal(await patch(unclear), 400, 'noTarget');
  });

  it('gives and takes members by their ids', async () => {
    const { id } = (await scim.group({ displayName: '组', [DEPARTMENT]: { code: 'ZU' } })).body;
    const patch = (operation: object) => scim.patch(`/Groups/${id}`, [operation]);
    const value = [{ value: anybody.id }];
    await patch({ op: 'Add', path: 'members', value });
    const again = await patch({ op: 'Add', value: { members: value } });
    expect(again.body['members']).toHaveLength(1);
    const taken = await patch({ op: 'Remove', path: 'members', value });
    expect(taken.body['members']).toBeUndefined();
  });
});
