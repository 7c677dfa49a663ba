import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { allMigrations } from '../migrations.ts';
import { createLogger } from './logger.ts';
import { listLiveProcesses, LiveProcesses } from './live-processes-store.ts';
import {
  migrate,
  migrateAll,
  pendingMigrations,
  planMigrations,
  requireMigrations,
} from './migrations.ts';
import type { Migration } from './migrations.ts';
import { connectDatabase } from './mongo.ts';
import type { Database } from './mongo.ts';

const { uri } = testDatabase();
let database: Database;

beforeAll(async () => {
  database = await connectDatabase({ uri });
});

afterAll(() => database.close());

describe('migrations', () => {
  it('have numbers of their own', () => {
    const numbers = allMigrations.map(({ id }) => id.slice(0, 4));
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('run once, in order, though four processes start at once', async () => {
    const ran: string[] = [];
    const migrations: Migration[] = ['0902-second', '0901-first'].map((id) => ({
      id,
      up: async (db) => {
        ran.push(id);
        await db.collection('things').createIndex({ a: 1 });
      },
    }));
    expect(await pendingMigrations(database, migrations)).toHaveLength(2);
    const starts = ['a', 'b', 'c', 'd'].map((holder) => migrate(database, migrations, holder));
    const applied = (await Promise.all(starts)).flat();
    expect(ran).toEqual(['0901-first', '0902-second']);
    expect(applied).toEqual(ran);
    expect(await pendingMigrations(database, migrations)).toEqual([]);
  });

  it('are taken up again by the next process when one fails', async () => {
    let attempts = 0;
    const migration: Migration = {
      id: '0903-fails-first',
      up: async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('cut off');
      },
    };
    await expect(migrate(database, [migration], 'a')).rejects.toThrow('cut off');
    expect(await migrate(database, [migration], 'b')).toEqual(['0903-fails-first']);
  });
});

describe('a migration that takes something away', () => {
  const contract = (id: string, up = () => Promise.resolve()): Migration => ({
    id,
    kind: 'contract',
    oldestRelease: '2.0.0',
    up,
  });
  const alive =
    (...releases: string[]) =>
    () =>
      Promise.resolve(releases);
  const old = { migrations: [], release: '1.9.9' };

  it('is left alone by who only adds, and does not keep a process from starting', async () => {
    const migrations = [contract('0911-takes')];
    expect(await migrate(database, migrations, 'a')).toEqual([]);
    await requireMigrations(database, { migrations, release: '2.0.0' });
    await requireMigrations(database, old);
  });

  it('waits while an older process lives, and holds nothing else up', async () => {
    const added: Migration = { id: '0913-adds', up: () => Promise.resolve() };
    const migrations = [contract('0912-takes'), added];
    const liveReleases = alive('2.0.0', '1.9.9', '2.1.0', '1.9.9');
    const run = { holder: 'a', liveReleases };
    expect(await migrateAll(database, migrations, run)).toEqual(['0913-adds']);
    expect(await planMigrations(database, migrations, liveReleases)).toEqual({
      applied: ['0913-adds'],
      expand: [],
      contract: [{ id: '0912-takes', oldestRelease: '2.0.0', blockedBy: ['1.9.9'] }],
    });
    await requireMigrations(database, old);
    const later = { holder: 'a', liveReleases: alive('2.0.0-rc.1', '10.0.0') };
    expect(await migrateAll(database, migrations, later)).toEqual(['0912-takes']);
    await expect(requireMigrations(database, old)).rejects.toMatchObject({
      code: 'configuration_invalid',
      details: { problem: expect.stringContaining('needs 2.0.0 or later (0912-takes)') },
    });
    await requireMigrations(database, { migrations, release: '2.0.0' });
    await database.collection('migrations').deleteMany({ oldestRelease: { $exists: true } });
  });

  it('keeps older releases out from the moment it begins, also when it is cut off', async () => {
    let attempts = 0;
    const cutOff = contract('0914-takes', () => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new Error('cut off')) : Promise.resolve();
    });
    const run = { holder: 'a', liveReleases: alive() };
    await expect(migrateAll(database, [cutOff], run)).rejects.toThrow('cut off');
    await expect(requireMigrations(database, old)).rejects.toThrow('configuration_invalid');
    expect(await migrateAll(database, [cutOff], run)).toEqual(['0914-takes']);
    await database.collection('migrations').deleteMany({ oldestRelease: { $exists: true } });
  });

  it('and an older process that starts at the same moment never both get their way', async () => {
    const logger = createLogger({ level: 'silent', service: 'test' });
    for (let round = 0; round < 40; round += 1) {
      const migration = contract(`0920-takes-${round}`);
      const self = { id: `old-${round}`, host: 'test', pid: round, release: old.release };
      const processes = new LiveProcesses({ database, logger, self });
      const start = async () => {
        await processes.enter();
        await requireMigrations(database, old);
      };
      const liveReleases = async () =>
        (await listLiveProcesses(database)).map(({ release }) => release);
      const [started, applied] = await Promise.all([
        start().then(
          () => true,
          () => false,
        ),
        migrateAll(database, [migration], { holder: 'a', liveReleases }),
      ]);
      expect({ started, applied }).not.toEqual({ started: true, applied: [migration.id] });
      await processes.stop();
      await database.collection('migrations').deleteMany({ oldestRelease: { $exists: true } });
    }
  });
});
