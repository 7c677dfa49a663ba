// Background work: what organisations signed in with is looked at again. A certificate that has ended or
// was revoked, a password that was changed or taken away, and the lost power of who held the licence,
// take everything along that the organisation has open. Any number of processes may do it side by side.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { OrganisationCertificates } from '../entity-proofs/organisation-certificates.ts';
import { holdsPower } from './hold-power.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { SessionEndReason } from '../sessions/session-codec.ts';
import type { EntitySignIn, EntitySignInStore } from './entity-sign-in-store.ts';

export interface EndSignInsDependencies {
  signIns: EntitySignInStore;
  certificates: Pick<OrganisationCertificates, 'isRevoked'> | undefined;
  mandates: Pick<MandateStore, 'between'>;
  accounts: Pick<AccountStore, 'findById'>;
  ending: {
    endAllOfAccount(
      accountId: string,
      options: { reason: SessionEndReason; actor: string },
    ): Promise<unknown>;
  };
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
}

export type SignInEndReason =
  'certificate_expired' | 'certificate_revoked' | 'power_ended' | 'password_ended';

const EVERY_MS = 2000;
const EVERY_SECONDS = 2;
/** A round of one process; what is left is due in the next. */
const BATCH = 500;

export function endSignInsWork(deps: EndSignInsDependencies) {
  const options = { name: 'sign-ins of organisations', everyMs: EVERY_MS, logger: deps.logger };
  return repeatedWork(() => endStaleSignIns(deps), options);
}

/** One round; returns how many ended. */
export async function endStaleSignIns(deps: EndSignInsDependencies): Promise<number> {
  const due = await deps.signIns.takeDue(BATCH, EVERY_SECONDS);
  let count = 0;
  for (const signIn of due) {
    try {
      const reason = await staleness(deps, signIn);
      if (reason) {
        await end(deps, signIn, reason);
        count += 1;
      }
    } catch (error) {
      // One that cannot be looked at must not keep the others open.
      deps.logger.error({ err: error, account: signIn.entityId }, 'a sign-in was not looked at');
    }
  }
  return count;
}

async function staleness(
  deps: EndSignInsDependencies,
  { entityId, means, personId, endsAt, path }: EntitySignIn,
): Promise<SignInEndReason | undefined> {
  const { certificates, clock } = deps;
  if (endsAt && endsAt <= clock.now()) {
    return means === 'password' ? 'password_ended' : 'certificate_expired';
  }
  if (personId !== undefined && !(await holdsPower(deps, entityId, personId))) return 'power_ended';
  if (path.length > 0 && (await certificates?.isRevoked(path))) return 'certificate_revoked';
  return undefined;
}

// Ended before it is forgotten: a process that dies in between leaves it to another.
async function end(
  { ending, signIns, audit }: EndSignInsDependencies,
  { id, entityId, means }: EntitySignIn,
  reason: SignInEndReason,
): Promise<void> {
  await ending.endAllOfAccount(entityId, { reason: 'credentials_changed', actor: 'system' });
  await audit.record({
    type: 'entities.sign_in_ended',
    actor: 'system',
    subject: entityId,
    result: 'done',
    reason,
    details: { means },
  });
  await signIns.remove(id);
}
