// Which failures are the database's: they are answered with "come again", all others are ours.
import mongoose from 'mongoose';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { AppError } from './errors.ts';
import { connectDatabase, isDatabaseUnavailable } from './mongo.ts';

const { MongoServerError, MongoNetworkError, MongoNetworkTimeoutError } = mongoose.mongo;
const { uri } = testDatabase();

const failed = (code: number, labels: string[] = []) =>
  new MongoServerError({ message: 'failed', code, errorLabels: labels });

/** As the driver makes it: the class is not exported. */
function interruptedBulk() {
  const error = new MongoNetworkError('read ECONNRESET');
  return new MongoServerError(
    error as unknown as ConstructorParameters<typeof MongoServerError>[0],
  );
}

describe('the database is the reason', () => {
  test.each([
    ['out of disk', failed(14_031)],
    ['no primary any more', failed(10_107)],
    ['a server that is ending', failed(91)],
    ['no majority in time', failed(64)],
    ['a conflict that did not end', failed(112, ['TransientTransactionError'])],
    ['a commit that nobody answered for', failed(1, ['UnknownTransactionCommitResult'])],
    ['a write that may be tried again', failed(1, ['RetryableWriteError'])],
    ['a bulk write that was interrupted', interruptedBulk()],
    ['a server that stands still', new MongoNetworkTimeoutError('timed out')],
  ])('when it is %s', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(isDatabaseUnavailable(new AppError('internal', { cause: error }))).toBe(true);
  });

  test.each([
    ['a violated index', failed(11_000)],
    ['a malformed update', failed(9)],
    ['our own mistake', new TypeError('x is not a function')],
    ['something else', 'text'],
  ])('but not when it is %s', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});

describe('a transaction', () => {
  test('is done again after a conflict, and once only', async () => {
    const database = await connectDatabase({ uri });
    const counters = database.collection<{ _id: string; value: number }>('counters');
    await counters.insertOne({ _id: 'a', value: 0 });
    const add = () =>
      database.transaction(async (session) => {
        const before = await counters.findOne({ _id: 'a' }, { session });
        const value = (before?.value ?? 0) + 1;
        await counters.updateOne({ _id: 'a' }, { $set: { value } }, { session });
      });
    await Promise.all(Array.from({ length: 10 }, add));
    expect(await counters.findOne({ _id: 'a' })).toEqual({ _id: 'a', value: 10 });
    await database.close();
  });

  test('leaves nothing behind when its work fails, and does not try that again', async () => {
    const database = await connectDatabase({ uri });
    const rows = database.collection<{ _id: number }>('rows');
    let tries = 0;
    const doomed = database.transaction(async (session) => {
      tries += 1;
      await rows.insertOne({ _id: 1 }, { session });
      throw new Error('changed its mind');
    });
    await expect(doomed).rejects.toThrow('changed its mind');
    expect([tries, await rows.countDocuments()]).toEqual([1, 0]);
    await database.close();
  });
});
