// Which page a sign-in shows next: the cheapest one that brings the person to what is demanded.
import type { Account } from '../accounts/account.ts';
import {
  assuranceLevel,
  CERTIFICATE_AMR,
  HIGHEST_LEVEL,
  isByMeansAlone,
  LICENCE_AMR,
  loginStrength,
  ownStrength,
  provesMoreThanContact,
} from '../oidc/claims/assurance.ts';
import { cheapestStep } from '../oidc/claims/demand.ts';

/** Why a new password has to be chosen: somebody else chose this one, or it is too old. */
export type PasswordDue = 'given' | 'aged';

/** By what an organisation shows that it is itself. */
export type OrganisationMeans = keyof typeof MEANS_AMR;

/** What each counts as. */
export const MEANS_AMR = { licence: LICENCE_AMR, certificate: CERTIFICATE_AMR } as const;

export type SignInStep =
  | { step: 'password' }
  | { step: 'second_factor' }
  /** An organisation shows one of these beside its password. */
  | { step: 'organisation'; means: readonly OrganisationMeans[] }
  /** The person has asked for the end of the account: it goes on only when that is taken back. */
  | { step: 'closing' }
  /** A code stands in for the password, and is not enough by itself. */
  | { step: 'confirm_code' }
  /** A code to a confirmed contact, before a first authenticator may be set up. */
  | { step: 'contact_code' }
  /** There is no contact to send it to, or none that would prove enough: only a window can help. */
  | { step: 'contact_missing' }
  | { step: 'enrol' }
  | { step: 'new_password'; due: PasswordDue }
  /** A text that the account agreed to has changed. */
  | { step: 'agreement' }
  /** An identity of a peer is linked to the account that was just proven, or not. */
  | { step: 'bind' }
  /** The account is linked to the province, where its owner signs in. */
  | { step: 'province' }
  /** It is not linked to the province yet: its owner is led there. */
  | { step: 'link_due' }
  | { step: 'level_unmet'; neededLevel: number; currentLevel: number; needsFactorToo: boolean }
  /** The application asks for a level that does not exist here. */
  | { step: 'level_unknown' }
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
  /** Real-name level that an organisation that signs in by itself must have; 0 for none. */
  entityDemand: number;
  /** What the city offers to organisations. */
  organisationMeans: readonly OrganisationMeans[];
  /** The gateway found the request suspicious, and no second factor was given since. */
  isFactorStale: boolean;
  /** One that can be asked for; only looked up where `isFactorDue`. */
  hasSecondFactor: boolean;
  hasConfirmedContact: boolean;
  /** A code to a confirmed contact was typed in, in this very interaction. */
  isContactProven: boolean;
  passwordDue: PasswordDue | undefined;
  isAgreementDue: boolean;
  isClosing: boolean;
  /** An identity of a peer waits for this account. */
  isBindingDue: boolean;
  /**
   * Where people sign in at the province: what it has of who was proven here; `stronger`: of who is signed in, and
   * may show more there.
   */
  atProvince: 'linked' | 'link_due' | 'stronger' | undefined;
}

/** Reasons that a living session answers by itself, unless it has to set up an authenticator. */
const STEP_UP_REASONS = new Set(['level_unmet']);

export function nextStep(situation: SignInSituation): SignInStep {
  const { account, amr, reasons, isFresh, demand } = situation;
  const isStepUp = reasons.every((reason) => STEP_UP_REASONS.has(reason));
  // A link is made for who has just proven the account, not for who found a session open.
  if (!account?.isActive || (!isFresh && (!isStepUp || situation.isBindingDue))) {
    return { step: 'password' };
  }
  if (situation.isByCode && !situation.isCodeConfirmed) return { step: 'confirm_code' };
  // Only who has proven the account learns it.
  if (isFresh && situation.atProvince === 'linked') return { step: 'province' };
  // A link outlives the number that a code was sent to.
  if (situation.isBindingDue && situation.isByCode && !provesMoreThanContact(amr)) {
    return { step: 'confirm_code' };
  }
  const entityLevel = missingEntityLevel(situation);
  if (entityLevel !== undefined && !isFresh) {
    const currentLevel = account.realNameLevel;
    return { step: 'level_unmet', neededLevel: entityLevel, currentLevel, needsFactorToo: false };
  }
  // Nobody is sent away to be verified who may not be the person at all.
  if (situation.isFactorStale) return factorStep(situation);
  const step = cheapestStep(demand, account, amr);
  const isShort = step.step === 'real_name' || step.step === 'impossible';
  // Who has proven everything is signed in, and can go to be verified; the library asks again for the level.
  if (isShort && isFresh) return nextStep({ ...situation, demand: 0 });
  switch (step.step) {
    case 'real_name':
      return {
        step: 'level_unmet',
        neededLevel: demand,
        currentLevel: step.currentLevel,
        needsFactorToo: assuranceLevel(demand, amr) < demand,
      };
    case 'impossible':
      return { step: 'level_unknown' };
    case 'second_factor':
      return factorStep(situation);
    case 'none':
      return isFactorDue(situation) || isFactorDueToBind(situation)
        ? factorStep(situation)
        : lastStep(situation);
    default:
      return step satisfies never;
  }
}

