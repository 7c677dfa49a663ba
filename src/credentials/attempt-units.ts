// The units that an attempt from an unknown device takes before anything is verified: of its address
// first, then of the account. They share a command where the address has units left; one that has none
// never touches what is the account's, or a stranger could hold it for a moment with each refusal.
import type { BudgetRule, BudgetStore, Reservation, TakeOutcome } from './budget-store.ts';

export type AttemptUnits =
  | {
      ok: true;
      ofAddress: readonly Reservation[];
      /** Absent: still to be taken. */
      ofAccount: TakeOutcome | undefined;
    }
  | { ok: false; retryAfterSeconds: number };

/** True when none of these budgets was used up a moment ago. */
export async function haveUnits(
  budgets: Pick<BudgetStore, 'counts'>,
  rules: readonly BudgetRule[],
): Promise<boolean> {
  const used = await budgets.counts(rules);
  return rules.every(({ attempts }, index) => (used[index] ?? 0) < attempts);
}

/** @param of.isTogether whether the address has units, as `haveUnits` saw it */
export async function takeUnits(
  budgets: Pick<BudgetStore, 'reserve' | 'take' | 'giveBack'>,
  of: { address: readonly BudgetRule[]; account: readonly BudgetRule[]; isTogether: boolean },
): Promise<AttemptUnits> {
  const taking = of.isTogether ? budgets.take(of.account) : undefined;
  const [address, account] = await Promise.allSettled([budgets.reserve(of.address), taking]);
  const given = account.status === 'fulfilled' ? account.value : undefined;
  const hasPlace = address.status === 'fulfilled' && address.value.ok;
  if (!hasPlace) await budgets.giveBack(given?.reservations ?? []);
  if (address.status === 'rejected') throw address.reason;
  if (!address.value.ok) return { ok: false, retryAfterSeconds: address.value.retryAfterSeconds };
  if (account.status === 'rejected') throw account.reason;
  return { ok: true, ofAddress: address.value.reservations, ofAccount: given };
}
