// A short run of fault histories; `npm run faults -- --rounds 100` is the long one. A failure names
// the seed; HUTONG_FAULT_SEED repeats it, HUTONG_FAULT_ROUNDS makes it longer.
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startFaultCity } from './fault-city.ts';
import type { FaultCity } from './fault-city.ts';
import type { FaultName } from './nemesis.ts';
import { faultNames } from './nemesis.ts';
import { runHistory } from './run.ts';

const binary = inject('mongodBinary');
const LONG = 300_000;
/** How long something takes is for the long run on a quiet machine to say. */
const PATIENCE_MS = 60_000;
/** Half a minute until there is a majority again: for the long run. */
const kinds = faultNames.filter((name) => name !== 'primary_held');
const half = Math.ceil(kinds.length / 2);
const rounds = Number(process.env['HUTONG_FAULT_ROUNDS'] ?? half);
const seed = Number(process.env['HUTONG_FAULT_SEED'] ?? randomInt(1_000_000));

/** The kinds in turn. */
const strikes = (first: number): FaultName[] =>
  Array.from({ length: rounds }, (_, at) => kinds[(first + at) % kinds.length] as FaultName);

describe.skipIf(binary === undefined)('while things fail', () => {
  let city: FaultCity;
  beforeAll(async () => {
    city = await startFaultCity({
      binary: binary ?? '',
      citizens: 4,
      electionTimeoutMs: 1000,
      graceSeconds: 10,
      patienceMs: PATIENCE_MS,
    });
  }, LONG);
  afterAll(() => city.stop(), LONG);

  test.each([
    { graceSeconds: 10, seed: 20_261, faults: strikes(0) },
    { graceSeconds: 0, seed, faults: strikes(half) },
  ])(
    'nothing acknowledged is lost, nothing works twice, nothing ended lives (%o)',
    async ({ graceSeconds, seed: ofRun, faults }) => {
      if (graceSeconds !== 10) await city.setGrace(graceSeconds);
      const options = { seed: ofRun, rounds: faults, graceSeconds, calmMs: 400 };
      const report = await runHistory(city, { ...options, recoveryLimitMs: PATIENCE_MS });
      expect(report.problems).toEqual([]);
      expect(report.rounds).toHaveLength(faults.length);
      const worked = report.history.records.filter(({ outcome }) => outcome === 'ok');
      expect(new Set(worked.map(({ op }) => op))).toContain('refresh');
    },
    LONG,
  );
});
