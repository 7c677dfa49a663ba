// The bodies of the register: possible codes of a district that does not exist, each once.
import { expect, test } from 'vitest';
import { checkSocialCreditCode } from '../../../accounts/social-credit-code.ts';
import { registeredEntities } from './companies.ts';

test('every code is possible and is of one body only; one fails its check digit and is lawful', () => {
  const codes = registeredEntities.map(({ uscc }) => uscc);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.every((code) => code.slice(2, 8) === '440000')).toBe(true);
  const outcomes = codes.map((code) => checkSocialCreditCode(code).outcome);
  expect(outcomes.filter((outcome) => outcome === 'invalid')).toEqual([]);
  expect(outcomes.filter((outcome) => outcome === 'needs_register')).toHaveLength(1);
});
