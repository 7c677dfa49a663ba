// Every source that compares elements, from its faults to its budget, and answers that cannot be.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { startRegisters } from '../../test/support/registers.ts';
import type { Registers } from '../../test/support/registers.ts';
import { ShiftedClock } from '../../test/support/shifted-clock.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { verificationProcess } from '../../test/support/verification-process.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { holdings } from '../demo/registers/sources/holdings.ts';
import { createLogger } from '../platform/logger.ts';
import { createOutbound } from '../platform/outbound.ts';
import { elementSources } from '../platform/verification-config.ts';
import type { ElementSource } from '../platform/verification-config.ts';
import { ConnectorRunner } from './connector-runner.ts';
import { ElementRegister } from './element-register.ts';
import type { Verification } from './open-verification.ts';
import { extraElements } from './provider.ts';

const { uri } = testDatabase();
const outbound = createOutbound({ allow: ['127.0.0.0/8:*'] });
const clock = new ShiftedClock();
const [chen] = holdings.filter(({ name }) => name === '陈体验');
const [lin] = holdings.filter(({ name }) => name === '林新办');
const [he] = holdings.filter(({ name }) => name === '何长者');
if (!chen || !lin || !he) throw new Error('the people have changed');
const claim = { name: chen.name, certificate: { type: '111', number: chen.number } } as const;
const own = { phone: chen.phone, card: chen.card };

let registers: Registers;
let storage: TestStorage;
let verification: Verification;
let metrics: { text(): Promise<string> };

beforeAll(async () => {
  const patient = { breaker: { failures: 1000 }, timeoutMs: 500 };
  const few = { ...patient, dailyBudget: 40, costFen: 7 };
  [registers, storage] = await Promise.all([
    startRegisters({ population: few, socialSecurity: few, operator: few, bank: few }),
    openTestStorage(uri, [], clock),
  ]);
  const accounts = new AccountStore(storage);
  const process = { storage, accounts, outbound, clock, ended: [] };
  ({ verification, metrics } = verificationProcess(process, registers.environment));
});
afterAll(async () => {
  await outbound.close();
  await Promise.all([registers.stop(), storage.database.close()]);
});

async function ask(source: ElementSource, of: typeof claim = claim, extra: object = own) {
  const checked = await verification.registers[source]?.provider.check(of, extra);
  return `${checked?.outcome} ${checked?.resultCode}`;
}

describe.each(elementSources)('%s', (source) => {
  it('confirms who it knows, and says what differs', async () => {
    expect(await ask(source)).toBe('matched 00');
    expect(await ask(source, { ...claim, name: '别人' })).toBe('mismatched 01');
    const certificate = { type: '111', number: '440000199208169999' } as const;
    expect(await ask(source, { ...claim, certificate })).toBe('mismatched 02');
    const extra = extraElements[source];
    const withPhone = extra.includes('phone') ? 'mismatched 03' : 'matched 00';
    expect(await ask(source, claim, { ...own, phone: lin.phone })).toBe(withPhone);
    const withCard = extra.includes('card') ? 'mismatched 04' : 'matched 00';
    expect(await ask(source, claim, { ...own, card: lin.card })).toBe(withCard);
  });

  it.each([
    ['slow', 'unavailable failed'],
    ['down', 'unavailable failed'],
    ['contradictory', 'contradictory contradictory'],
    ['wrong', /^mismatched 0[12]$/u],
  ] as const)('that is %s is taken for what it is', async (mode, outcome) => {
    await registers.setFault(source, mode);
    expect(await ask(source)).toMatch(outcome);
    await registers.setFault(source, 'none');
  });

  it('is asked no more than its daily budget, which stops no other', async () => {
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => ask(source)));
    expect(outcomes).toContain('matched 00');
    expect(outcomes).toContain('unavailable budget_used_up');
    expect(await registers.askedOf(source)).toBeLessThanOrEqual(40);
    const usage = await storage.database
      .collection<{ _id: string }>('sourceUsage')
      .findOne({ _id: { $regex: `^${source}:` } });
    expect(usage).toMatchObject({ calls: 40, costFen: 280 });
  });
});

it('that are used up show in the figures of the operator', async () => {
  const figures = await metrics.text();
  for (const source of elementSources) {
    expect(figures).toContain(`hutong_verification_budget_left{source="${source}"} 0`);
  }
});

it('only the city’s own insured are known to its social security', async () => {
  clock.advance(86_400);
  const certificate = { type: '111', number: he.number } as const;
  const of = { name: he.name, certificate } as unknown as typeof claim;
  expect(await ask('socialSecurity', of)).toBe('mismatched 02');
  expect(await ask('population', of)).toBe('matched 00');
});

describe('an answer', () => {
  const good = { code: '00', found: true, name_matches: true };
  const whole = { ...good, phone_matches: true, card_matches: true };
  it.each<[ElementSource, object, string]>([
    ['bank', whole, 'matched'],
    ['bank', { ...whole, card_matches: false }, 'contradictory'],
    ['bank', { ...whole, phone_matches: false }, 'contradictory'],
    ['bank', good, 'contradictory'],
    ['bank', { ...whole, code: '04' }, 'contradictory'],
    ['bank', { ...whole, code: '04', card_matches: false }, 'mismatched'],
    ['operator', { ...good, phone_matches: true }, 'matched'],
    ['operator', { ...good, code: '04', phone_matches: true }, 'contradictory'],
    ['population', { ...good, code: '03' }, 'contradictory'],
    ['population', { ...good, found: false }, 'contradictory'],
    ['population', { ...good, code: '01' }, 'contradictory'],
    ['population', { ...good, code: '02', found: false, name_matches: false }, 'mismatched'],
    ['population', { ...good, request_id: 'of another question' }, 'contradictory'],
    ['population', { ...good, code: '99' }, 'contradictory'],
    ['population', { code: '00' }, 'contradictory'],
  ])('of %s that says %j is %s', async (source, answer, outcome) => {
    const asked: unknown[] = [];
    const answering = {
      fetch: (_url: unknown, init?: RequestInit) => {
        const question = JSON.parse(init?.body as string) as { request_id: string };
        asked.push(question);
        return Promise.resolve(Response.json({ request_id: question.request_id, ...answer }));
      },
    };
    const config = {
      url: 'https://source.example/check',
      key: 'the key of a source',
      certificateTypes: ['111'],
      cap: 2,
      timeoutMs: 1000,
      dailyBudget: 1000,
      costFen: 0,
      breaker: { failures: 2, openMs: 60_000 },
    };
    const usage = { take: () => Promise.resolve(true) } as never;
    const logger = createLogger({ level: 'silent', service: 'test' });
    const runner = new ConnectorRunner(
      { clock, logger, usage, metrics: { observe: () => undefined } },
      source,
      config,
    );
    const register = new ElementRegister({ outbound: answering, runner }, source, config);
    expect(await register.check(claim, own)).toMatchObject({ outcome });
    // Nobody is told what it does not compare.
    const told = JSON.stringify(asked);
    expect(told.includes(own.card)).toBe(source === 'bank');
    expect(told.includes(own.phone)).toBe(source === 'bank' || source === 'operator');
  });
});
