// A process that is killed (-9) in the middle of an upload of mandates and of an import of staff: the
// next one goes on where it stood, and each row is done once.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { residentIdCheckDigit } from '../../src/accounts/resident-id.ts';
import { mandateHooks } from '../../src/app/mandate-hooks.ts';
import { STAFF_SYNC } from '../../src/directory/source/staff-sync-store.ts';
import {
  MANDATE_IMPORTS,
  MandateImportStore,
} from '../../src/mandate-import/mandate-import-store.ts';
import { openMandates } from '../../src/mandates/open-mandates.ts';
import { AppProcess } from '../support/app-process.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { openProcessCity } from './process-city.ts';
import type { ProcessCity } from './process-city.ts';

const LONG = 120_000;
vi.setConfig({ testTimeout: LONG, hookTimeout: LONG });

const { uri } = migratedDatabase();
const ENDED = 15;
const OFFERED = 35;
const STAFF = 30;
const APP_NAME = 'to-be-killed';
let city: ProcessCity;
let folder: string;
let app: AppProcess;

beforeAll(async () => {
  city = await openProcessCity(uri, {
    people: [
      { login: 'zhao' },
      { login: 'liu' },
      { login: 'entity', kind: 'legalEntity', name: '示例企业' },
    ],
    clients: [],
  });
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-killed-'));
});
afterAll(async () => {
  await app.stop();
  await city.close();
  await rm(folder, { recursive: true, force: true });
});

const collection = (name: string) => city.storage.database.collection<{ _id: string }>(name);
const recorded = (type: string, of: object = {}) =>
  collection('auditRecords').countDocuments({ type, ...of });

/** Of the mandates that it ends, each is there; of those that it offers, nobody has heard. */
async function leaveUpload(): Promise<string> {
  const { storage, accounts } = city;
  const [person, holder, entity] = accounts.map(({ id }) => id) as [string, string, string];
  const { mandates } = openMandates(storage, mandateHooks(storage));
  const by = {
    entityId: entity,
    holderId: person,
    role: 'administrator',
    grantedBy: 'test',
  } as const;
  const held = await storage.database.transaction(async (session) => {
    await mandates.grant(by, session);
    const each = { ...by, holderId: holder, role: 'handler' } as const;
    const granted = [];
    for (let at = 0; at < ENDED; at += 1) {
      granted.push(await mandates.grant({ ...each, services: [`service-${at}`] }, session));
    }
    return granted;
  });
  const ends = held.map((each) => ({ action: 'end' as const, mandateId: String(each?.id) }));
  const offers = Array.from({ length: OFFERED }, (_, at) => {
    const digits = `44019919900101${String(at).padStart(3, '0')}`;
    const number = digits + residentIdCheckDigit(digits);
    return {
      action: 'offer' as const,
      holder: { name: '钱众多', number, isOrganisation: false },
      until: new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10),
      isSingleUse: false,
      mayPassOn: false,
    };
  });
  const rows = offers.flatMap((offer, at) => [offer, ...ends.slice(at, at + 1)]);
  const facts = { entityId: entity, personId: person, clientId: 'hr', address: '192.0.2.1' };
  const given = { ...facts, key: 'upload', isDryRun: false, rows };
  const store = new MandateImportStore(storage);
  return (await storage.database.transaction((session) => store.put(given, session))).id;
}

/** Answers when it is told to, so that both imports are under way at one moment. */
async function startStaffList() {
  const list = Promise.withResolvers<void>();
  const rows = Array.from({ length: STAFF }, (_, at) => `person.${at},N${at},郑文${at}`);
  const server = createServer((_request, response) => {
    void list.promise.then(() => response.end(['user_name,staff_id,name', ...rows].join('\n')));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, address: `http://127.0.0.1:${port}/staff.csv`, answer: list.resolve };
}

/** What the database does by itself after a minute: ends what a dead process had begun. */
async function giveUp(appName: string): Promise<void> {
  const client = new mongoose.mongo.MongoClient(uri);
  try {
    const admin = client.db('admin');
    const sessions = await admin
      .aggregate<{ lsid: { id: object } }>([
        { $currentOp: { allUsers: true, idleSessions: true } },
        { $match: { appName, type: 'idleSession' } },
      ])
      .toArray();
    await admin.command({ killSessions: sessions.map(({ lsid: { id } }) => ({ id })) });
  } finally {
    await client.close();
  }
}

test('an upload of mandates and an import of staff go on after kill -9, each row once', async () => {
  const importId = await leaveUpload();
  const { server, address, answer } = await startStaffList();
  const settings = path.join(folder, 'directory.json');
  await writeFile(settings, JSON.stringify({ source: { kind: 'csv', staff: address } }));
  const environment = city.environment(0, {
    HUTONG_STAFF_DIRECTORY: settings,
    HUTONG_OPERATIONS_PORT: 'off',
    MONGODB_URI: `${uri}&appName=${APP_NAME}`,
  });
  const settled = () =>
    collection('mandateImportRows').countDocuments({ state: { $ne: 'pending' } });
  const joined = () => collection('staffEntries').countDocuments();
  const soon = { interval: 20, timeout: LONG };

  app = new AppProcess(environment);
  await expect.poll(settled, soon).toBeGreaterThan(3);
  answer();
  await expect.poll(joined, soon).toBeGreaterThan(3);
  app.signal('SIGKILL');
  expect(await app.ended).toBe('SIGKILL');
  expect(await settled()).toBeLessThan(ENDED + OFFERED);
  expect(await joined()).toBeLessThan(STAFF);

  await giveUp(APP_NAME);
  // The time for which it had taken them is over.
  const leaseUntil = new Date();
  await collection(MANDATE_IMPORTS).updateOne({}, { $set: { leaseUntil } });
  await collection(STAFF_SYNC).updateOne({}, { $set: { leaseUntil } });
  app = new AppProcess(environment);
  const sync = () => collection(STAFF_SYNC).findOne<{ lastRun?: { outcome: string } }>({});
  await expect.poll(async () => (await sync())?.lastRun?.outcome, soon).toBe('done');
  const job = () => collection(MANDATE_IMPORTS).findOne<{ finishedAt?: Date }>({ _id: importId });
  await expect.poll(async () => (await job())?.finishedAt, soon).toBeDefined();

  const counts = await new MandateImportStore(city.storage).counts(importId);
  expect(counts).toMatchObject({ pending: 0, refused: 0, offered: OFFERED, ended: ENDED });
  const uploaded = { clientId: 'hr', 'details.import': importId };
  for (const narrowed of [{}, uploaded]) {
    expect(await recorded('mandates.invited', narrowed)).toBe(OFFERED);
    expect(await recorded('mandates.ended', narrowed)).toBe(ENDED);
  }
  expect(await recorded('mandates.import_finished')).toBe(1);
  expect(await joined()).toBe(STAFF);
  expect(await recorded('directory.staff_joined')).toBe(STAFF);
  expect(await collection('accounts').countDocuments({ kind: 'civilServant' })).toBe(STAFF);
  server.close();
});
