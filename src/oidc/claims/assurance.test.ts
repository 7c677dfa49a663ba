import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acrOf,
  acrValues,
  assuranceLevel,
  cheapestStep,
  demandedLevel,
  levelOfAcr,
  loginStrength,
  UNREACHABLE_LEVEL,
} from './assurance.ts';

const acr = (level: number) => `urn:hutong:level:${level}`;

test.each([
  [[], 1],
  [['pwd'], 1],
  [['otp'], 1],
  [['pwd', 'otp'], 2],
  [['pwd', 'otp', 'mfa'], 2],
  [['hwk'], 3],
])('factors %j are strength %i', (amr, strength) => {
  expect(loginStrength(amr)).toBe(strength);
});

test.each([
  [0, ['pwd', 'otp'], 0],
  [1, ['pwd', 'otp'], 1],
  [3, ['pwd'], 2],
  [3, ['pwd', 'otp'], 3],
  [4, ['pwd', 'otp'], 4],
  [4, [], 2],
])('an account of level %i with %j has level %i', (realNameLevel, amr, level) => {
  expect(assuranceLevel(realNameLevel, amr)).toBe(level);
});

test('a level is never above the account, and another factor never lowers it', () => {
  const factors = fc.subarray(['pwd', 'otp', 'hwk']);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), factors, factors, (realName, amr, more) => {
      const level = assuranceLevel(realName, amr);
      expect(level).toBeLessThanOrEqual(realName);
      expect(assuranceLevel(realName, [...amr, ...more])).toBeGreaterThanOrEqual(level);
    }),
  );
});

test('names and levels belong together, and level 0 has no name', () => {
  expect(acrValues.map(levelOfAcr)).toEqual([1, 2, 3, 4]);
  expect(acrOf(0)).toBeUndefined();
  for (const other of [undefined, '', acr(0), acr(5), `${acr(1)} `, 'urn:hutong:level:']) {
    expect(levelOfAcr(other)).toBeUndefined();
  }
});

describe('what a request demands', () => {
  test.each([
    ['nothing', {}, 0],
    ['a list: its lowest', { acrValues: `${acr(4)} ${acr(2)} ${acr(3)}` }, 2],
    ['unknown values: nothing', { acrValues: 'gold silver' }, 0],
    ['unknown beside known', { acrValues: `gold  ${acr(3)}` }, 3],
    ['a minimum above the list', { acrValues: acr(1), minimumLevel: 3 }, 3],
    ['a minimum below the list', { acrValues: acr(4), minimumLevel: 3 }, 4],
    ['a voluntary claim', { acrClaim: { value: acr(3) } }, 3],
    ['a voluntary claim of an unknown value', { acrClaim: { value: 'gold' } }, 0],
    ['an essential claim without value', { acrClaim: { essential: true } }, 0],
    ['a claim that is null', { acrClaim: null }, 0],
    [
      'essential values: their lowest',
      { acrClaim: { essential: true, values: [acr(4), acr(3)] } },
      3,
    ],
    [
      'essential unknown beside known',
      { acrClaim: { essential: true, values: ['gold', acr(2)] } },
      2,
    ],
    ['values of other types', { acrClaim: { values: [3, null, acr(3)] } }, 3],
  ])('%s', (_what, request, level) => {
    expect(demandedLevel(request)).toBe(level);
  });

  test('an essential unknown value is met by nobody, however low the list', () => {
    const acrClaim = { essential: true, value: 'gold' };
    expect(demandedLevel({ acrClaim, acrValues: acr(1) })).toBe(UNREACHABLE_LEVEL);
    expect(cheapestStep(UNREACHABLE_LEVEL, { realNameLevel: 4 }, ['hwk'])).toEqual({
      step: 'impossible',
    });
  });
});

test('the cheapest step always leads to the demand, or says why nothing does', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.subarray(['pwd', 'otp', 'hwk']),
      (demand, realNameLevel, amr) => {
        const { step } = cheapestStep(demand, { realNameLevel }, amr);
        const reach = (factors: string[]) => assuranceLevel(realNameLevel, factors) >= demand;
        const expected = reach(amr)
          ? 'none'
          : reach(['pwd', 'otp'])
            ? 'second_factor'
            : 'real_name';
        expect(step).toBe(expected);
      },
    ),
  );
});
