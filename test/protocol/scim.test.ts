// The SCIM server against RFC 7643 and 7644: races first, then what a directory does with it.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CityNode } from '../support/city-node.ts';
import { testDatabase } from '../support/database.ts';
import {
  SCIM_ERROR,
  entered,
  expectRefusal,
  newUserName,
  startScimCity,
} from '../support/scim-city.ts';
import { DEPARTMENT, ENTERPRISE, GROUP, USER } from '../support/scim-client.ts';
import type { ScimClient } from '../support/scim-client.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let city: CityNode;
let scim: ScimClient;

beforeAll(async () => {
  ({ city, scim } = await startScimCity(testDatabase().uri));
});

afterAll(() => city.stop());

describe('at once', () => {
  it('twenty create the same user name: one does, the others are told that it is taken', async () => {
    const userName = newUserName();
    const replies = await Promise.all(Array.from({ length: 20 }, () => scim.user({ userName })));
    const created = replies.filter(({ status }) => status === 201);
    expect(created).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 201)) {
      expectRefusal(reply, 409, 'uniqueness');
    }
    const found = await scim.get(
      `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`,
    );
    expect(found.body.totalResults).toBe(1);
  });

  it('two change the same version: one does, the other is told that it is another by now', async () => {
    const { id, meta } = await entered(scim);
    const replies = await Promise.all(
      ['科员', '科长'].map((title) =>
        scim.patch(`/Users/${id}`, [{ op: 'replace', path: 'title', value: title }], {
          'if-match': meta.version,
        }),
      ),
    );
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    const winner = replies.find(({ status }) => status === 200);
    expect((await scim.get(`/Users/${id}`)).body['title']).toBe(winner?.body['title']);
  });

  it('ten without a version change different things: nothing is lost', async () => {
    const { id } = await entered(scim);
    const emails = Array.from({ length: 10 }, (_, index) => ({ value: `e${index}@example.com` }));
    const replies = await Promise.all(
      emails.map((value) =>
        scim.patch(`/Users/${id}`, [{ op: 'add', path: 'emails', value: [value] }]),
      ),
    );
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    const { body } = await scim.get(`/Users/${id}`);
    expect(new Set((body['emails'] as { value: string }[]).map(({ value }) => value)).size).toBe(
      10,
    );
  });

  it('two departments move below each other: no circle comes of it', async () => {
    const [one, other] = await Promise.all(
      ['甲', '乙'].map(async (displayName) => (await scim.group({ displayName })).body),
    );
    const below = (a: typeof one, b: typeof one) =>
      scim.patch(`/Groups/${a?.id}`, [
        { op: 'replace', path: `${DEPARTMENT}:parent`, value: { value: b?.id } },
      ]);
    const replies = await Promise.all([below(one, other), below(other, one)]);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe('people', () => {
  it('are kept as they were entered, and answered with their version', async () => {
    const fields = {
      name: { familyName: '周', givenName: '立' },
      title: '科员',
      emails: [{ value: 'zl@example.com', type: 'work', primary: true }],
      [ENTERPRISE]: { employeeNumber: 'A-17', department: 'CZJ-YS' },
      password: 'never kept',
    };
    const reply = await scim.user({ userName: newUserName(), ...fields });
    const { password: _password, ...kept } = fields;
    expect(reply.body).toMatchObject({ ...kept, active: true });
    expect(reply.body['password']).toBeUndefined();
    expect(reply.headers.get('etag')).toBe(reply.body.meta.version);
    expect(reply.headers.get('location')).toBe(reply.body.meta.location);
    const unchanged = await scim.get(`/Users/${reply.body.id}`, {
      'if-none-match': reply.body.meta.version,
    });
    expect(unchanged.status).toBe(304);
  });

  it('are patched as RFC 7644 says, also in the dialect of a widely used client', async () => {
    const { id } = await entered(scim, {
      emails: [{ value: 'a@example.com', type: 'work', primary: true }],
    });
    const path = `/Users/${id}`;
    const patched = await scim.patch(path, [
      {
        op: 'Add',
        path: 'emails',
        value: [{ value: 'b@example.com', type: 'home', primary: true }],
      },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'c@example.com' },
      { op: 'Add', path: `${ENTERPRISE}:employeeNumber`, value: '17' },
      { op: 'Replace', value: { 'name.familyName': '吴', active: 'False' } },
    ]);
    expect(patched.body).toMatchObject({
      emails: [
        { value: 'c@example.com', type: 'work', primary: false },
        { value: 'b@example.com', type: 'home', primary: true },
      ],
      name: { familyName: '吴' },
      active: false,
      [ENTERPRISE]: { employeeNumber: '17' },
    });
    const again = await scim.patch(path, [{ op: 'replace', path: 'active', value: false }]);
    expect(again.body.meta.version).toBe(patched.body.meta.version);
    const removed = await scim.patch(path, [{ op: 'remove', path: 'emails[primary eq true]' }]);
    expect(removed.body['emails']).toHaveLength(1);
  });

  it('are found by filters, in order and in parts', async () => {
    const mark = `mark-${newUserName()}`;
    for (const title of ['b', 'c', 'a']) await entered(scim, { title, nickName: mark });
    const query = (more: string) =>
      scim.get(`/Users?filter=${encodeURIComponent(`nickName eq "${mark}"`)}&${more}`);
    const titles = (reply: Awaited<ReturnType<typeof query>>) =>
      reply.body.Resources.map(({ title }) => title);
    expect(titles(await query('sortBy=title'))).toEqual(['a', 'b', 'c']);
    const part = await query(
      'sortBy=title&sortOrder=descending&startIndex=2&count=1&attributes=title',
    );
    expect(titles(part)).toEqual(['b']);
    expect(part.body).toMatchObject({ totalResults: 3, itemsPerPage: 1, startIndex: 2 });
    expect(Object.keys(part.body.Resources[0] ?? {}).toSorted()).toEqual([
      'id',
      'schemas',
      'title',
    ]);
    const searched = await scim.send('POST', '/.search', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter: `nickName eq "${mark}" and not (title sw "b")`,
      },
    });
    expect(searched.body.totalResults).toBe(2);
  });

  it('who are removed are gone, and free the name for somebody else', async () => {
    const userName = newUserName();
    const first = await entered(scim, {
      userName,
      [ENTERPRISE]: { employeeNumber: `N-${userName}` },
    });
    expect((await scim.send('DELETE', `/Users/${first.id}`)).status).toBe(204);
    expectRefusal(await scim.get(`/Users/${first.id}`), 404);
    expectRefusal(await scim.send('DELETE', `/Users/${first.id}`), 404);
    const second = await entered(scim, {
      userName,
      [ENTERPRISE]: { employeeNumber: `M-${userName}` },
    });
    expect(second.id).not.toBe(first.id);
  });
});