const STEP_UPS: ReadonlySet<SignInStep['step']> = new Set([
  'password',
  'second_factor',
  'organisation',
  'confirm_code',
  'contact_code',
  'contact_missing',
  'enrol',
  'level_unmet',
  'level_unknown',
]);

/** True when the person is known well enough, but not as well as the request demands. */
export function isStepUp(situation: SignInSituation): boolean {
  const { account, isFresh, reasons, demand, amr, isFactorStale } = situation;
  if (!account?.isActive || (situation.isByCode && !situation.isCodeConfirmed)) return false;
  if (!isFresh && !reasons.every((reason) => STEP_UP_REASONS.has(reason))) return false;
  if (!isFactorStale && cheapestStep(demand, account, amr).step === 'none') return false;
  const { step } = nextStep(situation);
  return STEP_UPS.has(step) || (step === 'province' && situation.atProvince === 'stronger');
}

/** True when another factor than those of `amr` brings the account to what is demanded. */
export function isFactorDue({
  account,
  amr,
  demand,
  isFactorStale,
}: Pick<SignInSituation, 'account' | 'amr' | 'demand' | 'isFactorStale'>): boolean {
  if (!account?.isActive) return false;
  if (isFactorStale) return true;
  const { step } = cheapestStep(demand, account, amr);
  // Staff always sign in with two factors (GB/T 22239 8.1.4.1 d); a passkey is both.
  const isStaffShort = account.kind === 'civilServant' && loginStrength(amr) < 2;
  return step === 'second_factor' || isStaffShort;
}

/** A link is another way in: whoever has a second factor shows it before one is made. */
export function isFactorDueToBind(
  situation: Pick<SignInSituation, 'isBindingDue' | 'amr' | 'hasSecondFactor'>,
): boolean {
  const { isBindingDue, amr, hasSecondFactor } = situation;
  return isBindingDue && hasSecondFactor && ownStrength(amr) < 2;
}

/** What an organisation can show that is enough for what is demanded, and is not shown yet. */
function sufficientMeans(situation: SignInSituation): OrganisationMeans[] {
  const { account, amr, demand, organisationMeans } = situation;
  if (account?.kind !== 'legalEntity') return [];
  return organisationMeans.filter((means) => {
    const proven = [...amr, MEANS_AMR[means]];
    return assuranceLevel(HIGHEST_LEVEL, proven) >= demand && loginStrength(proven) >= 2;
  });
}

/** Undefined where nothing more is wanted of the organisation itself. */
export function missingEntityLevel({
  account,
  entityDemand,
}: Pick<SignInSituation, 'account' | 'entityDemand'>): number | undefined {
  if (account?.kind !== 'legalEntity' || account.realNameLevel >= entityDemand) return undefined;
  return entityDemand;
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
  if (situation.atProvince === 'stronger') return { step: 'province' };
  const means = sufficientMeans(situation);
  if (means.length > 0) return { step: 'organisation', means };
  if (!hasConfirmedContact || isByMeansAlone(situation.amr)) return { step: 'contact_missing' };
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
  if (isAgreementDue) return { step: 'agreement' };
  if (situation.isBindingDue) return { step: 'bind' };
  return { step: situation.atProvince === 'link_due' ? 'link_due' : 'finish' };
}
