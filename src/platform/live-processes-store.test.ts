import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { createLogger } from './logger.ts';
import {
  listSilentServers,
  LiveProcesses,
  liveProcessesMigrations,
} from './live-processes-store.ts';
import { migrate } from './migrations.ts';
import { connectDatabase } from './mongo.ts';
import type { Database } from './mongo.ts';

const { uri } = testDatabase();
const logger = createLogger({ level: 'silent', service: 'test' });
const SUBJECT = 'signingKeys';
let database: Database;

beforeAll(async () => {
  database = await connectDatabase({ uri });
  await migrate(database, liveProcessesMigrations, 'test');
});
beforeEach(() => documents().deleteMany({}));
afterAll(() => database.close());

function documents() {
  return database.collection<{ _id: string; seenAt: Date }>('liveProcesses');
}

const SHORT = { heartbeatMs: 20, leaseMs: 400 };

function processNamed(id: string, times: Partial<typeof SHORT> = {}, on = database) {
  const self = { id, host: `host-${id}`, pid: 1, release: '0.1.0' };
  return new LiveProcesses({ database: on, logger, self, ...times });
}

/** As if its last heartbeat were so long ago. */
async function age(id: string, milliseconds: number): Promise<void> {
  const seenAt = { $subtract: ['$$NOW', milliseconds] };
  await documents().updateOne({ _id: id }, [{ $set: { seenAt } }]);
}

async function enteredPair() {
  const pair = [processNamed('a'), processNamed('b')] as const;
  for (const each of pair) await each.enter();
  return pair;
}

describe('a revision', () => {
  it('is known to all when nobody is alive', async () => {
    expect(await processNamed('a').allServersKnow(SUBJECT, 7)).toBe(true);
  });

  it('is waited for until the last live process acts upon it or a later one', async () => {
    const [a, b] = await enteredPair();
    expect(await a.allServersKnow(SUBJECT, 1)).toBe(false);
    await a.acknowledge(SUBJECT, 3);
    expect(await a.allServersKnow(SUBJECT, 2)).toBe(false);
    await b.acknowledge(SUBJECT, 2);
    expect(await b.allServersKnow(SUBJECT, 2)).toBe(true);
    expect(await b.allServersKnow(SUBJECT, 3)).toBe(false);
    expect(await b.allServersKnow('dataKeys', 1)).toBe(false);
    await b.acknowledge('dataKeys', 1);
    expect((await a.list()).map(({ id, knows }) => [id, knows])).toEqual([
      ['a', { [SUBJECT]: 3 }],
      ['b', { [SUBJECT]: 2, dataKeys: 1 }],
    ]);
  });

  it('of what concerns requests is not waited for at commands', async () => {
    const [a, b] = await enteredPair();
    const self = { id: 'c', host: 'host-c', pid: 1, release: '0.1.0', isCommand: true };
    await new LiveProcesses({ database, logger, self }).enter();
    await a.acknowledge(SUBJECT, 1);
    expect(await a.allServersKnow(SUBJECT, 1)).toBe(false);
    await b.acknowledge(SUBJECT, 1);
    expect(await a.allServersKnow(SUBJECT, 1)).toBe(true);
    expect((await a.list()).map(({ id }) => id)).toContain('c');
    await age('c', 21_000);
    expect(await listSilentServers(database)).toEqual([]);
  });

  it('is taken back by a process that went back to an older one', async () => {
    const [a, b] = await enteredPair();
    for (const each of [a, b]) await each.acknowledge(SUBJECT, 5);
    await a.acknowledge(SUBJECT, 4);
    expect(await b.allServersKnow(SUBJECT, 5)).toBe(false);
  });
});

describe('a process', () => {
  it('that is silent is waited for so long, then named as silent, and counts when it is back', async () => {
    const [a, b] = await enteredPair();
    await a.acknowledge(SUBJECT, 1);
    await age('b', 15_000);
    expect(await a.allServersKnow(SUBJECT, 1)).toBe(false);
    expect(await listSilentServers(database)).toEqual([]);
    await age('b', 21_000);
    expect(await a.allServersKnow(SUBJECT, 1)).toBe(true);
    expect((await listSilentServers(database)).map(({ host }) => host)).toEqual(['host-b']);
    await b.enter();
    expect(await a.allServersKnow(SUBJECT, 1)).toBe(false);
    expect(await listSilentServers(database)).toEqual([]);
  });

  it('that ends is waited for no longer, and does not come back by a late word', async () => {
    const [a, b] = await enteredPair();
    await a.acknowledge(SUBJECT, 1);
    await b.stop();
    await b.acknowledge(SUBJECT, 1);
    expect((await a.list()).map(({ id }) => id)).toEqual(['a']);
    expect(await listSilentServers(database)).toEqual([]);
  });

  it('has no lease before its first heartbeat, and loses it without another', async () => {
    const each = processNamed('a', SHORT);
    expect(each.hasLease()).toBe(false);
    await vi.waitFor(async () => {
      await each.enter();
      expect(each.hasLease()).toBe(true);
    });
    await vi.waitFor(() => expect(each.hasLease()).toBe(false), 10_000);
    each.start();
    await vi.waitFor(() => expect(each.hasLease()).toBe(true), 10_000);
    await each.stop();
    await vi.waitFor(() => expect(each.hasLease()).toBe(false), 10_000);
  });

  it('whose database is gone keeps its lease no longer than was promised, and fails loudly', async () => {
    const lost = await connectDatabase({ uri });
    const each = processNamed('a', SHORT, lost);
    await each.enter();
    await lost.close();
    await expect(each.acknowledge(SUBJECT, 1)).rejects.toThrow(/connect/iu);
    await vi.waitFor(() => expect(each.hasLease()).toBe(false), 10_000);
    expect(await processNamed('b').allServersKnow('nothing', 0)).toBe(true);
  });
});
