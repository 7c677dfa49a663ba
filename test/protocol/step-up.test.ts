// Step-up over real HTTP: services with minimums, a gateway that finds requests suspicious, what a person
// declines, and a sample of all combinations of level, factors and demands against the oracle.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName } from '../support/city-browser.ts';
import type { RequestParameters } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { HttpVisitor, nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { rightDemand, rightLevel } from '../support/step-up-oracle.ts';
import type { OracleDemand } from '../support/step-up-oracle.ts';
import { TokenClient } from '../support/token-client.ts';

const HEADER = 'x-request-suspicious';
const level = (value: number) => `urn:hutong:level:${value}`;
const claim = (acr: object) => JSON.stringify({ id_token: { acr } });
const name = { 'zh-CN': '公积金提取', en: 'Housing fund withdrawal' };

/** A browser behind the gateway, which marks what it sends. */
class MarkedVisitor extends HttpVisitor {
  mark: string | undefined;

  override request(url: string | URL, init: RequestInit = {}): Promise<Visit> {
    const headers = new Headers(init.headers);
    if (this.mark !== undefined) headers.set(HEADER, this.mark);
    return super.request(url, { ...init, headers });
  }
}

const { uri } = migratedDatabase();
const SAMPLES = 16;
let folder: string;
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-services-'));
  const file = path.join(folder, 'services.json');
  const services = [
    { code: 'withdraw', name, minimumLevel: 3, minimumEntityLevel: 3 },
    { code: 'query', name: { 'zh-CN': '公积金查询', en: 'Housing fund query' } },
  ];
  await writeFile(file, JSON.stringify({ services }));
  const sampled = Array.from({ length: SAMPLES }, (_, index) => index);
  city = await startCityNode({
    mongodbUri: uri,
    environment: {
      HUTONG_SERVICES: file,
      HUTONG_SUSPICION_HEADER: 'X-Request-Suspicious',
      HUTONG_TRUSTED_PROXIES: '127.0.0.0/8,::1/128',
    },
    clients: [
      { client_id: 'portal' },
      { client_id: 'fund', services: ['withdraw', 'query'] },
      { client_id: 'withdrawals', services: ['withdraw'] },
      { client_id: 'second', minimum_level: 2 },
      { client_id: 'third', minimum_level: 3 },
    ],
    accounts: [
      ...['ann', 'ben', 'cai', 'dan', 'eve', 'fan'].map((login) => ({
        login,
        level: 3 as const,
        totpSecret: TOTP_SECRET,
      })),
      { login: 'low', level: 2, totpSecret: TOTP_SECRET },
      ...sampled.map((index) => ({
        login: `sample${index}`,
        level: ([1, 2, 3, 4] as const)[index % 4] ?? 1,
        ...(index % 3 === 0 ? {} : { totpSecret: TOTP_SECRET }),
      })),
    ],
  });
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await rm(folder, { recursive: true, force: true });
});

async function signedIn(login: string) {
  const visitor = new MarkedVisitor();
  const browser = new CityBrowser(city.issuer, visitor);
  await browser.signIn(city.client('portal'), city.account(login));
  return { visitor, browser };
}

/** The page or answer that comes first, and the error in it. */
async function asked(browser: CityBrowser, clientId: string, parameters: RequestParameters = {}) {
  const { visit, pending } = await browser.request(city.client(clientId), parameters);
  const answer = nextAddress(visit)?.searchParams;
  return {
    visit,
    pending,
    page: pageName(visit),
    error: answer?.get('error'),
    hasCode: answer?.has('code') === true,
  };
}

describe('a service with a minimum', () => {
  test('that is named asks for it, says why, and is declined with the right error', async () => {
    const { browser } = await signedIn('ann');
    expect(await asked(browser, 'fund', { service: 'query' })).toMatchObject({ hasCode: true });
    expect(await asked(browser, 'fund')).toMatchObject({ hasCode: true });
    const silent = await asked(browser, 'fund', { service: 'withdraw', prompt: 'none' });
    expect(silent.error).toBe('unmet_authentication_requirements');
    const { visit, pending } = await asked(browser, 'fund', { service: 'withdraw' });
    expect(pageName(visit)).toBe('second-factor');
    expect(visit.body).toContain('公积金提取');
    const declined = browser.finish(pending, await browser.press(visit, 'cancel'));
    expect(declined.parameters.get('error')).toBe('unmet_authentication_requirements');
  });

  test('is asked for of every request, where the client serves no other', async () => {
    const { browser } = await signedIn('ben');
    expect((await asked(browser, 'withdrawals')).page).toBe('second-factor');
    const answer = await browser.authorize(city.client('withdrawals'), city.account('ben'));
    const { body } = await tokens.redeem(answer);
    const claims = await tokens.verifyIdToken(answer, String(body.id_token));
    expect(claims).toMatchObject({ acr: level(3) });
  });

  test('that the client has not registered is an error, also beside its own', async () => {
    const { browser } = await signedIn('low');
    for (const service of ['other', 'withdraw query']) {
      expect((await asked(browser, 'fund', { service })).error).toBe('invalid_request');
    }
    expect((await asked(browser, 'fund', { service: '' })).hasCode).toBe(true);
    expect((await asked(browser, 'fund', { service: 'withdraw' })).page).toBe('level-unmet');
  });
});

