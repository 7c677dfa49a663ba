import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { allMigrations } from '../migrations.ts';
import { migrate, pendingMigrations } from './migrations.ts';
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
