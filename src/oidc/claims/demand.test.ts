import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assuranceLevel } from './assurance.ts';
import { cheapestStep, demandedLevel, UNREACHABLE_LEVEL } from './demand.ts';

const acr = (level: number) => `urn:hutong:level:${level}`;

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
