import { beforeAll, describe, expect, it } from 'vitest';
import { commandsOf } from '../../test/support/database-commands.ts';
import { identityStores } from '../../test/support/identity-stores.ts';
import { BudgetStore } from './budget-store.ts';
import { addressBudgets, addressScope, configuredAddress } from './sign-in-budgets.ts';
import { limitsSchema } from '../platform/limits-config.ts';

const stores = identityStores();
let budgets: BudgetStore;
let sequence = 0;

beforeAll(() => {
  budgets = new BudgetStore(stores);
});

function rule(attempts: number, windowSeconds = 60) {
  sequence += 1;
  return { key: `test:${sequence}`, attempts, windowSeconds };
}

describe('budgets of attempts', () => {
  it('grants exactly its units to 200 parallel takers of a budget that does not exist yet', async () => {
    const seven = rule(7);
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => budgets.reserve([seven])));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(7);
    expect(await budgets.counts([seven])).toEqual([7]);
  });

  it('grants all of 150 parallel takers of a budget with room for them', async () => {
    const wide = rule(500);
    const outcomes = await Promise.all(Array.from({ length: 150 }, () => budgets.reserve([wide])));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(150);
  });

  it('grants every unit of a wide budget to 300 parallel takers, and none beyond', async () => {
    const wide = rule(150);
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => budgets.reserve([wide])));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(150);
    expect(await budgets.counts([wide])).toEqual([150]);
  });

  it('takes from all budgets or from none', async () => {
    const wide = rule(100);
    const narrow = rule(3);
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, () => budgets.reserve([wide, narrow])),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(3);
    expect(await budgets.counts([wide, narrow])).toEqual([3, 3]);
  });

  it('loses no count when units are given back in parallel', async () => {
    const wide = rule(1000);
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => budgets.reserve([wide])));
    const reservations = outcomes.flatMap((outcome) => (outcome.ok ? outcome.reservations : []));
    await Promise.all(reservations.slice(0, 40).map((one) => budgets.giveBack([one])));
    expect(await budgets.counts([wide])).toEqual([20]);
  });

  it('opens again when the window has passed, and then ignores what is given back late', async () => {
    const one = rule(1, 60);
    const first = await budgets.reserve([one]);
    stores.clock.advance(20);
    expect(await budgets.reserve([one])).toMatchObject({ ok: false, retryAfterSeconds: 40 });
    stores.clock.advance(40);
    expect((await budgets.reserve([one])).ok).toBe(true);
    if (first.ok) await budgets.giveBack(first.reservations);
    expect((await budgets.reserve([one])).ok).toBe(false);
  });

  it('tells what was refused, and whether there is something to be had by now', async () => {
    const [one, other] = [rule(1, 60), rule(1, 30)];
    expect((await budgets.take([one, other])).ok).toBe(true);
    const refused = await budgets.take([one, rule(5), other]);
    expect(refused).toMatchObject({ ok: false, refused: [one, other] });
    expect(refused.reservations).toHaveLength(1);
    expect(await budgets.waitMs([one, other])).toBe(60_000);
    stores.clock.advance(45);
    expect(await budgets.waitMs([other])).toBe(0);
    expect(await budgets.waitMs([one, other])).toBe(15_000);
    expect((await budgets.take([other])).ok).toBe(true);
  });

  it('is spent when its last unit is taken', async () => {
    const two = rule(2);
    const first = await budgets.take([two]);
    expect(await budgets.isSpent(first.reservations)).toBe(false);
    const second = await budgets.take([two]);
    expect(await budgets.isSpent(second.reservations)).toBe(true);
  });

  it('asks once for all budgets of an attempt, also when one refuses', async () => {
    const rules = [rule(1), rule(1), rule(1)];
    const commands = await commandsOf(stores.database, () => budgets.take(rules));
    expect(commands).toEqual(['update attemptBudgets']);
    expect(await commandsOf(stores.database, () => budgets.take(rules))).toEqual(commands);
  });

  it('counts what has happened without any limit, in parallel', async () => {
    const counted = rule(1);
    await Promise.all(Array.from({ length: 50 }, () => budgets.count([counted])));
    expect(await budgets.counts([counted])).toEqual([50]);
  });
});

describe('where an attempt comes from', () => {
  it.each([
    ['192.0.2.77', '192.0.2.77', '192.0.2.0/24', '192.0.2.77'],
    ['::ffff:192.0.2.77', '192.0.2.77', '192.0.2.0/24', '192.0.2.77'],
    ['2001:db8:1:2:a::9', '2001:db8:1:2:a::9', '2001:db8:1:2::/64', '2001:db8:1:2::/64'],
    ['not an address', 'not an address', 'not an address', 'not an address'],
  ])('reads %s', (...given) => {
    const [text, address, network, source] = given;
    expect(addressScope(text)).toEqual({ address, network, source });
  });

  it('prefers the narrowest configured range', () => {
    const { signIn } = limitsSchema.parse({
      signIn: {
        addresses: [
          { cidr: '10.0.0.0/8', attempts: 1, windowSeconds: 1 },
          { cidr: '10.8.0.0/16', attempts: 2, windowSeconds: 1 },
          { cidr: '10.8.1.1', attempts: 3, windowSeconds: 1 },
          { cidr: '::1', attempts: 4, windowSeconds: 1 },
        ],
      },
    });
    const attempts = (text: string) => configuredAddress(signIn, text)?.attempts;
    expect(['10.1.1.1', '10.8.2.2', '10.8.1.1', '::1', '11.0.0.1'].map(attempts)).toEqual([
      1,
      2,
      3,
      4,
      undefined,
    ]);
    expect(addressBudgets(signIn, '10.8.1.1')).toEqual([
      { key: 'address:10.8.1.1', attempts: 3, windowSeconds: 1 },
    ]);
  });

  it('refuses a configured range that is none', () => {
    const addresses = [{ cidr: 'the hall', attempts: 1, windowSeconds: 1 }];
    expect(limitsSchema.safeParse({ signIn: { addresses } }).success).toBe(false);
  });
});
