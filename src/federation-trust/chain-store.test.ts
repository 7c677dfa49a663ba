// Who hides while this side starts anew.
import { expect, it } from 'vitest';
import { believedCity } from '../../test/support/believed-city.ts';

const at = believedCity();
const { resolve } = at;

it('goes on in a new process from what the one before has found', async () => {
  const { clock, city, hub, anchor } = at;
  city.claims['exp'] = Math.floor(clock.now().getTime() / 1000) + 200;
  at.hide(city);
  expect(await resolve()).toBe('unreachable http_503');
  city.answers.clear();
  clock.advance(11);
  expect(await resolve()).toBe('believed');
  at.hide(city, hub, anchor);
  at.startAnew();
  expect(await resolve()).toBe('believed');
  clock.advance(201);
  expect(await resolve()).toBe('expired');
  at.startAnew();
  expect(await resolve()).toBe('expired');
  for (const node of [city, hub, anchor]) node.answers.clear();
  delete city.claims['exp'];
  clock.advance(11);
  expect(await resolve()).toBe('believed');
});

it('keeps through a restart what a superior has taken back, until it speaks again', async () => {
  const { clock, city, hub, anchor } = at;
  expect(await resolve()).toBe('believed');
  at.hide(city);
  at.startAnew();
  const admitted = hub.subordinates.get(city.id);
  hub.subordinates.delete(city.id);
  expect(await resolve()).toBe('not_subordinate');
  at.hide(hub, anchor);
  at.startAnew();
  expect(await resolve()).toBe('not_subordinate');
  for (const node of [city, hub, anchor]) node.answers.clear();
  if (admitted) hub.subordinates.set(city.id, admitted);
  clock.advance(11);
  expect(await resolve()).toBe('believed');
});

it('believes nothing of before that goes back to keys of an anchor which are not given any more', async () => {
  const { city, hub, anchor } = at;
  expect(await resolve()).toBe('believed');
  at.hide(city, hub, anchor);
  const other = await at.start();
  at.startAnew(other.entity.keys);
  expect(await resolve()).toBe('key_unknown');
});

it('demands of it the marks that are required by now', async () => {
  const { city, hub, anchor } = at;
  expect(await resolve()).toBe('believed');
  at.hide(city, hub, anchor);
  at.trustMarks = ['https://province.example.gov.cn/marks/member'];
  at.startAnew();
  expect(await resolve()).toMatch(/^trust_mark_missing/u);
});
