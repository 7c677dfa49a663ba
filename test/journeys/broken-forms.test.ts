// Forms as no browser of ours would send them: over-long, given twice, wrongly encoded, without
// token. Each is refused in words, and the interaction goes on as if nothing had come.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'portal' }, { client_id: 'department', minimum_level: 3 }],
    accounts: [{ login: 'zhang' }, { login: 'zhao', totpSecret: TOTP_SECRET }],
  });
});
afterAll(() => city.stop());

const person = (login = 'zhang') => ({ login, password: city.account(login).password });

async function atSignIn(client = 'portal') {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client(client));
  expect(pageName(visit)).toBe('sign-in');
  return { browser, pending, page: visit };
}

describe('broken forms', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  it.each([
    ['a login that is too long', 400, form, `login=${'a'.repeat(300)}&password=x`],
    ['a password that is too long', 400, form, `login=zhang&password=${'a'.repeat(2000)}`],
    ['a login given twice', 400, form, 'login=zhang&login=wang&password=x'],
    ['a password given twice', 400, form, 'login=zhang&password=a&password=b'],
    ['a stray percent sign', 400, form, 'login=%zz&password=x'],
    ['bytes that are not UTF-8', 400, form, 'login=%ff%fe&password=x'],
    ['a NUL', 400, form, 'login=zhang%00&password=x'],
    ['too many fields', 400, form, 'a=1&'.repeat(300)],
    ['far too much', 413, form, `login=${'a'.repeat(100_000)}`],
    ['JSON', 415, { 'content-type': 'application/json' }, '{"login":"zhang"}'],
    ['no token', 403, form, 'login=zhang&password=x'],
    ['a token of somebody else', 403, form, 'login=zhang&password=x&_csrf=abc.def'],
  ] as const)(
    'with %s are refused in words and change nothing',
    async (...[name, status, headers, body]) => {
      const { browser, pending, page } = await atSignIn();
      const { fields } = readForm(page, 'sign-in');
      const token = name.includes('token') ? '' : `&_csrf=${fields['_csrf'] ?? ''}`;
      const refused = await browser.visitor.request(`${page.url}/sign-in`, {
        method: 'POST',
        headers: { ...headers, accept: 'text/html', origin: city.issuer },
        body: status === 415 ? body : `${body}${token}`,
      });
      expect([refused.status, pageName(refused)]).toEqual([status, 'error']);
      expect(refused.body).toContain('id="reference"');
      const done = await browser.press(page, 'sign-in', person());
      expect(browser.finish(pending, done).code).not.toBe('');
    },
  );

  it('of another origin are refused', async () => {
    const { browser, page } = await atSignIn();
    const { fields } = readForm(page, 'sign-in');
    const sent = await browser.visitor.submit(
      `${page.url}/sign-in`,
      { ...fields, ...person() },
      'https://elsewhere.example.com',
    );
    expect(sent.status).toBe(403);
  });

  it('with spaces and full-width digits in a code are read as they were meant', async () => {
    const { browser, pending, page } = await atSignIn('department');
    const shown = await browser.press(page, 'sign-in', person('zhao'));
    const otp = await otpOf(city.account('zhao'));
    const wide = Array.from(otp, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
    const typed = `${wide.slice(0, 3).join('')} ${wide.slice(3).join('')}`;
    const done = await browser.press(shown, 'verify', { otp: typed });
    expect(browser.finish(pending, done).code).not.toBe('');
  });

  it('with an address that is none are not found', async () => {
    const { browser } = await atSignIn();
    for (const uid of ['x', 'a'.repeat(65), 'ab%20cd%20ef%20gh', '..%2F..%2Fetc']) {
      const shown = await browser.open(`/interaction/${uid}`);
      expect(shown.status).toBeGreaterThanOrEqual(400);
      expect(shown.status).toBeLessThan(500);
    }
  });
});
