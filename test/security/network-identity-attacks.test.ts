// Answers of the network identity service that are replayed, mixed up, injected, brought by others or
// at once; and a service that is slow, down, wrong or contradictory.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import {
  beginNetwork,
  choosePerson,
  NETWORK_PAGE,
  NOBODY,
  proveNetwork,
} from '../support/network-visits.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

const { uri } = migratedDatabase();
const [chen, ayinuer] = ['陈体验', '阿依努尔·示例'] as const;

let city: CityNode;
let registers: Registers;

beforeAll(async () => {
  registers = await startRegisters({
    networkIdentity: { breaker: { failures: 1000 }, timeoutMs: 500 },
  });
  city = await startCityNode({
    mongodbUri: uri,
    environment: registers.environment,
    accounts: [
      'child',
      'unsure',
      'certain',
      'denier',
      'victim',
      'attacker',
      'returning',
      'parallel',
      'forger',
    ].map((login) => {
      const fields = { certificate_type: '', certificate_number: '' };
      return { login, level: 1, fields } as const;
    }),
  });
  registers.returnTo(city.issuer);
});
afterEach(() => registers.setFault('networkIdentity', 'none'));
afterAll(async () => {
  await city.stop();
  await registers.stop();
});

async function enter(login: string): Promise<CityBrowser> {
  return (await visitAccountCentre(city, login, '/verification')).browser;
}

async function stored(login: string) {
  const account = await city.accountStore.findById(city.account(login).id);
  if (!account) throw new Error(`${login} is gone`);
  return account;
}

/** The same address with some of its parameters changed. */
function altered(address: URL, change: Record<string, string>): URL {
  const copy = new URL(address);
  for (const [name, value] of Object.entries(change)) copy.searchParams.set(name, value);
  return copy;
}

describe('an answer of the service', () => {
  it.each([
    { login: 'child', name: '小网证', status: 422, words: '监护人' },
    { login: 'unsure', name: '未认证', status: 422, words: '没有通过' },
    { login: 'denier', name: NOBODY, status: 200, words: '您没有继续' },
  ])('about $login raises nothing and says what to do', async (of) => {
    const { login, name, status, words } = of;
    const browser = await enter(login);
    const page = await proveNetwork(browser, name);
    expect([page.status, page.body.includes(words)]).toEqual([status, true]);
    expect(await stored(login)).toMatchObject({ realNameLevel: 1 });
    expect(await eventTypes(city, city.account(login).id)).toContain('verification.checked');
  });

  it('that is an error is said kindly, and spends the request', async () => {
    const browser = await enter('denier');
    const back = await choosePerson(await beginNetwork(browser), NOBODY);
    const failed = await browser.open(altered(back, { error: 'server_error' }));
    expect([failed.status, failed.body.includes('没有通过')]).toEqual([422, true]);
    expect((await browser.open(back)).status).toBe(400);
    const odd = await browser.open(`${NETWORK_PAGE}/return?error=${'<'.repeat(400)}&state=x`);
    expect([odd.status, pageName(odd)]).toEqual([400, 'verification-unfinished']);
  });

  it('counts once, for the sign-in that began it, and from this service only', async () => {
    const browser = await enter('certain');
    const mixed = await choosePerson(await beginNetwork(browser), chen);
    const iss = 'https://another.example';
    expect((await browser.open(altered(mixed, { iss }))).status).toBe(400);
    expect((await browser.open(mixed)).status).toBe(400);

    const back = await choosePerson(await beginNetwork(browser), chen);
    expect((await browser.open(altered(back, { state: 'guessed' }))).status).toBe(400);
    const stranger = await enter('attacker');
    expect((await stranger.open(back)).status).toBe(400);
    const elsewhere = await enter('certain');
    expect((await elsewhere.open(back)).status).toBe(400);
    expect(await stored('certain')).toMatchObject({ realNameLevel: 1 });
    expect((await browser.open(back)).body).toContain('实名等级已提升');
    expect((await browser.open(back)).status).toBe(400);
    expect(await stored('attacker')).toMatchObject({ realNameLevel: 1 });
  });

  it('that was made for somebody else cannot be slipped in', async () => {
    const attacker = await enter('attacker');
    const own = await choosePerson(await beginNetwork(attacker), ayinuer);
    const victim = await enter('victim');
    const meant = await choosePerson(await beginNetwork(victim), ayinuer);
    const code = own.searchParams.get('code') ?? '';
    expect((await victim.open(altered(meant, { code }))).status).toBe(400);
    expect(await stored('victim')).toMatchObject({ realNameLevel: 1 });
    // And is gone for who tried it.
    expect((await attacker.open(own)).status).toBe(400);
  });

  it('brought 50 times at once is one', async () => {
    const browser = await enter('parallel');
    const back = await choosePerson(await beginNetwork(browser), ayinuer);
    const pages = await Promise.all(
      Array.from({ length: 50 }, () => browser.visitor.request(back)),
    );
    expect(pages.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(pages.filter(({ status }) => status === 400)).toHaveLength(49);
    expect(await stored('parallel')).toMatchObject({ realNameLevel: 3 });
    const { id } = city.account('parallel');
    const { database } = city.storage;
    expect(await database.collection('evidence').countDocuments({ accountId: id })).toBe(1);
  });
});

describe('a service', () => {
  it.each(['wrong', 'contradictory'] as const)('that is %s has said nothing', async (mode) => {
    await registers.setFault('networkIdentity', mode);
    const page = await proveNetwork(await enter('forger'), chen);
    expect([page.status, page.body.includes('暂时不可用')]).toEqual([503, true]);
    expect(await stored('forger')).toMatchObject({ realNameLevel: 1 });
  });

  it.each(['down', 'slow'] as const)(
    'that is %s stops no sign-in, and the same answer counts when it is back',
    async (mode) => {
      await registers.setFault('networkIdentity', mode);
      const browser = await enter('returning');
      const back = await choosePerson(await beginNetwork(browser), '小网证');
      const page = await browser.open(back);
      expect(page.status).toBe(503);
      const retry = /id="retry" href="([^"]+)"/u.exec(page.body)?.[1] ?? '';
      await registers.setFault('networkIdentity', 'none');
      const again = await browser.open(retry.replaceAll('&amp;', '&'));
      expect([again.status, again.body.includes('监护人')]).toEqual([422, true]);
    },
  );
});
