// A person takes back what they allowed a system: the remembered consent, everything that was
// issued on it, and the system's part in every living session end together, in one transaction.
import type { AuditLog } from '../audit/audit-log.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { ConsentBasis } from './consent-store.ts';

type AccessEndReason = 'signed_out' | 'consent_withdrawn';

export interface WithdrawConsentDependencies {
  database: Database;
  consents: {
    find(accountId: string, clientId: string): Promise<{ basis: ConsentBasis } | null>;
    remove(accountId: string, clientId: string, session: ClientSession): Promise<boolean>;
  };
  /** What the client is registered for today; undefined when it is no longer there. */
  basisOf(clientId: string): ConsentBasis | undefined;
  revocation: {
    /** Returns what is to be done after the commit. */
    revokeWithin(
      of: { accountId: string; clientId: string; reason: AccessEndReason },
      session: ClientSession,
    ): Promise<() => Promise<void>>;
  };
  ending: {
    endClientOfAccount(
      of: { accountId: string; clientId: string },
      session: ClientSession,
    ): Promise<{ count: number; committed: () => void }>;
  };
  audit: AuditLog;
}

export interface Withdrawal {
  accountId: string;
  clientId: string;
  /** Network address of the person. */
  address: string;
}

export type WithdrawOutcome =
  | { ok: true }
  /** A government client that works under notice: it can be signed out, not forbidden. */
  | { ok: false; reason: 'needed_by_law' | 'nothing_given' };

export async function withdrawConsent(
  deps: WithdrawConsentDependencies,
  withdrawal: Withdrawal,
): Promise<WithdrawOutcome> {
  const { accountId, clientId, address } = withdrawal;
  const given = await deps.consents.find(accountId, clientId);
  if (!given) return { ok: false, reason: 'nothing_given' };
  if ((deps.basisOf(clientId) ?? given.basis) === 'notice') {
    return { ok: false, reason: 'needed_by_law' };
  }
  const of = { accountId, clientId, reason: 'consent_withdrawn' as const };
  const isRemoved = await endAccess(deps, of, async (session) => {
    if (!(await deps.consents.remove(accountId, clientId, session))) return false;
    await deps.audit.record(
      { type: 'consent.withdrawn', actor: accountId, clientId, address, result: 'done' },
      session,
    );
    return true;
  });
  return isRemoved ? { ok: true } : { ok: false, reason: 'nothing_given' };
}

/** Ends a system's present access and leaves what it was allowed: it may be opened again. */
export async function signOutOfSystem(
  deps: EndAccessDependencies,
  of: { accountId: string; clientId: string },
): Promise<void> {
  await endAccess(deps, { ...of, reason: 'signed_out' }, () => Promise.resolve(true));
}

type EndAccessDependencies = Pick<
  WithdrawConsentDependencies,
  'database' | 'revocation' | 'ending'
>;

/** False when `first` found nothing to do; then nothing else is done either. */
async function endAccess(
  deps: EndAccessDependencies,
  of: { accountId: string; clientId: string; reason: AccessEndReason },
  first: (session: ClientSession) => Promise<boolean>,
): Promise<boolean> {
  const ended = await deps.database.transaction(async (session) => {
    if (!(await first(session))) return undefined;
    const clearAway = await deps.revocation.revokeWithin(of, session);
    const { committed } = await deps.ending.endClientOfAccount(of, session);
    return { clearAway, committed };
  });
  if (!ended) return false;
  ended.committed();
  await ended.clearAway();
  return true;
}
