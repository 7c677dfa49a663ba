// Whose account a recovery is about, and what still has to be proven. A contact is enough where it is
// all that the account ever rested on; numbers are given to strangers again, so it never opens an
// account that was verified or has a second factor. Name and number prove nothing.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import { confirmedContacts } from '../credentials/contact-code.ts';
import { secondFactorsOf } from '../credentials/second-factor.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import type { Recovery } from './recovery-store.ts';

type TargetDependencies = Pick<RecoveryDependencies, 'accounts' | 'credentials' | 'verification'>;

export interface ProofWays {
  hasTotp: boolean;
  hasPasskey: boolean;
  hasRecoveryCodes: boolean;
  hasFace: boolean;
  /** A day, in which everybody who can be reached may object. */
  canWait: boolean;
}

/** Locked by an operator, closed, or of nobody: there is nothing to recover here. */
export function isRecoverable(account: Account | undefined): account is Account {
  return account !== undefined && (account.isActive || account.isFrozen);
}

/** The account that the proven contact is a confirmed contact of. */
export async function accountOfContact(
  { accounts }: Pick<TargetDependencies, 'accounts'>,
  recovery: Recovery,
): Promise<Account | undefined> {
  const { login, contact } = recovery;
  const account = await accounts.findByLogin(login === '' ? contact : login, {
    kind: 'naturalPerson',
  });
  return isRecoverable(account) && hasContact(account, recovery) ? account : undefined;
}

export function hasContact(account: Account, { channel, contact }: Recovery): boolean {
  return confirmedContacts(account).some(
    (each) => each.channel === channel && each.address.toLowerCase() === contact.toLowerCase(),
  );
}

/** Undefined where the contact was enough. */
export async function proofWaysOf(
  { credentials, verification }: Omit<TargetDependencies, 'accounts'>,
  account: Account,
): Promise<ProofWays | undefined> {
  const factors = await secondFactorsOf(credentials, account.id);
  const isVerified = account.realNameLevel >= VERIFIED_LEVEL;
  const isStrong = isVerified || account.kind === 'civilServant';
  const hasFactor = factors.hasTotp || factors.hasPasskey;
  // Who has frozen the account may have done so because somebody else reads its messages.
  if (!isStrong && !hasFactor && !account.isFrozen) return undefined;
  return {
    ...factors,
    hasFace: verification.face !== undefined && account.kind === 'naturalPerson' && isVerified,
    canWait: !isStrong,
  };
}
