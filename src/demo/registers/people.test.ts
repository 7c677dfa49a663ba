// The people of the registers: possible numbers in a county that has never existed, each once.
import { expect, test } from 'vitest';
import { checkCertificate } from '../../accounts/identity-number.ts';
import { registeredPeople } from './people.ts';

test('every number passes its check digit, and is of one person only', () => {
  const numbers = registeredPeople.map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const number of numbers) {
    expect(number).toMatch(/^440000/u);
    const { outcome } = checkCertificate({ type: '111', number }, new Date());
    expect(`${number} ${outcome}`).toBe(`${number} valid`);
  }
});
