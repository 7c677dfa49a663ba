// A form that is sent twice: a double click, a slow line. One of both reaches the client with the
// answer, the other a page that makes sense, and no answer is given twice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'zhang' }],
  });
});
afterAll(() => city.stop());

const later = (milliseconds: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

test.each(Array.from({ length: 20 }, (_, round) => round * 5))(
  'a password sent again after %d ms',
  async (delay) => {
    const browser = new CityBrowser(city.issuer);
    const { pending, visit: page } = await browser.request(city.client('portal'));
    const { login, password } = city.account('zhang');
    const form = readForm(page, 'sign-in');
    const send = async (): Promise<Visit> => {
      const typed = { ...form.fields, login, password };
      const sent = await browser.visitor.submit(form.action, typed, city.issuer);
      const next = nextAddress(sent);
      return next?.origin === city.issuer ? browser.open(next) : sent;
    };
    const both = await Promise.all([send(), later(delay).then(send)]);
    const answers = both.map(nextAddress).filter((next) => next !== undefined);
    expect(answers.map(({ searchParams }) => searchParams.get('state'))).toEqual([pending.state]);
    expect(answers[0]?.searchParams.get('code')).toBeTruthy();
    const other = both.find((visit) => !nextAddress(visit));
    expect([other?.status, other && pageName(other)]).toEqual([200, 'interaction-expired']);
    expect(other?.body).toContain('https://portal.example.com/');
  },
);

test('whoever comes back before the way to the client was gone is sent on, and once', async () => {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit: page } = await browser.request(city.client('portal'));
  const { login, password } = city.account('zhang');
  const form = readForm(page, 'sign-in');
  await browser.visitor.submit(form.action, { ...form.fields, login, password }, city.issuer);
  const settled = await browser.visitor.request(page.url);
  expect(nextAddress(settled)?.pathname).toMatch(/^\/oauth2\/authorize\//u);
  const again = await browser.visitor.submit(form.action, form.fields, city.issuer);
  expect(nextAddress(again)?.href).toBe(nextAddress(settled)?.href);
  const resume = String(nextAddress(settled));
  const visits = await Promise.all([browser.open(resume), browser.open(resume)]);
  const answers = visits.map(nextAddress).filter((next) => next !== undefined);
  expect(answers.map(({ searchParams }) => searchParams.get('state'))).toEqual([pending.state]);
});
