// Two officers in what one of them began: who holds a power at the moment it is used, and whether whoever
// decides has had a hand in what is decided.
import { PERSON_PRESENT_LEVEL } from '../accounts/account.ts';
import type { Account, AccountRole } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { isSamePerson, mayHaveRoles } from './role-rules.ts';

export interface ProvenOfficer {
  /** Proven to be there just now, with both factors. */
  account: Account;
  address: string;
}

export interface OfficerPowerDependencies {
  accounts: Pick<AccountStore, 'findById' | 'holdStanding'>;
  /** What the staff directory has of an account; undefined for who is not in it. */
  staffIdOf: (accountId: string) => Promise<string | undefined>;
}

export const SYSTEM = ['systemAdministrator'] as const;
export const SECURITY = ['securityAdministrator'] as const;
export const EITHER = [...SYSTEM, ...SECURITY] as const;

export type LackOfPower =
  /** Only the system administrator does that. */
  | 'not_system'
  /** Only the security administrator does that. */
  | 'not_security'
  /** Neither of both. */
  | 'not_administrator';

export function lackOf(roles: readonly AccountRole[]): LackOfPower {
  if (roles.length > 1) return 'not_administrator';
  return roles.includes('systemAdministrator') ? 'not_system' : 'not_security';
}

export function holdsOneOf(account: Account, roles: readonly AccountRole[]): boolean {
  return mayHaveRoles(account) && roles.some((role) => account.roles.includes(role));
}

/** The officer is still one, and stays it until the transaction is done. @throws Overtaken */
export async function holdPower(
  { accounts }: Pick<OfficerPowerDependencies, 'accounts'>,
  of: { accountId: string; roles: readonly AccountRole[] },
  session: ClientSession,
): Promise<void> {
  const isThere = await accounts.holdStanding(of.accountId, PERSON_PRESENT_LEVEL, session);
  const now = isThere ? await accounts.findById(of.accountId) : undefined;
  if (!now || !holdsOneOf(now, of.roles)) throw new Overtaken('no longer an officer');
}

/** One of these accounts is the officer's, or of the same person. */
export async function isOneOf(
  { accounts, staffIdOf }: OfficerPowerDependencies,
  officer: Account,
  accountIds: readonly string[],
): Promise<boolean> {
  const own = { account: officer, staffId: await staffIdOf(officer.id) };
  const same = await Promise.all(
    accountIds.map(async (id) => {
      const account = await accounts.findById(id);
      if (!account) return id === officer.id;
      return isSamePerson(own, { account, staffId: await staffIdOf(id) });
    }),
  );
  return same.includes(true);
}
