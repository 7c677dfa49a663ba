// Background work: what organisations signed in with is looked at again. A certificate that has ended or
// was revoked, a password that was changed or taken away, and the lost power of who held the licence,
// take everything along that the organisation has open. Any number of processes may do it side by side.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { OrganisationCertificates } from '../entity-proofs/organisation-certificates.ts';
import { decidesFor } from './decides-for.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { SessionEndReason } from '../sessions/session-codec.ts';
import type { DueSignIn, EntitySignIn, EntitySignInStore } from './entity-sign-in-store.ts';

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
  database: Pick<Database, 'transaction'>;
  clock: Clock;
  logger: Logger;
}

export type SignInEndReason =
  | 'certificate_expired'
  | 'certificate_revoked'
  | 'power_ended'
  | 'password_ended';

const EVERY_MS = 1000;
/** Each is looked at in every second round: due again a little before it, so that it is not missed. */
const EVERY_SECONDS = 1.5;
/** Taken by one process at once, and looked at side by side. */
const BATCH = 500;
const AT_ONCE = 20;

export function endSignInsWork(deps: EndSignInsDependencies) {
  const options = { name: 'sign-ins of organisations', everyMs: EVERY_MS, logger: deps.logger };
  return repeatedWork(() => endStaleSignIns(deps), options);
}

/** One round through all that was due when it began; returns how many ended. */
export async function endStaleSignIns(deps: EndSignInsDependencies): Promise<number> {
  const { signIns, clock } = deps;
  const dueBy = clock.now();
  let count = 0;
  for (;;) {
    const due = await signIns.takeDue(BATCH, { dueBy, everySeconds: EVERY_SECONDS });
    for (let from = 0; from < due.length; from += AT_ONCE) {
      const looked = due.slice(from, from + AT_ONCE).map((signIn) => endIfStale(deps, signIn));
      count += (await Promise.all(looked)).filter(Boolean).length;
    }
    // What another process has taken meanwhile is none of this one's.
    if (due.length === 0) return count;
  }
}

async function endIfStale(deps: EndSignInsDependencies, signIn: DueSignIn): Promise<boolean> {
  try {
    const reason = signIn.hasEnded ? undefined : await staleness(deps, signIn);
    if (!signIn.hasEnded && reason === undefined) return false;
    await end(deps, signIn, reason);
    return true;
  } catch (error) {
    // One that cannot be looked at must not keep the others open.
    deps.logger.error({ err: error, account: signIn.entityId }, 'a sign-in was not looked at');
    return false;
  }
}

async function staleness(
  deps: EndSignInsDependencies,
  { entityId, means, personId, endsAt, path }: EntitySignIn,
): Promise<SignInEndReason | undefined> {
  const { certificates, clock } = deps;
  if (endsAt && endsAt <= clock.now()) {
    return means === 'password' ? 'password_ended' : 'certificate_expired';
  }
  if (personId !== undefined && !(await decidesFor(deps, entityId, personId))) return 'power_ended';
  if (path.length > 0 && (await certificates?.isRevoked(path))) return 'certificate_revoked';
  return undefined;
}

// First it opens nothing, then what it has opened ends, and only then it is forgotten: a process that
// dies in between leaves it to another.
async function end(
  deps: EndSignInsDependencies,
  signIn: EntitySignIn,
  reason: SignInEndReason | undefined,
): Promise<void> {
  const { database, ending, signIns } = deps;
  if (reason) await database.transaction((session) => noteEnd(deps, { signIn, reason }, session));
  const options = { reason: 'credentials_changed', actor: 'system' } as const;
  await ending.endAllOfAccount(signIn.entityId, options);
  await signIns.remove(signIn.id);
}

/** False when it was ended before. */
export async function noteEnd(
  { signIns, audit }: Pick<EndSignInsDependencies, 'signIns' | 'audit'>,
  { signIn, reason }: { signIn: EntitySignIn; reason: SignInEndReason },
  session: ClientSession,
): Promise<boolean> {
  const { id, entityId, means } = signIn;
  if (!(await signIns.markEnded(id, session))) return false;
  await audit.record(
    {
      type: 'entities.sign_in_ended',
      actor: 'system',
      subject: entityId,
      result: 'done',
      reason,
      details: { means },
    },
    session,
  );
  return true;
}
