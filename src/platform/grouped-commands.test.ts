// On the real database: reads and writes that share a command keep their own results.
import { setImmediate as turnOver } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { commandsOf, watchable } from '../../test/support/database-commands.ts';
import { readById, readByIdBefore, readSharing } from './grouped-reads-store.ts';
import type { SharedKey } from './grouped-reads-store.ts';
import { compareAndSet, incrementIf, insertGrouped, upsertById } from './grouped-writes-store.ts';
import { connectDatabase, isDuplicateKey } from './mongo.ts';
import type { Database } from './mongo.ts';

const { uri } = testDatabase();
const NAME = 'grouped';
let database: Database;
let other: Database;

beforeAll(async () => {
  [database, other] = await Promise.all([
    connectDatabase({ uri: watchable(uri) }),
    connectDatabase({ uri }),
  ]);
});
afterAll(() => Promise.all([database.close(), other.close()]));

const put = (_id: string, on = database) =>
  upsertById(on, NAME, { _id, update: { $set: { name: _id, spentAt: null } } });

let serial = 0;
const spend = (_id: string, on = database) => {
  serial += 1;
  const set = { spentAt: new Date() };
  return compareAndSet(on, NAME, { _id, only: { spentAt: null }, set, mark: `mark-${serial}` });
};

test('reads and writes of one moment are one command each', async () => {
  const ids = ['a', 'b', 'c'];
  const writes = await commandsOf(database, () => Promise.all(ids.map((id) => put(id))));
  expect(writes).toEqual([`update ${NAME}`]);
  let found: unknown[] = [];
  const reads = await commandsOf(database, async () => {
    found = await Promise.all(['c', 'nobody', 'a', 'a'].map((id) => readById(database, NAME, id)));
  });
  expect(reads).toEqual([`find ${NAME}`]);
  expect(found).toMatchObject([{ name: 'c' }, null, { name: 'a' }, { name: 'a' }]);
});

test('what must be read before the rest comes first in the command that they share', async () => {
  await upsertById(database, 'grouped3', { _id: 'first', update: { $set: { name: 'first' } } });
  let found: unknown[] = [];
  const commands = await commandsOf(database, async () => {
    found = await Promise.all([
      readById(database, NAME, 'a'),
      readByIdBefore(database, 'grouped3', 'first'),
      readById(database, NAME, 'b'),
    ]);
  });
  expect(commands).toEqual(['aggregate grouped3']);
  expect(found).toMatchObject([{ name: 'a' }, { name: 'first' }, { name: 'b' }]);
});

test('reads of several collections that all find something leave no cursor open', async () => {
  await Promise.all([put('met'), put('met too')]);
  await upsertById(database, 'grouped2', { _id: 'met', update: { $set: { name: 'met' } } });
  const commands = await commandsOf(database, async () => {
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        readById(database, NAME, 'met'),
        readById(database, NAME, 'met too'),
        readById(database, 'grouped2', 'met'),
      ]);
    }
  });
  expect(commands).toEqual(Array.from({ length: 5 }, () => `aggregate ${NAME}`));
});

test('a count up to a limit names the one that found no room, among others of the same command', async () => {
  const countTo = (limit: number) => (_id: string) =>
    incrementIf(database, 'counted', {
      _id,
      only: { count: { $lt: limit } },
      field: 'count',
      otherwise: { since: 'now' },
    });
  await countTo(1)('full');
  let outcomes: PromiseSettledResult<void>[] = [];
  const commands = await commandsOf(database, async () => {
    outcomes = await Promise.allSettled(['full', 'fresh', 'fresh', 'fresh'].map(countTo(2)));
    outcomes.push(...(await Promise.allSettled(['full', 'other'].map(countTo(1)))));
  });
  expect(commands).toEqual(['update counted', 'update counted']);
  const refused = outcomes.map((each) => each.status === 'rejected' && isDuplicateKey(each.reason));
  expect(refused).toEqual([false, false, false, true, true, false]);
  const documents = await database.collection('counted').find().sort({ _id: 1 }).toArray();
  expect(documents.map(({ count }) => count as number)).toEqual([2, 2, 1]);
});

