import { expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

it('forgets what was put first, and takes no more for what is put again', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  expect([map.get('a'), map.get('b')]).toEqual([3, 2]);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
  map.delete('a');
  map.clear();
  expect([map.get('a'), map.get('c')]).toEqual([undefined, undefined]);
});
