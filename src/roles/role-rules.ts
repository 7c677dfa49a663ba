// Who may have which role beside which, and who decides about it. Pure.
import { PERSON_PRESENT_LEVEL, powers } from '../accounts/account.ts';
import type { Account, AccountRole } from '../accounts/account.ts';
import { canonicalName } from '../verification/canonical-name.ts';

/**
 * The role that forbids another one; undefined when they go together. Who watches the records does
 * nothing that stands in them.
 */
export function roleInTheWay(
  held: readonly AccountRole[],
  wanted: AccountRole,
): AccountRole | undefined {
  return held.find((role) => {
    if (role === wanted) return false;
    if (role === 'auditAdministrator' || wanted === 'auditAdministrator') return true;
    return powers.has(role) && powers.has(wanted);
  });
}

/** Taking a power away from somebody takes as many as giving it: else one could be left alone with all. */
export function needsSecondOfficer(change: 'grant' | 'revoke', role: AccountRole): boolean {
  return change === 'grant' || powers.has(role);
}

/** Of staff, present in person when they were verified, and still there. */
export function mayHaveRoles({ kind, isActive, realNameLevel }: Account): boolean {
  return kind === 'civilServant' && isActive && realNameLevel >= PERSON_PRESENT_LEVEL;
}

/** Whom two accounts are of: with what the staff directory says, where it knows them. */
export interface Officer {
  account: Account;
  /** 工号 */
  staffId?: string | undefined;
}

/**
 * By the number of the certificate. Where that is missing on either, two of one name are one person
 * when they share a telephone or a staff number: nobody decides alone by having two accounts.
 */
export function isSamePerson(one: Officer, other: Officer): boolean {
  if (one.account.id === other.account.id) return true;
  const numbers = [one, other].map(({ account }) => identityOf(account));
  if (numbers.every((number) => number !== undefined)) return numbers[0] === numbers[1];
  const { name, phone } = one.account;
  if (name === undefined || other.account.name === undefined) return false;
  if (spelling(name) !== spelling(other.account.name)) return false;
  const hasSamePhone = phone !== undefined && phone === other.account.phone;
  return hasSamePhone || (one.staffId !== undefined && one.staffId === other.staffId);
}

function spelling(name: string): string {
  return canonicalName(name) ?? name;
}

function identityOf(account: Account): string | undefined {
  return account.certificate?.number ?? account.attribute('opaqueId')?.value;
}

/**
 * How many of the two who decide have to be security administrators: as many as there are, for until
 * the first is appointed, any two members of staff have to begin.
 * @param holders all who hold the role but for whom it is about, also those who are locked or have
 * left: whoever can lock staff must not bring back the beginning
 */
export function securityAdministratorsNeeded(holders: number): number {
  return Math.min(2, holders);
}
