// Which page a sign-in shows next: the cheapest one that brings the person to what is demanded.
import type { Account } from '../accounts/account.ts';
import { assuranceLevel, cheapestStep, UNREACHABLE_LEVEL } from '../oidc/assurance.ts';

export type SignInStep =
  | { step: 'password' }
  | { step: 'second_factor' }
  | { step: 'enrol' }
  | { step: 'level_unmet'; neededLevel: number; currentLevel: number }
  | { step: 'finish' };

export interface SignInSituation {
  /** The account whose factors count so far, from this interaction or the living session. */
  account: Account | undefined;
  amr: readonly string[];
  /** Why the library asks. */
  reasons: readonly string[];
  /** A password was verified in this very interaction. */
  isFresh: boolean;
  /** 0 for none. */
  demand: number;
  hasSecondFactor: boolean;
}

/** Reasons that a living session answers without asking for the password again. */
const STEP_UP_REASONS = new Set(['level_unmet']);

export function nextStep(situation: SignInSituation): SignInStep {
  const { account, amr, reasons, isFresh, demand } = situation;
  const isStepUp = reasons.every((reason) => STEP_UP_REASONS.has(reason));
  if (!account?.isActive || (!isFresh && !isStepUp)) return { step: 'password' };
  const step = cheapestStep(demand, account, amr);
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
      // Staff always sign in with two factors (GB/T 22239 8.1.4.1 d).
      return account.kind === 'civilServant' && !amr.includes('otp')
        ? factorStep(situation)
        : { step: 'finish' };
    default:
      return step satisfies never;
  }
}

function factorStep({ hasSecondFactor }: SignInSituation): SignInStep {
  return hasSecondFactor ? { step: 'second_factor' } : { step: 'enrol' };
}
