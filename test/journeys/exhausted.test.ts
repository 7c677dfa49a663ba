// When passwords are no longer verified: the pages are the same for every login name, known or
// not, and tell the way on without script.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { company, usccOf } from '../support/acting-city.ts';
import { CITY_PASSWORD, TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { Visit } from '../support/http-visitor.ts';

const { uri } = migratedDatabase();
const ACCOUNT_TRIES = 3;
const ADDRESS_TRIES = 20;
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    limits: {
      signIn: {
        unknownDevicePerAddress: { attempts: ACCOUNT_TRIES, windowSeconds: 1800 },
        perAddress: { attempts: ADDRESS_TRIES, windowSeconds: 1800 },
        proofOfWorkAfterFailures: 1000,
      },
      hashing: { maxWaitingPerAddress: 100 },
    },
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'person-a' }, { login: 'person-b', totpSecret: TOTP_SECRET }, company(1)],
  });
});
afterAll(() => city.stop());

/** What a reader can tell apart: everything but what is made anew for each answer. */
function comparable({ status, body }: Visit, login: string): string {
  return `${status} ${body}`
    .replaceAll(login, 'LOGIN')
    .replaceAll(
      /nonce="[^"]*"|name="_csrf" value="[^"]*"|\/interaction\/[\w-]+|interaction=[\w-]+/gu,
      '',
    )
    .replaceAll(/id="reference">[^<]*|\d{4}年\d+月\d+日 \d\d:\d\d/gu, '');
}

async function tryPassword(login: string, password: string) {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client('portal'));
  return { browser, pending, page: await browser.press(visit, 'sign-in', { login, password }) };
}

describe('the tries of an account', () => {
  it('end alike for a known and an unknown login, even with the right password', async () => {
    const seen: string[] = [];
    for (const login of ['person-a', 'person-b', 'nobody-x']) {
      for (let i = 0; i < ACCOUNT_TRIES; i += 1) await tryPassword(login, `wrong-${i}`);
      const { page } = await tryPassword(login, CITY_PASSWORD);
      expect([page.status, pageName(page)]).toEqual([422, 'sign-in']);
      seen.push(comparable(page, login));
    }
    expect(new Set(seen).size).toBe(1);
  });

  it('say that a right password may be refused for a while, and what else can be done', async () => {
    const { page } = await tryPassword('person-a', CITY_PASSWORD);
    for (const words of [
      '密码填对了也会显示不正确',
      '以前登录过的手机或电脑',
      '政务服务大厅',
      '12345',
    ]) {
      expect(page.body).toContain(words);
    }
    expect(page.body).toContain('href="/recover?interaction=');
  });
});

describe('the tries of an address', () => {
  it('end with a page that says when and how to go on, alike for every login', async () => {
    const failures = 3 * ACCOUNT_TRIES + 4;
    for (let i = failures; i < ADDRESS_TRIES; i += 1) await tryPassword(`guess-${i}`, 'wrong');
    const seen: string[] = [];
    for (const login of ['person-a', 'nobody-x', 'nobody-y']) {
      const { page } = await tryPassword(login, CITY_PASSWORD);
      expect([page.status, pageName(page)]).toEqual([429, 'sign-in']);
      const seconds = Number(page.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(1700);
      expect(page.body).toContain(`${Math.ceil(seconds / 60)} 分钟`);
      expect(page.body).toContain('这台设备暂时不能用密码登录');
      expect(page.body).toContain('政务服务大厅');
      seen.push(comparable(page, login));
    }
    expect(new Set(seen).size).toBe(1);
  });

  it('end for nobody who waits', async () => {
    city.clock.advance(1801);
    const { browser, pending, page } = await tryPassword('person-a', CITY_PASSWORD);
    expect(browser.finish(pending, page).code).not.toBe('');
  });
});

describe('fifty wrong passwords at once for the number of an organisation', () => {
  it('are answered alike whether it has an account or not, and most are not even compared', async () => {
    const attempts = 50;
    const seen: string[] = [];
    for (const uscc of [usccOf(1), usccOf(77)]) {
      city.clock.advance(1801);
      const begun = await Promise.all(Array.from({ length: attempts }, () => organisationForm()));
      const press = ({ browser, page }: (typeof begun)[number]) =>
        browser.press(page, 'sign-in', { login: uscc, password: 'wrong' });
      const pages = await Promise.all(begun.map(press));
      const compared = pages.filter(({ status }) => status === 422);
      const refused = pages.filter(({ status }) => status === 429);
      expect([compared.length, refused.length]).toEqual([ADDRESS_TRIES, attempts - ADDRESS_TRIES]);
      const words = [...compared, ...refused].map((page) => comparable(page, uscc));
      expect(new Set(words).size).toBe(2);
      seen.push(...new Set(words));
      city.clock.advance(1700);
      const [form] = [await organisationForm()];
      const late = await form.browser.press(form.page, 'sign-in', {
        login: uscc,
        password: CITY_PASSWORD,
      });
      expect([late.status, pageName(late)]).toEqual([429, 'sign-in']);
    }
    expect(new Set(seen).size).toBe(2);
  });

  async function organisationForm() {
    const browser = new CityBrowser(city.issuer);
    const { visit } = await browser.request(city.client('portal'));
    const page = await browser.open(`${new URL(visit.url).pathname}?kind=legalEntity`);
    return { browser, page };
  }
});
