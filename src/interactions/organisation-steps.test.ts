// The steps of organisations that sign in by themselves; all others are in sign-in-steps.test.ts.
import { expect, it } from 'vitest';
import { citizen, passwordGiven } from '../../test/support/sign-in-situations.ts';
import { nextStep } from './sign-in-steps.ts';
import type { SignInSituation } from './sign-in-steps.ts';

const company = { ...citizen, kind: 'legalEntity' } as const;

const highest = { ...company, realNameLevel: 4 };
const living = { isFresh: false, isRecent: true, reasons: ['level_unmet'] };
const base = { ...passwordGiven, account: company };

it.each([
  [
    'an organisation whose password is not enough',
    { account: company, demand: 3, organisationMeans: ['licence'] },
    'organisation',
  ],
  [
    'one whose licence would not be enough, either',
    { account: highest, demand: 4, organisationMeans: ['licence'] },
    'contact_code',
  ],
  [
    'one that has shown its licence alone, which sets up no factor of its own',
    { account: highest, amr: ['e_licence'], demand: 4, isContactProven: true },
    'contact_missing',
  ],
  [
    'one whose licence has opened the session a moment ago',
    { account: highest, amr: ['e_licence'], demand: 4, ...living },
    'contact_missing',
  ],
  [
    'one that has given its password beside the licence',
    { account: highest, amr: ['pwd', 'e_licence'], demand: 4 },
    'contact_code',
  ],
  [
    'one that the system wants verified further',
    { account: company, isFresh: false, reasons: ['level_unmet'], entityDemand: 4 },
    'level_unmet',
  ],
  [
    'a person at a system that wants organisations verified further',
    { account: citizen, isFresh: false, reasons: ['level_unmet'], entityDemand: 4 },
    'finish',
  ],
] as const)('%s', (_name, change, expected) => {
  expect(nextStep({ ...base, ...(change as Partial<SignInSituation>) }).step).toBe(expected);
});
