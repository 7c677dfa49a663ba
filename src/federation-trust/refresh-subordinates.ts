// Reads again what those below us say of themselves: a new key that a known one announces is passed on
// before it is used, so that nobody has to be told of it.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { keyIds, learnt } from './admit-subordinate.ts';
import { checkSignature } from './read-statement.ts';
import { fetchConfiguration } from './statement-source.ts';
import type { StatementSourceDependencies } from './statement-source.ts';
import type { Subordinate } from './subordinate.ts';
import type { SubordinateStore } from './subordinate-store.ts';

interface RefreshDependencies extends StatementSourceDependencies {
  subordinates: Pick<SubordinateStore, 'unreadSince' | 'save' | 'transaction'>;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
  /** How long what we say of them is believed. */
  statementSeconds: number;
}

const AT_ONCE = 20;

/** Each twice in the life of a statement. */
export async function refreshSubordinates(deps: RefreshDependencies): Promise<void> {
  const since = secondsFromNow(deps.clock, -deps.statementSeconds / 2);
  const unread = await deps.subordinates.unreadSince(since, AT_ONCE);
  await Promise.all(unread.map((each) => refreshOne(deps, each)));
}

async function refreshOne(deps: RefreshDependencies, before: Subordinate): Promise<void> {
  const { entityId } = before;
  const now = deps.clock.now();
  const read = await fetchConfiguration(deps, entityId, now);
  const known = read.ok
    ? await checkSignature({ ...read.statement, entity: entityId }, before.keys, 'key_mismatch')
    : read;
  const base = { ...before, readAt: now, revision: before.revision + 1 };
  if (!read.ok || !known.ok) {
    const { reason } = known.ok ? { reason: 'unreachable' } : known.refusal;
    deps.logger.warn({ entity: entityId, reason }, 'a subordinate was not read again');
    await deps.subordinates.save({ ...base, problem: reason });
    return;
  }
  const { claims } = read.statement;
  const isNewer = claims.iat >= before.issuedAt;
  const after = { ...base, ...(isNewer ? learnt(claims) : {}), problem: undefined };
  await save(deps, before, after);
}

async function save(
  { subordinates, audit }: RefreshDependencies,
  before: Subordinate,
  after: Subordinate,
): Promise<void> {
  await subordinates.transaction(async (session) => {
    if (!(await subordinates.save(after, session)) || keyIds(before) === keyIds(after)) return;
    const details = { entity: after.entityId, keys: keyIds(after) };
    await audit.record(
      { type: 'federation_trust.keys_followed', actor: 'system', result: 'done', details },
      session,
    );
  });
}
