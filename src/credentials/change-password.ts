// A new password for an account. A signed-in person has the old one verified on the budgets of
// sign-in, so that an unattended screen is no way to guess it.
import type { Account } from '../accounts/account.ts';
import type { Database } from '../platform/mongo.ts';
import type { QueueEntry } from './hashing-queue.ts';
import { addressScope } from './sign-in-budgets.ts';
import { passwordPreset, passwordProblems, personalWords } from './password-policy.ts';
import type { PasswordProblem } from './password-policy.ts';
import type { PasswordCredential, PasswordStore } from './password-store.ts';
import { verifyOwnPassword } from './verify-password.ts';
import type { PasswordResult, VerifyPasswordDependencies } from './verify-password.ts';
import type { GivenProof } from './proof-of-work.ts';

export type ChangePasswordDependencies = Omit<VerifyPasswordDependencies, 'passwords'> & {
  passwords: PasswordStore;
  database: Database;
  /** The city's name in the letters people would type, for the personal words. */
  cityWords: readonly string[];
};

type NewPasswordDependencies = Pick<
  ChangePasswordDependencies,
  'passwords' | 'hasher' | 'database' | 'audit' | 'clock' | 'cityWords'
>;

export interface PasswordChange {
  accountId: string;
  oldPassword: string;
  newPassword: string;
  address: string;
  deviceCookie?: string | undefined;
  proof?: GivenProof | undefined;
}

export type ChangePasswordOutcome =
  /** The person may now end all other sessions, and is to be told of the change. */
  | { ok: true; mayEndOtherSessions: true }
  | { ok: false; reason: 'password_unfit'; problems: readonly ChangeProblem[] }
  | { ok: false; reason: 'changed_meanwhile' }
  | Extract<PasswordResult, { ok: false }>;

export interface NewPasswordChoice {
  account: Account;
  /** Of the credential that was verified. */
  revision: number;
  newPassword: string;
  address: string;
  isKnownDevice: boolean;
}

export type NewPasswordOutcome =
  /** `revision` of the new credential; the person is to be told of the change. */
  | { ok: true; revision: number }
  | { ok: false; reason: 'password_unfit'; problems: readonly ChangeProblem[] }
  | { ok: false; reason: 'changed_meanwhile' }
  | { ok: false; reason: 'overloaded'; retryAfterSeconds: number };

export type ChangeProblem = PasswordProblem | 'unchanged' | 'used_before';

export async function changePassword(
  deps: ChangePasswordDependencies,
  change: PasswordChange,
): Promise<ChangePasswordOutcome> {
  const verified = await verifyOwnPassword(deps, { ...change, password: change.oldPassword });
  if (!verified.ok) return verified;
  const { account, credential, isKnownDevice } = verified;
  const { newPassword, address } = change;
  const { revision } = credential;
  const choice = { account, revision, newPassword, address, isKnownDevice };
  const chosen = await chooseNewPassword(deps, choice);
  return chosen.ok ? { ok: true, mayEndOtherSessions: true } : chosen;
}

/** A new password in place of the one with `revision`, which the caller has seen verified. */
export async function chooseNewPassword(
  deps: NewPasswordDependencies,
  choice: NewPasswordChoice,
): Promise<NewPasswordOutcome> {
  const { account, newPassword, address } = choice;
  const credential = await deps.passwords.find(account.id);
  if (credential?.revision !== choice.revision) return { ok: false, reason: 'changed_meanwhile' };
  const entry = { source: addressScope(address).source, isKnownDevice: choice.isKnownDevice };
  const fit = await checkNewPassword(deps, { credential, account, newPassword, entry });
  if (!fit.ok) return fit;
  const hashed = await deps.hasher.hash(newPassword, entry);
  if (!hashed.ok) return overloaded();
  const password = { hash: hashed.value, changedAt: deps.clock.now(), mustChange: false };
  const isReplaced = await deps.database.transaction(async (session) => {
    if (!(await deps.passwords.replace(credential, password, session))) return false;
    await deps.audit.record(
      { type: 'credentials.password_changed', actor: account.id, address, result: 'done' },
      session,
    );
    return true;
  });
  return isReplaced
    ? { ok: true, revision: choice.revision + 1 }
    : { ok: false, reason: 'changed_meanwhile' };
}

/**
 * Whether it may be the next password.
 * @param given.credential the present one, if there is one
 * @param given.words more that does not belong into it: of who chooses it for somebody else
 */
export async function checkNewPassword(
  deps: Pick<NewPasswordDependencies, 'hasher' | 'cityWords'>,
  given: {
    credential: PasswordCredential | undefined;
    account: Account;
    newPassword: string;
    entry: QueueEntry;
    words?: readonly string[];
  },
): Promise<{ ok: true } | Extract<NewPasswordOutcome, { ok: false }>> {
  const { credential, account, newPassword, entry } = given;
  const preset = passwordPreset(account.kind);
  const words = [...personalWords(account), ...(given.words ?? []), ...deps.cityWords];
  const problems: ChangeProblem[] = passwordProblems(newPassword, preset, words);
  if (problems.length > 0) return { ok: false, reason: 'password_unfit', problems };
  const former = credential
    ? [credential.hash, ...credential.formerHashes.slice(0, preset.history)]
    : [];
  for (const [index, hash] of former.entries()) {
    const matches = await deps.hasher.verify(hash, newPassword, entry);
    if (!matches.ok) return overloaded();
    if (matches.value) {
      const problem = index === 0 ? 'unchanged' : 'used_before';
      return { ok: false, reason: 'password_unfit', problems: [problem] };
    }
  }
  return { ok: true };
}

function overloaded(): { ok: false; reason: 'overloaded'; retryAfterSeconds: number } {
  return { ok: false, reason: 'overloaded', retryAfterSeconds: 5 };
}
