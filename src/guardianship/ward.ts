// A ward: the account of somebody under 14, and who gave consent to it as guardian. Everything that
// decides about one is here, without a database.
import type { Account } from '../accounts/account.ts';
import type { Locale } from '../platform/http/locale.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';

/** 父母, 其他监护人. */
export const relations = ['parent', 'other'] as const;
export type Relation = (typeof relations)[number];

/** Real-name level that a guardian needs. */
export const GUARDIAN_LEVEL = 3;
export const MOST_GUARDIANS = 2;

/** The agreement to process a child's information, and when it was given. */
export interface GuardianConsent {
  version: number;
  language: Locale;
  at: Date;
}

export interface Guardian {
  accountId: string;
  relation: Relation;
  /** What shows it: the register, staff, or the guardian who invited. */
  basis: 'register' | 'review' | 'invitation';
  since: Date;
  consent: GuardianConsent;
  /** The account of the guardian does not suffice at present. */
  isResting?: true | undefined;
}

/**
 * `withdrawn`: a guardian took the consent back; `resting`: no guardian suffices at present. In both
 * nobody can use the account. `grown`: of age, and nobody's ward any more.
 */
export const wardStates = ['active', 'withdrawn', 'resting', 'grown'] as const;
export type WardState = (typeof wardStates)[number];

/** Of a second guardian, by the first; the code itself is nowhere but with them. */
export interface GuardianInvitation {
  /** Keyed hash of the code. */
  mac: string;
  /** Account of who invites. */
  by: string;
  expiresAt: Date;
}

export interface Ward {
  /** The account of the child. */
  id: string;
  state: WardState;
  guardians: readonly Guardian[];
  /** YYYY-MM-DD */
  birthDate: string;
  /** What the account had open may not have ended yet. */
  isEnding: boolean;
  invitation?: GuardianInvitation | undefined;
  revision: number;
}

/** From the birthday on, by the city's calendar. */
export function isOfAge({ birthDate }: Pick<Ward, 'birthDate'>, now: Date): boolean {
  return ageAt(birthDate, now) >= GUARDIAN_AGE;
}

/** Whether this account is enough to be somebody's guardian at present. */
export function suffices(
  account: Pick<Account, 'isActive' | 'kind' | 'realNameLevel' | 'closing'> | undefined,
): boolean {
  if (!account?.isActive || account.kind !== 'naturalPerson') return false;
  return account.realNameLevel >= GUARDIAN_LEVEL && account.closing === undefined;
}

/** An operator has locked the child's account: no guardian opens it, or frees what it is known by. */
export function isStopped(
  { state }: Pick<Ward, 'state'>,
  child: Pick<Account, 'isActive' | 'isLockedBesides'> | undefined,
): boolean {
  return child !== undefined && (child.isLockedBesides || (state === 'active' && !child.isActive));
}

export function guardianIn(ward: Pick<Ward, 'guardians'>, accountId: string): Guardian | undefined {
  return ward.guardians.find((guardian) => guardian.accountId === accountId);
}
