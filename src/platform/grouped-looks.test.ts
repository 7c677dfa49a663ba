import { setImmediate as turnOver } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { commandsOf, watchable } from '../../test/support/database-commands.ts';
import { testDatabase } from '../../test/support/database.ts';
import { pause } from './beat.ts';
import { isAny, lookFor } from './grouped-looks-store.ts';
import { connectDatabase } from './mongo.ts';

const { uri } = testDatabase();
const database = await connectDatabase({ uri: watchable(uri) });
const boats = database.collection<{ _id: string; length: number }>('boats');

beforeEach(() => boats.deleteMany({}));
afterAll(() => database.close());

describe('what is looked for in the same turn', () => {
  it('is one command over all collections, what tells a version another, and each gets its own answer', async () => {
    await boats.insertMany([
      { _id: 'sampan', length: 5 },
      { _id: 'junk', length: 20 },
    ]);
    let answers: unknown;
    const commands = await commandsOf(database, async () => {
      answers = await Promise.all([
        isAny(database, 'harbours', { _id: 'old' }),
        isAny(database, 'boats', { length: { $gt: 10 } }),
        isAny(database, 'boats', { length: { $gt: 30 } }),
        isAny(database, 'boats', { length: 30 }, { length: 5 }),
        lookFor(database, { collection: 'boats', filter: { _id: 'junk' }, found: '$$ROOT' }),
        lookFor(database, {
          collection: 'boats',
          filter: { _id: 'sampan' },
          found: { metres: '$length', at: '$$NOW' },
        }),
        lookFor(database, { collection: 'boats', filter: { _id: 'raft' }, found: '$$ROOT' }),
      ]);
    });
    expect(answers).toEqual([
      false,
      true,
      false,
      true,
      { _id: 'junk', length: 20 },
      { metres: 5, at: expect.any(Date) },
      null,
    ]);
    expect(commands.sort()).toEqual(['aggregate boats', 'aggregate harbours']);
  });

  it('is an error for all of them when the database refuses the command', async () => {
    const looks = [{ length: 5 }, { length: { $none: 5 } }].map((filter) =>
      isAny(database, 'boats', filter),
    );
    const settled = await Promise.allSettled(looks);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('sees what was acknowledged before it was asked', async () => {
    for (let length = 1; length <= 20; length += 1) {
      await boats.insertOne({ _id: `boat ${length}`, length });
      expect(await isAny(database, 'boats', { length })).toBe(true);
    }
  });
});

describe('a pause', () => {
  it('ends for all at the same time when it is a multiple of the beat, and their looks are one', async () => {
    const { signal } = new AbortController();
    // From here on they are apart by a turn, and the next beat is far.
    await pause(500, signal);
    const commands = await commandsOf(database, async () => {
      const first = pause(1000, signal).then(() => isAny(database, 'boats', {}));
      await turnOver();
      const second = pause(1000, signal).then(() => isAny(database, 'harbours', {}));
      await Promise.all([first, second]);
    });
    expect(commands).toHaveLength(1);
  });

  it.each([20, 5000, 60_000])('of %i ms is over at once for whoever stops', async (everyMs) => {
    const stopping = new AbortController();
    const pausing = pause(everyMs, stopping.signal).then(() => 'over');
    stopping.abort();
    const again = pause(everyMs, stopping.signal).then(() => 'over');
    const later = turnOver('later');
    expect(await Promise.race([pausing, later])).toBe('over');
    expect(await Promise.race([again, later])).toBe('over');
  });
});
