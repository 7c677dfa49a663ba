// Items that come together are done in one round; each gets its own result or failure.
import { expect, test } from 'vitest';
import { Gathering } from './gathering.ts';

function doubling(rounds: number[][], options: { maxItems?: number; maxRunning?: number } = {}) {
  return new Gathering<number, number>({
    ...options,
    run: async (items) => {
      rounds.push([...items]);
      await new Promise((resolve) => setImmediate(resolve));
      return items.map((item) => (item < 0 ? new Error(`no ${item}`) : item * 2));
    },
  });
}

test('what comes together is one round, in its order', async () => {
  const rounds: number[][] = [];
  const gathering = doubling(rounds);
  const results = await Promise.all([1, 2, 3].map((item) => gathering.add(item)));
  expect([results, rounds]).toEqual([[2, 4, 6], [[1, 2, 3]]]);
});

test('one that fails fails alone', async () => {
  const gathering = doubling([]);
  const [one, two] = await Promise.allSettled([gathering.add(1), gathering.add(-2)]);
  expect(one).toEqual({ status: 'fulfilled', value: 2 });
  expect(two).toMatchObject({ status: 'rejected', reason: new Error('no -2') });
});

test('a round that is never answered is given up, and the next one begins', async () => {
  let isStuck = true;
  const gathering = new Gathering<number, number>({
    limitMs: 20,
    run: (items) => (isStuck ? new Promise(() => undefined) : Promise.resolve(items)),
  });
  const [stuck] = await Promise.allSettled([gathering.add(1)]);
  expect(stuck).toMatchObject({ status: 'rejected', reason: { code: 'timed_out' } });
  isStuck = false;
  expect(await gathering.add(2)).toBe(2);
});

test('beside a round that takes long the others go on, and what has its key waits for that alone', async () => {
  const rounds: string[][] = [];
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let isHeld = true;
  const gathering = new Gathering<string, string>({
    keyOf: (item) => item,
    run: async (items) => {
      rounds.push([...items]);
      if (isHeld && items.includes('held')) await held;
      return items;
    },
  });
  const first = Promise.all([gathering.add('held'), gathering.add('beside')]);
  await new Promise((resolve) => setImmediate(resolve));
  // This one finds a round under way, which is given up waiting for.
  await gathering.add('next');
  const again = [gathering.add('held'), gathering.add('held')];
  await Promise.all([gathering.add('next'), gathering.add('another')]);
  expect(rounds).toEqual([['held', 'beside'], ['next'], ['held'], ['next', 'another']]);
  isHeld = false;
  release();
  await Promise.all([first, ...again]);
  // Done once it is like any other.
  await Promise.all([gathering.add('held'), gathering.add('next')]);
  expect(rounds.slice(4)).toEqual([['held'], ['held', 'next']]);
});

test('where items have no keys, a round that takes long is waited for', async () => {
  const rounds: number[][] = [];
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const gathering = new Gathering<number, number>({
    run: async (items) => {
      rounds.push([...items]);
      if (items.includes(1)) await held;
      return items;
    },
  });
  const keyed = new Gathering<number, number>({
    keyOf: String,
    run: (items) => (items.includes(1) ? held.then(() => items) : Promise.resolve(items)),
  });
  const stuck = [gathering.add(1), keyed.add(1)];
  await new Promise((resolve) => setImmediate(resolve));
  const behind = gathering.add(2);
  // As long as one with keys is waited for.
  await keyed.add(2);
  expect(rounds).toEqual([[1]]);
  release();
  await Promise.all([...stuck, behind]);
  expect(rounds).toEqual([[1], [2]]);
});

test('a round that fails fails all of it, and the next one begins', async () => {
  let isBroken = true;
  const gathering = new Gathering<number, number>({
    run: async (items) => {
      if (isBroken) throw new Error('broken');
      return items;
    },
  });
  const failed = await Promise.allSettled([gathering.add(1), gathering.add(2)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isBroken = false;
  expect(await gathering.add(3)).toBe(3);
});

test('who comes while the rounds are full waits for a later one, and no round is too large', async () => {
  const rounds: number[][] = [];
  const gathering = doubling(rounds, { maxItems: 2, maxRunning: 1 });
  const first = Promise.all([1, 2, 3].map((item) => gathering.add(item)));
  await Promise.resolve();
  const last = gathering.add(4);
  expect([...(await first), await last]).toEqual([2, 4, 6, 8]);
  expect(rounds).toEqual([
    [1, 2],
    [3, 4],
  ]);
});
