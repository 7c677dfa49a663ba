// Tickets that were taken together are remembered in one document, and each of them is used once.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { mutualRecognitionMigrations } from './mutual-recognition.migrations.ts';
import { RECOGNITION_SPENT, RecognitionUsage } from './usage-store.ts';

const { uri } = testDatabase();
const clock = new ShiftedClock();
let storage: TestStorage;
let processes: RecognitionUsage[];

beforeAll(async () => {
  storage = await openTestStorage(uri, mutualRecognitionMigrations, clock);
  const { database } = storage;
  processes = Array.from({ length: 4 }, () => new RecognitionUsage({ database, clock }));
});
afterAll(() => storage.database.close());

const ticket = (batch: string, place: number) => {
  return { batch, place, expiresAt: new Date(clock.now().getTime() + 300_000) };
};

it('is used once in parts that overlap, in several processes, and twice in one request', async () => {
  const parts = [[0, 0, 1], [1, 2], [2, 3, 4], [4, 5], [5, 0], [3], [0, 1, 2, 3, 4, 5]];
  const used = await Promise.all(
    parts.map(async (places, turn) => {
      const usage = processes[turn % processes.length];
      const isFirst =
        (await usage?.spendTickets(places.map((place) => ticket('one', place)))) ?? [];
      expect(isFirst).toHaveLength(places.length);
      return places.filter((_, at) => isFirst[at]);
    }),
  );
  expect(used.flat()).toHaveLength(6);
  expect(new Set(used.flat())).toEqual(new Set([0, 1, 2, 3, 4, 5]));
});

it('takes tickets of several batches in one request, and what is none as used', async () => {
  const [usage] = processes;
  const given = [ticket('two', 0), undefined, ticket('three', 0), ticket('two', 1)];
  expect(await usage?.spendTickets(given)).toEqual([true, false, true, true]);
  expect(await usage?.spendTickets(given)).toEqual([false, false, false, false]);
  const kept = storage.database.collection<{ _id: string }>(RECOGNITION_SPENT);
  expect(await kept.countDocuments({ _id: { $in: ['tickets/two', 'tickets/three'] } })).toBe(2);
});
