// What forbids the end of an account until something else is settled. Domains give guards of their own;
// each is asked when the person wants to close, and again in the transaction that decides.
import type { Account } from '../accounts/account.ts';

/** The words are `closing.obstacle.<name>.what` and `.next`. */
export const closingObstacles = [
  'staff',
  'legal_entity',
  'review_case',
  'representative',
  'last_administrator',
  'children',
] as const;
export type ClosingObstacle = (typeof closingObstacles)[number];

/** `href`: where it is settled. */
export interface FoundObstacle {
  name: ClosingObstacle;
  href?: string;
}

export type ClosingGuard = (
  account: Pick<Account, 'id' | 'kind'>,
) => Promise<FoundObstacle | undefined>;

/** Accounts that are not their holder's own to close. */
export const kindGuard: ClosingGuard = ({ kind }) => {
  const obstacles = {
    naturalPerson: undefined,
    legalEntity: { name: 'legal_entity' },
    civilServant: { name: 'staff' },
  } as const;
  return Promise.resolve(obstacles[kind]);
};

export async function obstaclesOf(
  guards: readonly ClosingGuard[],
  account: Pick<Account, 'id' | 'kind'>,
): Promise<FoundObstacle[]> {
  const found = await Promise.all(guards.map((guard) => guard(account)));
  return found.filter((obstacle) => obstacle !== undefined);
}
