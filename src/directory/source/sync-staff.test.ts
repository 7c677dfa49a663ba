// The import at an interval against a real LDAP server over TLS, CSV files and the real database: what
// must not put anybody out comes first.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestCertificates } from '../../../test/support/certificates.ts';
import { runHutongHere } from '../../../test/support/command-here.ts';
import { BASE, READER, startLdapServer } from '../../../test/support/ldap-server.ts';
import type { LdapServer } from '../../../test/support/ldap-server.ts';
import { migratedDatabase } from '../../../test/support/migrated-database.ts';
import { MASTER_KEY, openTestStorage } from '../../../test/support/storage.ts';
import type { TestStorage } from '../../../test/support/storage.ts';
import { AccountStore } from '../../accounts/account-store.ts';
import { allMigrations } from '../../migrations.ts';
import { STAFF_SYNC, StaffSyncStore } from './staff-sync-store.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { uri } = migratedDatabase();
let folder: string;
let storage: TestStorage;
let ldap: LdapServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-sync-'));
  storage = await openTestStorage(uri, allMigrations);
  const { authority, server } = await createTestCertificates({ dns: ['localhost'] });
  await file('ca.pem', authority);
  ldap = await startLdapServer(server);
});
beforeEach(() => {
  ldap.fault = 'none';
});
afterAll(async () => {
  await ldap.stop();
  await storage.database.close();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<string> {
  const at = path.join(folder, name);
  await writeFile(at, text);
  return at;
}

const ldapSource = (more: object = {}) => ({
  kind: 'ldap',
  url: ldap.url,
  caFile: path.join(folder, 'ca.pem'),
  bindDn: READER.dn,
  bindPassword: READER.password,
  pageSize: 10,
  timeoutSeconds: 1,
  staff: {
    base: BASE,
    filter: '(&(objectClass=person)(!(locked=TRUE)))',
    attributes: {
      user_name: 'uid',
      name: 'cn',
      staff_id: 'employeeNumber',
      department: 'departmentNumber',
      title: 'title',
      mobile: 'mobile',
      active: 'enabled',
    },
  },
  departments: {
    base: BASE,
    filter: '(objectClass=organizationalUnit)',
    attributes: { code: 'ou', name: 'description', parent: 'parentOu' },
  },
  ...more,
});

/** `hutong directory …` with this source. */
async function hutong(command: string[], source: object = ldapSource()) {
  const settings = await file('directory.json', JSON.stringify({ source, everyMinutes: 30 }));
  return runHutongHere(['directory', ...command], {
    HUTONG_MODE: 'demonstration',
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: uri,
    HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*',
    HUTONG_STAFF_DIRECTORY: settings,
  });
}

const person = (index: number, more: Record<string, string> = {}) => ({
  dn: `uid=p${index},${BASE}`,
  attributes: {
    objectClass: 'person',
    uid: `person.${index}`,
    CN: `郑文${index}`,
    employeeNumber: `N${index}`,
    departmentNumber: 'CZJ-YS',
    title: '科员',
    mobile: `1380033${String(index).padStart(4, '0')}`,
    ...more,
  },
});
const unit = (ou: string, description: string, parent?: string) => ({
  dn: `ou=${ou},${BASE}`,
  attributes: {
    objectClass: 'organizationalUnit',
    ou,
    description,
    ...(parent === undefined ? {} : { parentOu: parent }),
  },
});
const units = [unit('CZJ-YS', '预算科', 'CZJ'), unit('CZJ', '市财政局')];
const people = (count: number, more: Record<string, string> = {}) =>
  Array.from({ length: count }, (_, index) => person(index, more));
const active = () =>
  storage.database.collection('staffEntries').countDocuments({ isPresent: true, isActive: true });
const records = (type: string) =>
  storage.database.collection('auditRecords').countDocuments({ type });
const syncs = () => storage.database.collection<{ _id: string }>(STAFF_SYNC);

describe('a list in an LDAP directory', () => {
  it('is not read with the wrong password, authority or address, and then nobody comes', async () => {
    ldap.entries = [...units, ...people(25)];
    const faults = [
      { bindPassword: 'wrong' },
      { caFile: undefined },
      { url: 'ldaps://localhost:1' },
    ];
    for (const fault of faults) {
      const { code, out } = await hutong(['run'], ldapSource(fault));
      expect([code, out]).toEqual([1, expect.stringContaining('could not be read')]);
    }
    expect(await active()).toBe(0);
    // Three times the same: one record.
    expect(await records('directory.import_stopped')).toBe(1);
  });

  it('is read page by page, with its departments; who is locked there does not come', async () => {
    ldap.entries = [...units, ...people(25), person(99, { locked: 'TRUE' })];
    ldap.searches = 0;
    const { code, out } = await hutong(['run']);
    expect([code, out]).toEqual([0, expect.stringContaining('25 joined, 0 changed, 0 left')]);
    expect(ldap.searches).toBeGreaterThan(3);
    const accounts = new AccountStore(storage);
    const account = await accounts.findByLogin('person.3', { kind: 'civilServant' });
    expect([account?.name, account?.phone]).toEqual(['郑文3', '+8613800330003']);
    const departments = storage.database.collection('departments');
    expect(await departments.findOne({ code: 'CZJ-YS' })).toMatchObject({ name: '预算科' });
    expect((await hutong(['run'])).out).toContain('0 joined, 0 changed, 0 left, 25 unchanged');
    expect((await hutong(['status'])).code).toBe(0);
  });

  it.each([
    ['is down', 'could not be read', () => (ldap.fault = 'cut')],
    ['does not answer', 'could not be read', () => (ldap.fault = 'silent')],
    ['refers elsewhere', 'is wrong', () => (ldap.fault = 'referral')],
    ['has nobody', 'nobody is in the list', () => (ldap.entries = [...units])],
    ['has half of them', '13 people would leave', () => (ldap.entries = people(12))],
    [
      'has locked them all',
      '25 people would leave',
      () => (ldap.entries = people(25, { enabled: 'false' })),
    ],
    [
      'names one twice',
      'is wrong',
      () => (ldap.entries = [...people(25), person(7, { cn: '另一人' })]),
    ],
  ])('that %s puts nobody out', async (_what, says, fault) => {
    ldap.entries = [...units, ...people(25)];
    fault();
    const { code, out } = await hutong(['run']);
    expect([code, out]).toEqual([1, expect.stringContaining(says)]);
    expect(await active()).toBe(25);
    expect((await hutong(['status'])).code).toBe(1);
  });

  it('that is half and meant so is approved by who has read how many leave, and only as it is', async () => {
    ldap.entries = people(12);
    await hutong(['run']);
    expect((await hutong(['approve', '12'])).err).toContain('13 people would leave');
    expect((await hutong(['approve', '13'])).code).toBe(0);
    ldap.entries = people(11);
    expect((await hutong(['run'])).out).toContain('14 people would leave');
    ldap.entries = people(12);
    await hutong(['run']);
    expect((await hutong(['approve', '13'])).code).toBe(0);
    expect((await hutong(['run'])).out).toContain('13 left');
    expect(await active()).toBe(12);
    expect((await hutong(['approve', '13'])).code).toBe(1);
    expect(await records('directory.import_approved')).toBe(2);
    ldap.entries = people(25);
    expect((await hutong(['run'])).out).toContain('13 joined');
  });
});

describe('one process at a time', () => {
  it('does it; one that died is followed by another when its turn is over', async () => {
    const store = new StaffSyncStore(storage);
    const due = { isDueOnly: true };
    await syncs().updateOne({ _id: 'sync' }, { $set: { dueAt: new Date(0) } });
    const takers = ['a', 'b', 'c', 'd'].map((holder) => store.take(holder, due));
    const taken = await Promise.all(takers);
    expect(taken.filter(Boolean)).toHaveLength(1);
    const busy = await hutong(['run']);
    expect([busy.code, busy.err]).toEqual([1, expect.stringContaining('Another process')]);
    // As it stands after kill -9: nobody prolongs it.
    await syncs().updateOne({ _id: 'sync' }, { $set: { leaseUntil: new Date() } });
    const holder = ['a', 'b', 'c', 'd'][taken.findIndex(Boolean)] ?? '';
    expect(await store.take('e', due)).toBeDefined();
    expect(await store.keep(holder)).toBe(false);
    expect(await store.keep('e')).toBe(true);
    await syncs().updateOne({ _id: 'sync' }, { $unset: { leaseUntil: 1 } });
    expect((await hutong(['run'])).code).toBe(0);
  });
});

describe('a list in CSV files', () => {
  const HEAD = 'user_name,staff_id,name,department,title,mobile,email,active';
  const csv = async (text: string) => ({ kind: 'csv', staff: await file('staff.csv', text) });
  const row = (index: number) => `person.${index},N${index},郑文${index},CZJ-YS,科长,,,`;

  it('that is missing, cut off or another table puts nobody out', async () => {
    const whole = [HEAD, ...Array.from({ length: 25 }, (_, index) => row(index))].join('\n');
    const said = async (text: string) => (await hutong(['run'], await csv(text))).out;
    expect(await said('')).toContain('is wrong');
    expect(await said(HEAD)).toContain('nobody is in the list');
    expect(await said('name,phone\n甲,1\n')).toContain('is wrong');
    expect(await said(whole.slice(0, whole.length / 2))).toMatch(/would leave|is wrong/u);
    const none = { kind: 'csv', staff: path.join(folder, 'none.csv') };
    expect((await hutong(['run'], none)).out).toContain('could not be read');
    expect(await active()).toBe(25);
    expect(await said(whole)).toContain('25 changed, 0 left');
  });

  it('comes from a server too, and what that does wrong puts nobody out', async () => {
    const list = [HEAD, ...Array.from({ length: 25 }, (_, index) => row(index))].join('\n');
    let status = 200;
    const server = createServer((request, response) => {
      const isKnown = request.headers.authorization === 'Bearer list';
      response.writeHead(isKnown ? status : 401, status === 302 ? { location: '/x' } : {});
      response.end(list);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const staff = `http://127.0.0.1:${port}/staff.csv`;
    const source = { kind: 'csv', staff, authorization: 'Bearer list' };
    expect((await hutong(['run'], source)).out).toContain('25 unchanged');
    status = 503;
    expect((await hutong(['run'], source)).out).toContain('could not be read');
    status = 302;
    expect((await hutong(['run'], source)).out).toContain('is wrong');
    const stranger = { kind: 'csv', staff };
    expect((await hutong(['run'], stranger)).out).toContain('could not be read');
    server.closeAllConnections();
    server.close();
    expect(await active()).toBe(25);
  });
});
