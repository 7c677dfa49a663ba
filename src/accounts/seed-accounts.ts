// Fills a trial database with invented accounts that share one password: hashed once, because a
// million hashes would take half a day. Never in production.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { MAX_SEED_SERIAL, seededPerson } from './seeded-account.ts';
import type { SeededPerson } from './seeded-account.ts';
import type { SeedEntry } from './seed-store.ts';

export interface SeedDependencies {
  mode: 'production' | 'demonstration';
  seeds: {
    takeSerials(count: number): Promise<number>;
    insert(entries: readonly SeedEntry[], now: Date): Promise<void>;
  };
  passwords: {
    insertShared(accountIds: readonly string[], hash: string, now: Date): Promise<void>;
  };
  audit: AuditLog;
  clock: Clock;
  random: Random;
}

export interface SeedOrder {
  accounts: number;
  passwordHash: string;
  /** Called with each batch when it is stored; awaited before the next but one is begun. */
  onBatch: (people: readonly SeededPerson[]) => Promise<void>;
}

export type SeedOutcome =
  | { ok: true }
  | { ok: false; reason: 'seed_in_production' | 'seed_exhausted' };

const BATCH = 2000;

/** Accounts of level 2 with login name, phone and certificate number. */
export async function seedAccounts(
  deps: SeedDependencies,
  { accounts, passwordHash, onBatch }: SeedOrder,
): Promise<SeedOutcome> {
  if (deps.mode === 'production') return { ok: false, reason: 'seed_in_production' };
  const { audit, clock, random, seeds, passwords } = deps;
  const first = await seeds.takeSerials(accounts);
  if (first + accounts - 1 > MAX_SEED_SERIAL) return { ok: false, reason: 'seed_exhausted' };
  await audit.record({
    type: 'accounts.seeded',
    actor: 'operator',
    result: 'done',
    details: { first, count: accounts },
  });
  const now = clock.now();
  let written: Promise<void> = Promise.resolve();
  for (let start = 0; start < accounts; start += BATCH) {
    const count = Math.min(BATCH, accounts - start);
    const people = Array.from({ length: count }, (_, index) =>
      seededPerson(first + start + index, now),
    );
    const entries = people.map(({ draft }) => ({ id: random.id(), draft }));
    // Sealing this batch uses the processor while the database takes the one before.
    const previous = written;
    written = Promise.all([
      passwords.insertShared(
        entries.map(({ id }) => id),
        passwordHash,
        now,
      ),
      seeds.insert(entries, now),
    ]).then(() => onBatch(people));
    await previous;
  }
  await written;
  return { ok: true };
}
