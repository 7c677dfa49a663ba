// Units taken in advance: the sum that all processes spend is the budget's, whoever holds them.
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { expect, test } from 'vitest';
import { SharedBudget } from './shared-budget.ts';

function counted(points: number) {
  const limiter = new RateLimiterMemory({ points, duration: 60 });
  let calls = 0;
  const counting = {
    points,
    duration: 60,
    consume: (...args: Parameters<typeof limiter.consume>) => {
      calls += 1;
      return limiter.consume(...args);
    },
    reward: (...args: Parameters<typeof limiter.reward>) => limiter.reward(...args),
  };
  return { counting, calls: () => calls };
}

async function granted(budgets: readonly SharedBudget[], tries: number): Promise<number> {
  const each = Array.from({ length: tries }, (_, index) => budgets[index % budgets.length]);
  const outcomes = await Promise.allSettled(each.map(async (budget) => budget?.take('someone')));
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

test.each([1, 5, 40, 100, 200, 610])(
  'a budget of %d is spent to the last unit by one process',
  async (n) => {
    const budget = new SharedBudget(counted(n).counting);
    expect(await granted([budget], n + 20)).toBe(n);
    expect(await granted([budget], 1)).toBe(0);
  },
);

test('of a small one two processes together never spend more, and leave a portion at most', async () => {
  const { counting } = counted(100);
  const budgets = [new SharedBudget(counting), new SharedBudget(counting)];
  const sum = await granted(budgets, 300);
  expect(sum).toBeLessThanOrEqual(100);
  expect(sum).toBeGreaterThanOrEqual(95);
});

test('who asks for little of a large budget is given it without asking the others', async () => {
  const { counting, calls } = counted(600);
  const budget = new SharedBudget(counting);
  expect(await granted([budget], 30)).toBe(30);
  expect(calls()).toBe(0);
  expect(await granted([budget], 1)).toBe(1);
  expect(calls()).toBe(1);
});

test('of a large one two processes spend no more than a portion beyond it', async () => {
  const { counting } = counted(600);
  const budgets = [new SharedBudget(counting), new SharedBudget(counting)];
  const sum = await granted(budgets, 900);
  expect(sum).toBeLessThanOrEqual(630);
  expect(sum).toBeGreaterThanOrEqual(570);
  const third = new SharedBudget(counting);
  expect(await granted([third], 100)).toBe(30);
});

test('a portion serves many requests, and what is given back serves again', async () => {
  const { counting, calls } = counted(600);
  const budget = new SharedBudget(counting);
  await granted([budget], 40);
  for (let request = 0; request < 200; request += 1) {
    await budget.take('someone');
    await budget.giveBack('someone');
  }
  expect(calls()).toBe(1);
});

test('one that is spent by others refuses at once', async () => {
  const { counting } = counted(100);
  for (let unit = 0; unit < 100; unit += 1) await counting.consume('someone');
  expect(await granted([new SharedBudget(counting)], 3)).toBe(0);
});
