// What reviewers are told when the registers are asked once more.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegisters } from '../../test/support/registers.ts';
import type { Registers } from '../../test/support/registers.ts';
import { systemClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { createOutbound } from '../platform/outbound.ts';
import { loadVerification } from '../platform/verification-config.ts';
import { samplePeople } from '../demo/registers/people.ts';
import type { FieldTexts, ReviewCase, SourceAnswer } from '../review/review-case.ts';
import { askSources } from './ask-sources.ts';
import type { AskedRegister } from './ask-sources.ts';
import { ConnectorRunner } from './connector-runner.ts';
import { ElementRegister } from './element-register.ts';
import { SourceUsageStore } from './source-usage-store.ts';
import { testDatabase } from '../../test/support/database.ts';
import { openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';

const { uri } = testDatabase();
const outbound = createOutbound({ allow: ['127.0.0.0/8:*'] });
const clock = systemClock;
const { name = '', number = '' } = samplePeople[0] ?? {};
let registers: Registers;
let storage: TestStorage;
let register: AskedRegister;

beforeAll(async () => {
  [registers, storage] = await Promise.all([
    startRegisters({ review: { cap: 3 }, population: { breaker: { failures: 1000 } } }),
    openTestStorage(uri, []),
  ]);
  const config = loadVerification(registers.environment['HUTONG_VERIFICATION'], [])?.sources;
  if (!config?.population) throw new Error('no register');
  const logger = createLogger({ level: 'silent', service: 'test' });
  const usage = new SourceUsageStore(storage);
  const deps = { clock, logger, usage, metrics: { observe: () => undefined } };
  const runner = new ConnectorRunner(deps, 'population', config.population);
  const provider = new ElementRegister({ outbound, runner }, 'population', config.population);
  register = { provider, config: config.population };
});
afterAll(async () => {
  await outbound.close();
  await Promise.all([registers.stop(), storage.database.close()]);
});

const before: SourceAnswer[] = [
  {
    source: 'population',
    outcome: 'unavailable',
    resultCode: 'failed',
    at: new Date(0),
    values: {},
  },
  {
    source: 'account',
    outcome: 'different',
    resultCode: 'identity_held',
    at: new Date(0),
    values: {},
  },
];

async function ask(claimed: FieldTexts): Promise<string[]> {
  const of = { claimed, answers: before } as unknown as ReviewCase;
  const answers = await askSources({ registers: { population: register }, clock }, of);
  return answers.map(({ source, outcome, resultCode }) => `${source} ${outcome} ${resultCode}`);
}

describe('a register that is asked again', () => {
  const claimed = { name, certificateType: '111', certificateNumber: number };

  it.each<[FieldTexts, string]>([
    [claimed, 'population matched 00'],
    [{ ...claimed, name: '别人' }, 'population different 01'],
    [{ ...claimed, certificateNumber: '440000199208169999' }, 'population not_found 02'],
  ])('answers in place of its former answer, and of no other source: %#', async (of, answer) => {
    expect(await ask(of)).toEqual(['account different identity_held', answer]);
  });

  it.each<FieldTexts>([
    { ...claimed, certificateType: '414' },
    { certificateType: '111', certificateNumber: number },
  ])('is left alone with what it cannot know: %#', async (of) => {
    const asked = await registers.askedOf('population');
    expect(await ask(of)).toHaveLength(2);
    expect(await registers.askedOf('population')).toBe(asked);
  });

  it('that is down or lies says nothing', async () => {
    await registers.setFault('population', 'down');
    expect(await ask(claimed)).toContain('population unavailable failed');
    await registers.setFault('population', 'contradictory');
    expect(await ask(claimed)).toContain('population unclear contradictory');
    await registers.setFault('population', 'none');
  });
});
