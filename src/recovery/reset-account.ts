// The end of a recovery: a new password, and with it everything that a stranger may have opened ends.
// After a waiting time the lost factors go too, and the contact that was proven becomes the account's.
// All of it stands or falls together with the end of the recovery, so that each opens once.
import type { Account } from '../accounts/account.ts';
import { checkNewPassword } from '../credentials/change-password.ts';
import type { ChangeProblem } from '../credentials/change-password.ts';
import type { PasswordCredential } from '../credentials/password-store.ts';
import { addressScope } from '../credentials/sign-in-budgets.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import type { Recovery } from './recovery-store.ts';
import { hasContact, isRecoverable, proofWaysOf } from './recovery-target.ts';

export type ResetOutcome =
  | { ok: true }
  | { ok: false; reason: 'password_unfit'; problems: readonly ChangeProblem[] }
  /** What is due now is told anew. */
  | { ok: false; reason: 'changed_meanwhile' }
  | { ok: false; reason: 'overloaded'; retryAfterSeconds: number };

interface Reset {
  recovery: Recovery;
  account: Account;
  newPassword: string;
  address: string;
}

export async function resetAccount(
  deps: RecoveryDependencies,
  reset: Reset,
): Promise<ResetOutcome> {
  const { account, newPassword, address } = reset;
  const { credentials, ending } = deps;
  const credential = await credentials.passwords.find(account.id);
  const entry = { source: addressScope(address).source, isKnownDevice: false };
  const fit = await checkNewPassword(credentials, { credential, account, newPassword, entry });
  if (!fit.ok) return fit;
  const hashed = await credentials.hasher.hash(newPassword, entry);
  if (!hashed.ok) return { ok: false, reason: 'overloaded', retryAfterSeconds: 5 };
  const end = () =>
    ending.endAllOfAccount(account.id, { reason: 'credentials_changed', actor: account.id });
  // Before it too: a process that ends after the commit must not leave a stranger's session open.
  await end();
  const isReset = await write(deps, reset, { credential, hash: hashed.value });
  if (!isReset) return { ok: false, reason: 'changed_meanwhile' };
  await end();
  return { ok: true };
}

interface Written {
  credential: PasswordCredential | undefined;
  hash: string;
}

async function write(deps: RecoveryDependencies, reset: Reset, written: Written): Promise<boolean> {
  const { recovery, account, address } = reset;
  const { proof = 'contact' } = recovery;
  const pending = await pendingOf(deps, reset);
  if (proof === 'waited' && !pending) return false;
  // Asked here, because it needs other collections: what has come since then is seen below.
  if (proof === 'contact' && (await proofWaysOf(deps, account))) return false;
  const wakes: (() => void)[] = [];
  try {
    const recovered = await deps.accounts.recover(
      account.id,
      {
        isStillTheirs: (now) =>
          isRecoverable(now) && now.revision === account.revision && isProvenOf(now, recovery),
        contact: pending && !hasContact(account, recovery) ? pending.contact : undefined,
        onPhoneLeft: async (session, formerId) => {
          wakes.push(await deps.notices.phoneLeft(formerId, recovery.contact, session));
        },
      },
      {
        actor: account.id,
        address,
        reason: proof,
        alongside: async (session) => {
          await complete(deps, session, { reset, written });
          wakes.push(await deps.notices.recovered(account.id, session));
        },
      },
    );
    for (const wake of wakes) wake();
    return recovered.ok && recovered.hasChanged;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}

function isProvenOf(account: Account, recovery: Recovery): boolean {
  return recovery.proof === 'waited' || hasContact(account, recovery);
}

async function pendingOf(deps: RecoveryDependencies, { recovery, account }: Reset) {
  const { proof, pendingId } = recovery;
  if (proof !== 'waited' || pendingId === undefined) return undefined;
  return deps.pending.find(account.id, pendingId);
}

/** @throws Overtaken when another form, or whoever objected, was first. */
async function complete(
  deps: RecoveryDependencies,
  session: ClientSession,
  { reset, written }: { reset: Reset; written: Written },
): Promise<void> {
  const { recovery, account } = reset;
  const { passwords, devices } = deps.credentials;
  const { credential, hash } = written;
  const passwordRevision = (credential?.revision ?? 0) + 1;
  const content = { ...recovery, accountId: account.id, passwordRevision };
  if (!(await deps.recoveries.move(recovery, { stage: 'done', content }, session))) {
    throw new Overtaken('the recovery has gone on');
  }
  const password = { hash, changedAt: deps.clock.now(), mustChange: false };
  const expected = { accountId: account.id, revision: credential?.revision };
  if (!(await passwords.replace(expected, password, session))) {
    throw new Overtaken('the password was changed');
  }
  await devices.forgetAll(account.id, session);
  if (recovery.proof === 'waited') await resetFactors(deps, session, recovery);
  // Whoever else waits for it has lost.
  else await deps.pending.cancel(account.id, undefined, session);
  await deps.linkTokens.revoke(account.id, session);
}

async function resetFactors(
  { pending, credentials }: RecoveryDependencies,
  session: ClientSession,
  { accountId = '', pendingId = '' }: Recovery,
): Promise<void> {
  if (!(await pending.complete(accountId, pendingId, session))) {
    throw new Overtaken('the waiting was cancelled, or its time is over');
  }
  const { totp, passkeys, recoveryCodes } = credentials;
  await totp.erase(accountId, session);
  await passkeys.erase(accountId, session);
  await recoveryCodes.erase(accountId, session);
}
