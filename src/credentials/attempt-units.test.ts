import { beforeAll, expect, it } from 'vitest';
import { commandsOf } from '../../test/support/database-commands.ts';
import { identityStores } from '../../test/support/identity-stores.ts';
import { haveUnits, takeUnits } from './attempt-units.ts';
import { BudgetStore } from './budget-store.ts';

const stores = identityStores();
let budgets: BudgetStore;
let sequence = 0;

beforeAll(() => {
  budgets = new BudgetStore(stores);
});

function rule(attempts: number) {
  sequence += 1;
  return { key: `units:${sequence}`, attempts, windowSeconds: 60 };
}

it('takes the units of an address and of an account by one command', async () => {
  const [address, account] = [[rule(3), rule(9)], [rule(5)]];
  expect(await haveUnits(budgets, address)).toBe(true);
  const commands = await commandsOf(stores.database, async () => {
    const units = await takeUnits(budgets, { address, account, isTogether: true });
    expect(units).toMatchObject({ ok: true, ofAccount: { ok: true } });
  });
  expect(commands).toEqual(['update attemptBudgets']);
  expect(await budgets.counts([...address, ...account])).toEqual([1, 1, 1]);
});

it('leaves the account alone when the address has none', async () => {
  const [address, account] = [[rule(1), rule(9)], [rule(5)]];
  await budgets.reserve(address);
  expect(await haveUnits(budgets, address)).toBe(false);
  const units = await takeUnits(budgets, { address, account, isTogether: false });
  expect(units).toMatchObject({ ok: false });
  expect(await budgets.counts([...address, ...account])).toEqual([1, 1, 0]);
});

it('gives back what the account gave to 40 that came at once for the last units of an address', async () => {
  const [address, account] = [[rule(7)], [rule(100)]];
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, () => takeUnits(budgets, { address, account, isTogether: true })),
  );
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(7);
  expect(await budgets.counts([...address, ...account])).toEqual([7, 7]);
});
