// What was overtaken inside a transaction, and transactions that are then as if they had never begun.
import type { ClientSession } from './mongo.ts';

/**
 * Thrown inside a transaction, so that nothing of it stands: another form, process or person was first.
 * Whoever began the transaction catches it and says what is due now.
 */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** False: something else was first. A function is called after the commit. */
export type Carried = boolean | (() => void);

/**
 * Runs `work` in a transaction of `database`; `work` may run several times until it commits.
 * @returns false when it was overtaken (`work` says false or throws `Overtaken`): nothing of it stands
 */
export async function allOrNothing(
  database: { transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> },
  work: (session: ClientSession) => Promise<Carried>,
): Promise<boolean> {
  try {
    const carried = await database.transaction(async (session) => {
      const done = await work(session);
      if (done === false) throw new Overtaken('something else was first');
      return done;
    });
    if (typeof carried === 'function') carried();
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}
