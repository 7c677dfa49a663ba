// Which page a sign-in shows next: the cheapest one that brings the person to what is demanded.
import type { Account } from '../accounts/account.ts';
import {
  assuranceLevel,
  cheapestStep,
  loginStrength,
  provesMoreThanContact,
  UNREACHABLE_LEVEL,
} from '../oidc/claims/assurance.ts';

/** Why a new password has to be chosen: somebody else chose this one, or it is too old. */
export type PasswordDue = 'given' | 'aged';

export type SignInStep =
  | { step: 'password' }
  | { step: 'second_factor' }
  /** The person has asked for the end of the account: it goes on only when that is taken back. */
  | { step: 'closing' }
  /** A code stands in for the password, and is not enough by itself. */
  | { step: 'confirm_code' }
  /** A code to a confirmed contact, before a first authenticator may be set up. */
  | { step: 'contact_code' }
  /** There is no contact to send it to: only a window can help. */
  | { step: 'contact_missing' }
  | { step: 'enrol' }
  | { step: 'new_password'; due: PasswordDue }
  /** A text that the account agreed to has changed. */
  | { step: 'agreement' }
  | { step: 'level_unmet'; neededLevel: number; currentLevel: number }
  | { step: 'finish' };

export interface SignInSituation {
  /** The account whose factors count so far, from this interaction or the living session. */
  account: Pick<Account, 'kind' | 'isActive' | 'realNameLevel'> | undefined;
  amr: readonly string[];
  /** Why the library asks. */
  reasons: readonly string[];
  /**
   * A password was verified in this very interaction and has not been changed since, or a passkey
   * was and is still there.
   */
  isFresh: boolean;
  /** The living session began minutes ago: who began it may still add a factor. */
  isRecent: boolean;
  /** A code stands in for password and passkey. */
  isByCode: boolean;
  /** It is enough, or more was proven: never a number alone for what is worth more. */
  isCodeConfirmed: boolean;
  /** 0 for none. */
  demand: number;
  /** One that can be asked for; only looked up where `isFactorDue`. */
  hasSecondFactor: boolean;
  hasConfirmedContact: boolean;
  /** A code to a confirmed contact was typed in, in this very interaction. */
  isContactProven: boolean;
  passwordDue: PasswordDue | undefined;
  isAgreementDue: boolean;
  isClosing: boolean;
}

/** Reasons that a living session answers by itself, unless it has to set up an authenticator. */
const STEP_UP_REASONS = new Set(['level_unmet']);

export function nextStep(situation: SignInSituation): SignInStep {
  const { account, amr, reasons, isFresh, demand } = situation;
  const isStepUp = reasons.every((reason) => STEP_UP_REASONS.has(reason));
  if (!account?.isActive || (!isFresh && !isStepUp)) return { step: 'password' };
  if (situation.isByCode && !situation.isCodeConfirmed) return { step: 'confirm_code' };
  const step = cheapestStep(demand, account, amr);
  const isShort = step.step === 'real_name' || step.step === 'impossible';
  // Who has proven everything is signed in, and can go to be verified; the library asks again for the level.
  if (isShort && isFresh) return nextStep({ ...situation, demand: 0 });
  switch (step.step) {
    case 'real_name':
      return { step: 'level_unmet', neededLevel: demand, currentLevel: step.currentLevel };
    case 'impossible':
      return {
        step: 'level_unmet',
        neededLevel: UNREACHABLE_LEVEL - 1,
        currentLevel: assuranceLevel(account.realNameLevel, amr),
      };
    case 'second_factor':
      return factorStep(situation);
    case 'none':
      return isFactorDue(situation) ? factorStep(situation) : lastStep(situation);
    default:
      return step satisfies never;
  }
}

/** True when another factor than those of `amr` brings the account to what is demanded. */
export function isFactorDue({
  account,
  amr,
  demand,
}: Pick<SignInSituation, 'account' | 'amr' | 'demand'>): boolean {
  if (!account?.isActive) return false;
  const { step } = cheapestStep(demand, account, amr);
  // Staff always sign in with two factors (GB/T 22239 8.1.4.1 d); a passkey is both.
  const isStaffShort = account.kind === 'civilServant' && loginStrength(amr) < 2;
  return step === 'second_factor' || isStaffShort;
}

// Whoever has stolen the password, or sits down at a session that was left open, must not be able
// to give himself the second factor: both are asked for, the password minutes ago or in this very
// interaction.
function factorStep(situation: SignInSituation): SignInStep {
  const { isFresh, isRecent, hasSecondFactor, hasConfirmedContact, isContactProven } = situation;
  if (situation.isByCode) return { step: 'confirm_code' };
  // A session that began with a code: an authenticator beside it would still be no two factors.
  if (!isFresh && !provesMoreThanContact(situation.amr)) return { step: 'password' };
  if (hasSecondFactor) return { step: 'second_factor' };
  if (!hasConfirmedContact) return { step: 'contact_missing' };
  if (!isFresh && !isRecent) return { step: 'password' };
  return isContactProven ? { step: 'enrol' } : { step: 'contact_code' };
}

// After the factors, so that a password is only changed by who could have signed in.
function lastStep(situation: SignInSituation): SignInStep {
  const { isFresh, passwordDue, isAgreementDue, isClosing } = situation;
  if (isClosing) return { step: 'closing' };
  // A living session that is only raised is not disturbed.
  if (!isFresh) return { step: 'finish' };
  if (passwordDue !== undefined) return { step: 'new_password', due: passwordDue };
  return { step: isAgreementDue ? 'agreement' : 'finish' };
}