describe('departments', () => {
  it('know their people, however those came', async () => {
    const person = await entered(scim, { [ENTERPRISE]: { department: 'XIN-1' } });
    const added = await scim.group({ displayName: '新局', [DEPARTMENT]: { code: 'XIN-1' } });
    expect(added.body['members']).toMatchObject([{ value: person.id, type: 'User' }]);
    const guest = await entered(scim);
    const path = `/Groups/${added.body.id}`;
    const grown = await scim.patch(path, [
      { op: 'add', path: 'members', value: [{ value: guest.id }] },
    ]);
    expect(grown.body['members']).toHaveLength(2);
    expect((await scim.get(`/Users/${guest.id}`)).body['groups']).toMatchObject([
      { value: added.body.id, display: '新局' },
    ]);
    const shrunk = await scim.patch(path, [
      { op: 'remove', path: `members[value eq "${person.id}"]` },
    ]);
    expect(shrunk.body['members']).toHaveLength(1);
    expect((await scim.get(`/Users/${person.id}`)).body[ENTERPRISE]).toBeUndefined();
    // Some directories name people before they enter them.
    const named = await scim.patch(path, [{ op: 'add', path: 'members', value: [{ value: 'x' }] }]);
    expect(named.body['members']).toContainEqual({
      value: 'x',
      $ref: `${scim.base}/Users/x`,
      type: 'User',
    });
  });

  it('keep their people when their code changes, and not when they are removed', async () => {
    const { body } = await scim.group({ displayName: '旧局', [DEPARTMENT]: { code: 'JIU' } });
    const person = await entered(scim, { [ENTERPRISE]: { department: 'JIU' } });
    await scim.patch(`/Groups/${body.id}`, [
      { op: 'replace', path: `${DEPARTMENT}:code`, value: 'JIU2' },
    ]);
    const renamed = await scim.get(`/Users/${person.id}`);
    expect(renamed.body[ENTERPRISE]).toEqual({ department: 'JIU2' });
    const taken = await scim.group({ displayName: '另一局', [DEPARTMENT]: { code: 'JIU2' } });
    expectRefusal(taken, 409, 'uniqueness');
    await scim.send('DELETE', `/Groups/${body.id}`);
    expect((await scim.get(`/Users/${person.id}`)).body['groups']).toBeUndefined();
  });
});

