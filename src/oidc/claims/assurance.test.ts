import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acrOf, acrValues, assuranceLevel, levelOfAcr, loginStrength } from './assurance.ts';

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
