import { expect, test } from 'vitest';
import { OneAtATime } from './one-at-a-time.ts';

test('work of one key never overlaps, keeps its order, and goes on after a failure', async () => {
  const line = new OneAtATime();
  const seen: string[] = [];
  const step = (name: string, fails = false) =>
    line.run('one', async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const all = await Promise.allSettled([step('a'), step('b', true), step('c')]);
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
});

test('work of another key does not wait', async () => {
  const line = new OneAtATime();
  const gate = Promise.withResolvers<string>();
  const held = line.run('one', () => gate.promise);
  expect(await line.run('two', () => Promise.resolve('through'))).toBe('through');
  gate.resolve('later');
  expect(await held).toBe('later');
});
