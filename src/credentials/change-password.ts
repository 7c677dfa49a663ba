// A signed-in person chooses a new password. The old one is verified on the budgets of sign-in,
// so that an unattended screen is no way to guess it.
import type { Database } from '../platform/mongo.ts';
import { addressScope } from './sign-in-budgets.ts';
import { passwordPreset, passwordProblems, personalWords } from './password-policy.ts';
import type { PasswordProblem } from './password-policy.ts';
import type { PasswordStore } from './password-store.ts';
import { verifyOwnPassword } from './verify-password.ts';
import type { PasswordResult, VerifyPasswordDependencies } from './verify-password.ts';
import type { GivenProof } from './proof-of-work.ts';

export type ChangePasswordDependencies = Omit<VerifyPasswordDependencies, 'passwords'> & {
  passwords: PasswordStore;
  database: Database;
  /** The city's name in the letters people would type, for the personal words. */
  cityWords: readonly string[];
};

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

export type ChangeProblem = PasswordProblem | 'unchanged' | 'used_before';

export async function changePassword(
  deps: ChangePasswordDependencies,
  change: PasswordChange,
): Promise<ChangePasswordOutcome> {
  const verified = await verifyOwnPassword(deps, { ...change, password: change.oldPassword });
  if (!verified.ok) return verified;
  const { account, credential, isKnownDevice } = verified;
  const preset = passwordPreset(account.kind);
  const words = [...personalWords(account), ...deps.cityWords];
  const problems: ChangeProblem[] = passwordProblems(change.newPassword, preset, words);
  if (problems.length > 0) return { ok: false, reason: 'password_unfit', problems };
  const entry = { source: addressScope(change.address).source, isKnownDevice };
  const former = [credential.hash, ...credential.formerHashes.slice(0, preset.history)];
  for (const [index, hash] of former.entries()) {
    const matches = await deps.hasher.verify(hash, change.newPassword, entry);
    if (!matches.ok) return overloaded();
    if (matches.value) {
      const problem = index === 0 ? 'unchanged' : 'used_before';
      return { ok: false, reason: 'password_unfit', problems: [problem] };
    }
  }
  const hashed = await deps.hasher.hash(change.newPassword, entry);
  if (!hashed.ok) return overloaded();
  const password = { hash: hashed.value, changedAt: deps.clock.now(), mustChange: false };
  const isReplaced = await deps.database.transaction(async (session) => {
    if (!(await deps.passwords.replace(credential, password, session))) return false;
    await deps.audit.record(
      {
        type: 'credentials.password_changed',
        actor: account.id,
        address: change.address,
        result: 'done',
      },
      session,
    );
    return true;
  });
  return isReplaced
    ? { ok: true, mayEndOtherSessions: true }
    : { ok: false, reason: 'changed_meanwhile' };
}

function overloaded(): Extract<PasswordResult, { reason: 'overloaded' }> {
  return { ok: false, reason: 'overloaded', retryAfterSeconds: 5 };
}