test('reads of several collections are one command, and mix nothing up', async () => {
  const others = ['same', 'second'];
  const put2 = (_id: string) =>
    upsertById(database, 'grouped2', { _id, update: { $set: { name: `${_id} of 2` } } });
  await Promise.all([put('same'), put('first'), ...others.map(put2)]);
  const places = [
    [NAME, 'same'],
    ['grouped2', 'same'],
    ['grouped2', 'first'],
    [NAME, 'first'],
    ['nowhere', 'same'],
  ] as const;
  let found: unknown[] = [];
  const commands = await commandsOf(database, async () => {
    found = await Promise.all(places.map(([name, id]) => readById(database, name, id)));
  });
  expect(commands).toEqual([`aggregate ${NAME}`]);
  expect(found).toMatchObject([
    { name: 'same' },
    { name: 'same of 2' },
    null,
    { name: 'first' },
    null,
  ]);
});

test.each([1, 2, 20])('of %d that spend one thing, one does, in two processes', async (count) => {
  const id = `spent-by-${count}`;
  await put(id);
  const tries = Array.from({ length: count }, (_, index) =>
    spend(id, index % 2 === 0 ? database : other),
  );
  const won = (await Promise.all(tries)).filter(Boolean);
  expect(won).toHaveLength(1);
  expect(await spend(id)).toBe(false);
});

test('what can be spent is, beside what cannot', async () => {
  await Promise.all(['x', 'y', 'z'].map((id) => put(id)));
  expect(await spend('y')).toBe(true);
  const results = await Promise.all(['x', 'y', 'nothing', 'z', 'z'].map((id) => spend(id)));
  expect(results.slice(0, 3)).toEqual([true, false, false]);
  expect(results.slice(3).filter(Boolean)).toHaveLength(1);
});

test('of two insertions under one id the second fails, and only it', async () => {
  const documents = ['one', 'two', 'one', 'three'].map((_id) => ({ _id: `insert-${_id}` }));
  const results = await Promise.allSettled(
    documents.map((document) => insertGrouped(database, NAME, document)),
  );
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  const [refused] = results.filter((result) => result.status === 'rejected');
  expect(isDuplicateKey(refused?.reason)).toBe(true);
});

test('without the database every one of them fails', async () => {
  const gone = await connectDatabase({ uri });
  await gone.close();
  const results = await Promise.allSettled([put('g1', gone), put('g2', gone), spend('g3', gone)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});

test('what shares a key comes with the others, also when it is more than anybody expects', async () => {
  const key: SharedKey<{ _id: string; shelf: string }> = {
    field: 'shelf',
    valuesOf: ({ shelf }) => [shelf],
    filterOf: (values) => ({ shelf: { $in: [...values] } }),
  };
  const lay = (shelf: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({ _id: `${shelf}-${at}`, shelf }));
  const books = [...lay('few', 2), ...lay('many', 90)];
  await database.collection<{ _id: string; shelf: string }>('books').insertMany(books);
  await put('beside');
  const ask = (shelf: string) => readSharing(database, 'books', { key, value: shelf });
  let found: unknown[] = [];
  const commands = await commandsOf(database, async () => {
    found = await Promise.all([ask('few'), ask('none'), readById(database, NAME, 'beside')]);
  });
  expect(commands).toHaveLength(1);
  expect(found).toMatchObject([[{ shelf: 'few' }, { shelf: 'few' }], [], { name: 'beside' }]);
  expect(await Promise.all([ask('many'), ask('few')])).toMatchObject([
    { length: 90 },
    { length: 2 },
  ]);
  const [many] = await Promise.all([ask('many'), readById(database, NAME, 'beside')]);
  expect(new Set(many.map(({ _id }) => _id)).size).toBe(90);
});

test('a document that a transaction holds, as after a crash, holds up whoever wants it and nobody else', async () => {
  await Promise.all(['held', 'free', 'later'].map((id) => put(id)));
  const crashed = other.client.startSession();
  onTestFinished(() => crashed.endSession());
  crashed.startTransaction();
  await other
    .collection<{ _id: string; name?: string }>(NAME)
    .updateOne({ _id: 'held' }, { $set: { name: 'half done' } }, { session: crashed });
  const done: string[] = [];
  const write = async (_id: string) => {
    await upsertById(database, NAME, { _id, update: { $inc: { writes: 1 } } });
    done.push(_id);
  };
  const first = Promise.all([write('held'), write('free')]);
  await turnOver();
  await write('later');
  // Again, at the same moment as others: they share no command with it any more.
  const again = write('held');
  await Promise.all([write('later'), write('another')]);
  expect(done).not.toContain('held');
  await crashed.abortTransaction();
  await Promise.all([first, again]);
  expect(done.filter((id) => id === 'held')).toHaveLength(2);
});
