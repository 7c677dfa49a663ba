// The end of a password of an organisation, and of all that whoever knew it may have left behind to come
// in again. What was opened with it follows (end-sign-ins.ts).
import type { AuditLog } from '../audit/audit-log.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { MandateEvent } from '../mandates/mandate-events.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { SessionEndReason } from '../sessions/session-codec.ts';
import type { EntitySignInStore } from './entity-sign-in-store.ts';

export interface OwnFactorsDependencies {
  credentials: Pick<Credentials, 'passkeys' | 'totp' | 'recoveryCodes' | 'devices'>;
}

export interface EndOwnWaysDependencies extends OwnFactorsDependencies {
  credentials: OwnFactorsDependencies['credentials'] & Pick<Credentials, 'passwords'>;
  signIns: EntitySignInStore;
  audit: AuditLog;
  clock: Clock;
}

/** Part of the caller's transaction. False where there was no password. */
export async function endOwnWays(
  deps: EndOwnWaysDependencies,
  entityId: string,
  session: ClientSession,
): Promise<boolean> {
  const { credentials, clock } = deps;
  if (!(await credentials.passwords.takeAway(entityId, clock.now(), session))) return false;
  await endOwnFactors(deps, entityId, session);
  return true;
}

/** Passkeys, authenticator, recovery codes, and devices that are known. */
export async function endOwnFactors(
  { credentials }: OwnFactorsDependencies,
  entityId: string,
  session: ClientSession,
): Promise<void> {
  const { passkeys, totp, recoveryCodes, devices } = credentials;
  await passkeys.erase(entityId, session);
  await totp.erase(entityId, session);
  await recoveryCodes.erase(entityId, session);
  await devices.forgetAll(entityId, session);
}

/**
 * What a former password has opened ends then, whatever becomes of this process. Part of the caller's
 * transaction. @returns for `endOpened`
 */
export function noteOpened(
  { signIns, clock }: Pick<EndOwnWaysDependencies, 'signIns' | 'clock'>,
  { entityId, afterSeconds }: { entityId: string; afterSeconds: number },
  session: ClientSession,
): Promise<string> {
  const endsAt = secondsFromNow(clock, afterSeconds);
  const reference = endsAt.toISOString();
  return signIns.note({ entityId, means: 'password', reference, path: [], endsAt }, session);
}

export interface EndOpenedDependencies {
  signIns: EntitySignInStore;
  ending: {
    endAllOfAccount(
      accountId: string,
      options: { reason: SessionEndReason; actor: string },
    ): Promise<unknown>;
  };
}

/** After the commit: nobody has to wait for the background work. */
export async function endOpened(
  { signIns, ending }: EndOpenedDependencies,
  { entityId, noted, actor }: { entityId: string; noted: string; actor: string },
): Promise<void> {
  await ending.endAllOfAccount(entityId, { reason: 'credentials_changed', actor });
  await signIns.forget(noted);
}

/**
 * For all events of mandates: the password was in the hands of who represented the organisation, and of
 * whom he told. Not where the same human, or the same mandate, goes on.
 */
export async function endWithRepresentatives(
  deps: EndOwnWaysDependencies,
  events: readonly MandateEvent[],
  session: ClientSession,
): Promise<void> {
  const left = events.flatMap((event) => {
    if (event.type !== 'ended' || event.mandate.role !== 'legalRepresentative') return [];
    const { reason, mandate } = event;
    if (reason === 'account_merged' || reason === 'replaced') return [];
    return [{ entityId: mandate.entityId, reason }];
  });
  if (left.length === 0) return;
  const { passwords } = deps.credentials;
  const entityIds = left.map(({ entityId }) => entityId);
  const withOne = await passwords.usableAmong(entityIds, deps.clock.now(), session);
  for (const { entityId, reason } of left) {
    if (!withOne.has(entityId) || !(await endOwnWays(deps, entityId, session))) continue;
    await noteOpened(deps, { entityId, afterSeconds: 0 }, session);
    const done = { actor: 'system', subject: entityId, result: 'done', reason } as const;
    await deps.audit.record({ type: 'entities.password_removed', ...done }, session);
  }
}
