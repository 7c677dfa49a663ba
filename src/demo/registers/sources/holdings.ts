// What social security, the operator and the bank of the demonstration know of the people of its
// registers: a phone and a bank card each. All invented; no bank has cards with these first digits.
import { demoAccounts } from '../../demo-accounts.ts';
import { registeredPeople, sampleChildren, samplePeople } from '../people.ts';
import type { RegisteredPerson } from '../people.ts';

export type Holding = RegisteredPerson & {
  /** Eleven digits. */
  readonly phone: string;
  /** Sixteen digits. */
  readonly card: string;
  /** Of the city's social security; who works elsewhere is not. */
  readonly isInsured: boolean;
};

/** Like the phones of the accounts of the demonstration, and of none of them. */
const FIRST_PHONE = 19_900_000_011;
const CARD_PREFIX = '999999000000';

/** Insured elsewhere, so that a newcomer sees what the city's social security says of such people. */
const INSURED_ELSEWHERE: ReadonlySet<string> = new Set(['何长者']);

export const holdings: readonly Holding[] = registeredPeople
  .filter(({ number }) => !isChild(number))
  .map((person, index) => ({
    ...person,
    phone: phoneOf(person),
    card: withCheckDigit(`${CARD_PREFIX}${String(index + 1).padStart(3, '0')}`),
    isInsured: !INSURED_ELSEWHERE.has(person.name),
  }));

/** Of people without an account, for newcomers. */
export const sampleHoldings: readonly Holding[] = holdings.filter(({ number }) =>
  samplePeople.some((person) => person.number === number),
);

/** Who has neither a phone nor a card. */
function isChild(number: string): boolean {
  return sampleChildren.some((child) => child.number === number);
}

function phoneOf({ name, number }: RegisteredPerson): string {
  const index = samplePeople.findIndex((person) => person.number === number);
  if (index !== -1) return String(FIRST_PHONE + index);
  const account = demoAccounts.find(
    (each) => each.certificateNumber === number || (!each.certificateNumber && each.name === name),
  );
  if (!account) throw new Error(`${name} has no phone`);
  return account.phone;
}

/** ISO/IEC 7812-1 annex B. */
function withCheckDigit(digits: string): string {
  const sum = Array.from(digits, Number)
    .reverse()
    .map((digit, index) => (index % 2 === 0 ? digit * 2 : digit))
    .map((digit) => (digit > 9 ? digit - 9 : digit))
    .reduce((total, each) => total + each, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
