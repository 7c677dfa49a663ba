// Removes what has outlived its time and leaves by no index of the database: every hour, by one
// process of all, in batches that each are one transaction with their audit record.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { RetentionDays, RetentionRule } from './retention-rule.ts';
import { RetentionStore } from './retention-store.ts';
import type { Outlived } from './retention-store.ts';

export interface RetentionDependencies {
  database: Database;
  clock: Clock;
  audit: AuditLog;
  rules: readonly RetentionRule[];
  days: RetentionDays;
}

export interface RetentionState {
  kind: string;
  collections: readonly string[];
  /** Of what should be gone already; at most 10,000 per collection. */
  overdue: number;
}

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
const BATCH = 500;
/** The database looks for what has expired once a minute, the work once an hour; both may be late. */
const LATE_MS = DAY_MS;

/** In whole days; undefined for what does not end by the calendar. */
export function daysOf({ period }: RetentionRule, days: RetentionDays): number | undefined {
  if (typeof period === 'string') return undefined;
  if ('setting' in period) return days[period.setting];
  return 'days' in period ? period.days : undefined;
}

/** Removes all that is over; returns how much of each kind. Any number may run side by side. */
export async function removeOutlived(
  deps: RetentionDependencies,
  actor: 'system' | 'operator',
): Promise<Map<string, number>> {
  const store = new RetentionStore(deps.database);
  const now = deps.clock.now();
  const removed = new Map<string, number>();
  for (const rule of deps.rules) {
    let count = 0;
    for (const outlived of ofWork(rule, deps.days, now)) {
      count += await removeAll(deps, { kind: rule.kind, outlived, actor, store });
    }
    if (count > 0) removed.set(rule.kind, count);
  }
  await store.done(now);
  return removed;
}

async function removeAll(
  { database, audit }: RetentionDependencies,
  of: { kind: string; outlived: Outlived; actor: 'system' | 'operator'; store: RetentionStore },
): Promise<number> {
  const { kind, outlived, actor, store } = of;
  let sum = 0;
  for (;;) {
    const count = await database.transaction(async (session) => {
      const gone = await store.remove(outlived, BATCH, session);
      if (gone === 0) return 0;
      const until = outlived.before.toISOString();
      const details = { kind, collection: outlived.collection, count: gone, until };
      await audit.record(
        { type: 'privacy.outlived_removed', actor, result: 'done', details },
        session,
      );
      return gone;
    });
    sum += count;
    if (count === 0) return sum;
  }
}

/** What should have left by now, be it by the work or by an index. */
export async function retentionStates(
  deps: Pick<RetentionDependencies, 'database' | 'clock' | 'rules' | 'days'>,
): Promise<RetentionState[]> {
  const store = new RetentionStore(deps.database);
  const late = new Date(deps.clock.now().getTime() - LATE_MS);
  const states: RetentionState[] = [];
  for (const rule of deps.rules) {
    const outlived = [...ofWork(rule, deps.days, late), ...ofIndex(rule, late)];
    const counts = await Promise.all(outlived.map((each) => store.count(each)));
    const overdue = counts.reduce((sum, count) => sum + count, 0);
    states.push({ kind: rule.kind, collections: rule.collections, overdue });
  }
  return states;
}

function ofWork(rule: RetentionRule, days: RetentionDays, now: Date): Outlived[] {
  const { removal, collections } = rule;
  const kept = daysOf(rule, days);
  if (removal.by !== 'work' || kept === undefined) return [];
  const before = new Date(now.getTime() - kept * DAY_MS);
  return collections.flatMap((collection) =>
    removal.past.map((past) => ({ ...past, collection, before })),
  );
}

function ofIndex({ removal, collections }: RetentionRule, before: Date): Outlived[] {
  if (removal.by !== 'index') return [];
  const { field } = removal;
  return collections.map((collection) => ({ field, collection, before }));
}

/** Undefined when it is not due, or another process has taken the turn. */
export async function removeInTurn(
  deps: RetentionDependencies,
): Promise<Map<string, number> | undefined> {
  const now = deps.clock.now();
  const nextAt = new Date(now.getTime() + EVERY_MS);
  const isOurs = await new RetentionStore(deps.database).takeTurn(now, nextAt);
  return isOurs ? removeOutlived(deps, 'system') : undefined;
}
