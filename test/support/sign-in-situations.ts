// A situation of a sign-in from which the tests of its steps start.
import type { SignInSituation } from '../../src/interactions/sign-in-steps.ts';

export const citizen = { kind: 'naturalPerson', isActive: true, realNameLevel: 3 } as const;

export const passwordGiven: SignInSituation = {
  account: citizen,
  amr: ['pwd'],
  reasons: ['no_session'],
  isFresh: true,
  isRecent: false,
  isByCode: false,
  isCodeConfirmed: false,
  demand: 0,
  entityDemand: 0,
  organisationMeans: [],
  isFactorStale: false,
  hasSecondFactor: false,
  hasConfirmedContact: true,
  isContactProven: false,
  passwordDue: undefined,
  isAgreementDue: false,
  isClosing: false,
  isBindingDue: false,
  atProvince: undefined,
};