describe('a request that the gateway finds suspicious', () => {
  test('asks for a second factor though nothing else does, once for some minutes', async () => {
    const { browser, visitor } = await signedIn('cai');
    visitor.mark = 'velocity';
    const silent = await asked(browser, 'portal', { prompt: 'none' });
    expect(silent.error).toBe('unmet_authentication_requirements');
    const first = await asked(browser, 'portal');
    expect(first.page).toBe('second-factor');
    expect(first.visit.body).toContain('id="demand"');
    const otp = await otpOf(city.account('cai'));
    // The gateway has calmed down, the request has not.
    visitor.mark = undefined;
    const answer = browser.finish(
      first.pending,
      await browser.press(first.visit, 'verify', { otp }),
    );
    const { body } = await tokens.redeem(answer);
    const claims = await tokens.verifyIdToken(answer, String(body.id_token));
    expect(claims).toMatchObject({ acr: level(3), amr: ['pwd', 'otp', 'mfa'] });
    visitor.mark = 'velocity';
    expect((await asked(browser, 'portal')).hasCode).toBe(true);
    city.clock.advance(360);
    expect((await asked(browser, 'portal')).page).toBe('second-factor');
    city.clock.advance(-360);
    visitor.mark = '0';
    expect((await asked(browser, 'portal')).hasCode).toBe(true);
  });

  test('is declined with the right error, and recorded', async () => {
    const { browser, visitor } = await signedIn('dan');
    visitor.mark = 'IP Reputation!';
    const { visit, pending } = await asked(browser, 'portal');
    const declined = browser.finish(pending, await browser.press(visit, 'cancel'));
    expect(declined.parameters.get('error')).toBe('unmet_authentication_requirements');
    const records = city.storage.database.collection('auditRecords');
    const of = { type: 'oidc.request_suspected', actor: city.account('dan').id };
    await expect
      .poll(() => records.distinct('reason', { ...of, 'details.gateway': 'other' }))
      .toEqual(['asked', 'request_refused']);
  });

  test('counts from the page on which it was found, too', async () => {
    const visitor = new MarkedVisitor();
    const browser = new CityBrowser(city.issuer, visitor);
    const { visit, pending } = await browser.request(city.client('portal'));
    const { login, password } = city.account('eve');
    visitor.mark = 'stuffing';
    const next = await browser.press(visit, 'sign-in', { login, password });
    expect(pageName(next)).toBe('second-factor');
    visitor.mark = undefined;
    const otp = await otpOf(city.account('eve'));
    const answer = browser.finish(pending, await browser.press(next, 'verify', { otp }));
    expect(answer.code).not.toBe('');
  });

  test('is not for the sender to say: neither marked nor cleared by a parameter', async () => {
    const { browser, visitor } = await signedIn('fan');
    const forged = { hutong_suspicion: 'x@1' };
    expect((await asked(browser, 'portal', forged)).hasCode).toBe(true);
    visitor.mark = 'yes';
    expect((await asked(browser, 'portal', forged)).page).toBe('second-factor');
  });
});

interface Sample {
  demand: OracleDemand;
  parameters: RequestParameters;
  clientId: string;
}

const samples: fc.Arbitrary<Sample> = fc
  .record({
    acrValues: fc.constantFrom(undefined, 'gold', level(2), `${level(4)} ${level(3)}`, level(4)),
    essential: fc.constantFrom<OracleDemand['essential']>(
      undefined,
      { value: level(3) },
      { values: ['gold', level(2)] },
      { value: 'gold' },
    ),
    client: fc.constantFrom(
      { id: 'portal' },
      { id: 'second', clientMinimum: 2 },
      { id: 'third', clientMinimum: 3 },
      { id: 'withdrawals', services: { named: [], served: [3] } },
    ),
    prompt: fc.constantFrom(undefined, 'none', 'login'),
  })
  .map(({ acrValues, essential, client: { id: clientId, ...minimums }, prompt }) => ({
    clientId,
    demand: {
      ...minimums,
      ...(acrValues ? { acrValues } : {}),
      ...(essential ? { essential } : {}),
    },
    parameters: {
      acr_values: acrValues,
      claims: essential && claim({ ...essential, essential: true }),
      prompt,
    },
  }));

test('a sample of all combinations: the level of the oracle, or the error', async () => {
  const drawn = fc.sample(samples, { numRuns: SAMPLES, seed: 20_261_122 });
  for (const [index, sample] of drawn.entries()) {
    const account = city.account(`sample${index}`);
    const realName = (index % 4) + 1;
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), account);
    const outcome = await outcomeOf(browser, account, sample);
    const demand = rightDemand(sample.demand);
    const isReachable = demand <= rightLevel(realName, new Set(['pwd', 'otp']));
    const isReached = demand <= rightLevel(realName, new Set(['pwd']));
    const mayStepUp = account.totpSecret !== undefined && sample.parameters['prompt'] !== 'none';
    const level = rightLevel(realName, new Set(outcome.amr));
    const isMet = isReached || (isReachable && mayStepUp);
    const right = isMet
      ? { acr: Math.max(demand, level), amr: outcome.amr }
      : { error: 'unmet_authentication_requirements' };
    expect({ realName, ...sample, outcome }).toEqual({ realName, ...sample, outcome: right });
  }
});

/** Does what the pages ask as far as this person can, then goes back. */
async function outcomeOf(
  browser: CityBrowser,
  account: CityAccount,
  { clientId, parameters }: Sample,
): Promise<{ acr?: number; amr?: string[]; error?: string | null }> {
  const { pending, visit } = await browser.request(city.client(clientId), parameters);
  let page = await browser.walk(visit, account);
  if (nextAddress(page) === undefined) {
    const button = pageName(page)?.startsWith('level-') === true ? 'back' : 'cancel';
    page = await browser.press(page, button);
  }
  const answer = browser.finish(pending, page);
  if (answer.code === '') return { error: answer.parameters.get('error') };
  const { body } = await tokens.redeem(answer);
  const { acr, amr } = await tokens.verifyIdToken(answer, String(body.id_token));
  return { acr: Number(String(acr).split(':').at(-1)), amr: amr as string[] };
}
