// Transactions as the driver recommends to run them, but within the time of a request: the driver's
// own loop goes on for two minutes, long after whoever asked has been told to come again.
import { setTimeout as delay } from 'node:timers/promises';
import type { mongo } from 'mongoose';

/** After this long nothing is tried once more. Milliseconds. */
const LIMIT_MS = 7000;
const LONGEST_PAUSE_MS = 250;

const OPTIONS = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority' },
} as const satisfies mongo.TransactionOptions;

/**
 * Runs `work` and commits; both again on errors that the server calls transient.
 * @throws what `work` throws, or the driver's error when the database did not let it through in
 * time; then it is unknown whether a commit that was under way took effect.
 */
export async function runTransaction<T>(
  client: mongo.MongoClient,
  work: (session: mongo.ClientSession) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  return client.withSession(async (session) => {
    for (let attempt = 1; ; attempt += 1) {
      session.startTransaction(OPTIONS);
      try {
        const result = await work(session);
        await commit(session, deadline);
        return result;
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
        const isTransient = hasErrorLabel(error, 'TransientTransactionError');
        if (!isTransient || performance.now() > deadline) throw error;
        // Chance keeps those that met apart.
        await delay(Math.random() * Math.min(5 * 1.5 ** attempt, LONGEST_PAUSE_MS));
      }
    }
  });
}

async function commit(session: mongo.ClientSession, deadline: number): Promise<void> {
  for (;;) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      // Committing what is committed is harmless: the server knows the transaction.
      const isUnknown = hasErrorLabel(error, 'UnknownTransactionCommitResult');
      if (!isUnknown || performance.now() > deadline) throw error;
    }
  }
}

/** Labels that server and driver put on their errors; also on the cause of one of ours. */
export function hasErrorLabel(error: unknown, label: string): boolean {
  if (!(error instanceof Error)) return false;
  if ('errorLabels' in error && Array.isArray(error.errorLabels)) {
    if (error.errorLabels.includes(label)) return true;
  }
  return hasErrorLabel(error.cause, label);
}
