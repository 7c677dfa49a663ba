// Background work on imported passwords: hashes of other systems are wrapped in argon2id, a few at a
// time, and destroyed once the day of their source is over. Any number of processes may do it side
// by side: each step is a compare-and-set.
import type { AuditLog } from '../audit/audit-log.ts';
import type { PasswordHasher } from '../credentials/password-hash.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { passwordsEndAt } from '../platform/stock-sources-config.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import type { StockAccountStore } from './stock-account-store.ts';

export interface OldPasswordWorkDependencies {
  stock: Pick<
    StockAccountStore,
    'unwrapped' | 'replacePassword' | 'hasPasswords' | 'destroyPasswords'
  >;
  sources: readonly StockSource[];
  hasher: Pick<PasswordHasher, 'hash'>;
  database: Pick<Database, 'transaction'>;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
}

const EVERY_MS = 20_000;
const BATCH = 50;
/** One hash at a time, in the queue where everybody waits: a sign-in waits for one at most. */
const ENTRY = { source: 'stock-accounts', isKnownDevice: false };

export function oldPasswordWork(deps: OldPasswordWorkDependencies) {
  let isStopping = false;
  const round = async () => {
    await destroyUnusedPasswords(deps);
    // All that there are, then a pause.
    while (!isStopping && (await wrapSome(deps)) === BATCH);
  };
  const { logger } = deps;
  const work = repeatedWork(round, { name: 'old passwords', everyMs: EVERY_MS, logger });
  return {
    start: () => work.start(),
    async stop() {
      isStopping = true;
      await work.stop();
    },
  };
}

/** Wraps a batch; returns how many of it were done. Under load it leaves the rest for later. */
export async function wrapSome(
  deps: Pick<OldPasswordWorkDependencies, 'stock' | 'hasher'>,
): Promise<number> {
  let count = 0;
  for (const account of await deps.stock.unwrapped(BATCH)) {
    const { password } = account;
    if (password?.form !== 'raw') continue;
    const wrapped = await deps.hasher.hash(password.digest, ENTRY);
    if (!wrapped.ok) return count;
    const { recipe } = password;
    await deps.stock.replacePassword(account, { form: 'wrapped', recipe, hash: wrapped.value });
    count += 1;
  }
  return count;
}

/** Of sources whose day is over; of sources that are no longer configured nothing is known. */
export async function destroyUnusedPasswords(
  deps: Pick<OldPasswordWorkDependencies, 'stock' | 'sources' | 'database' | 'audit' | 'clock'>,
): Promise<void> {
  const { stock, sources, database, audit, clock } = deps;
  for (const source of sources) {
    if (passwordsEndAt(source) > clock.now() || !(await stock.hasPasswords(source.id))) continue;
    await database.transaction(async (session) => {
      const count = await stock.destroyPasswords(source.id, session);
      if (count === 0) return;
      await audit.record(
        {
          type: 'stock_accounts.passwords_destroyed',
          actor: 'system',
          result: 'done',
          details: { source: source.id, count },
        },
        session,
      );
    });
  }
}