describe('bulk', () => {
  const REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

  it('makes a department and its people in one request, in whatever order they stand', async () => {
    const operations = [
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'office',
        data: { schemas: [GROUP], displayName: '统计局', members: [{ value: 'bulkId:person' }] },
      },
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'person',
        data: { schemas: [USER], userName: newUserName() },
      },
      { method: 'POST', path: '/Users', bulkId: 'wrong', data: { schemas: [USER] } },
      { method: 'DELETE', path: '/Users/nobody' },
    ];
    const { body, status } = await scim.send('POST', '/Bulk', {
      body: { schemas: [REQUEST], Operations: operations },
    });
    expect(status).toBe(200);
    const done = body['Operations'] as { status: string; location?: string; response?: object }[];
    expect(done.map((each) => each.status)).toEqual(['201', '201', '400', '404']);
    expect(done[2]?.response).toMatchObject({ schemas: [SCIM_ERROR], scimType: 'invalidValue' });
    const office = await scim.get(String(done[0]?.location).slice(scim.base.length));
    expect(office.body['members']).toMatchObject([
      { value: String(done[1]?.location).split('/').at(-1) },
    ]);
  });

  it('ends after as many errors as the client bears, and refuses circles', async () => {
    const wrong = (bulkId: string) => ({
      method: 'POST',
      path: '/Users',
      bulkId,
      data: { schemas: [USER], userName: 'a', manager: `bulkId:${bulkId}x` },
    });
    const { body } = await scim.send('POST', '/Bulk', {
      body: { schemas: [REQUEST], failOnErrors: 1, Operations: [wrong('a'), wrong('b')] },
    });
    expect(body['Operations']).toMatchObject([{ bulkId: 'a', status: '409' }]);
  });
});

describe('a patch with many values', () => {
  it('does not hold up everybody else', async () => {
    const group = await scim.group({ displayName: '大组' });
    const values = (from: number) =>
      Array.from({ length: 9000 }, (_, at) => ({ value: String(from + at) }));
    const add = (from: number) => ({ op: 'add', path: 'members', value: values(from) });
    const begun = Date.now();
    const reply = await scim.patch(`/Groups/${group.body.id}`, [add(0), add(20_000)]);
    expect(reply.status).toBe(400);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  it('that its operations look at again and again is refused before that', async () => {
    const { id } = (await scim.group({ displayName: '组' })).body;
    const value = Array.from({ length: 9000 }, (_, at) => ({ value: String(at) }));
    const conditions = Array.from({ length: 60 }, (_, at) => `value eq "x${at}"`).join(' or ');
    const looking = { op: 'remove', path: `members[${conditions}]` };
    const operations = [{ op: 'add', path: 'members', value }, looking, looking];
    expectRefusal(await scim.patch(`/Groups/${id}`, operations), 413);
    expect((await scim.get(`/Groups/${id}`)).body['members']).toBeUndefined();
  });
});
