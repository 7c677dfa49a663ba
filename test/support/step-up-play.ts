// Plays requests through the pages of a sign-in to their end, as the library and the pages do together:
// for the tests of step-up. The rules are those of the source; only the oracle's are written anew.
import { assuranceLevel } from '../../src/oidc/claims/assurance.ts';
import { isEntitySufficient, isFactorStale, isMet } from '../../src/oidc/claims/demand.ts';
import type { Demand } from '../../src/oidc/claims/demand.ts';
import { isStepUp, nextStep } from '../../src/interactions/sign-in-steps.ts';
import type { SignInSituation } from '../../src/interactions/sign-in-steps.ts';
import { ceilingOf, rightDemand, rightLevel } from './step-up-oracle.ts';
import type { OracleDemand } from './step-up-oracle.ts';

export const NOW = 1_800_000_000;
export const LONG_AGO = NOW - 3600;

/** Whoever signs in: a person, or an organisation by itself. */
export interface Person {
  kind: 'naturalPerson' | 'legalEntity';
  realName: 0 | 1 | 2 | 3 | 4;
  owned: readonly ('totp' | 'passkey' | 'recovery')[];
  /** Of the living session; undefined: not signed in. */
  amr: readonly string[] | undefined;
  factorAt: number | undefined;
  isWilling: boolean;
  /** What a sign-in begins with. */
  begins: 'pwd' | 'licence' | 'certificate';
  /** What the city offers to organisations. */
  offered: readonly ('licence' | 'certificate')[];
}

export type Outcome =
  | { code: number; amr: readonly string[]; factorAt: number | undefined }
  | { error: 'login_required' | 'unmet_authentication_requirements' | 'access_denied' };

/** Plays a request to its end, as the library and the pages do together. */
export function play(
  person: Person,
  demand: Demand,
  prompt: 'none' | 'login' | undefined,
): Outcome {
  const { realName: realNameLevel, kind } = person;
  const isEnough = kind === 'naturalPerson' || isEntitySufficient(demand, realNameLevel);
  let amr = person.amr;
  let { factorAt } = person;
  let mustLogIn = prompt === 'login';
  for (let round = 0; round < 5; round += 1) {
    const reasons = [
      ...(mustLogIn ? ['login_prompt'] : []),
      ...(amr === undefined ? ['no_session'] : []),
      ...(amr && !(isEnough && isMet(demand, { realNameLevel, amr, factorAt }))
        ? ['level_unmet']
        : []),
    ];
    if (reasons.length === 0) {
      return { code: assuranceLevel(realNameLevel, amr ?? []), amr: amr ?? [], factorAt };
    }
    if (prompt === 'none') {
      return { error: amr ? 'unmet_authentication_requirements' : 'login_required' };
    }
    const answered = answerPages(person, { demand, reasons, amr, factorAt });
    if ('error' in answered) return answered;
    ({ amr, factorAt } = answered);
    mustLogIn = false;
  }
  throw new Error('the pages never end');
}

const SHOWN = { pwd: 'pwd', licence: 'e_licence', certificate: 'pop' } as const;

function answerPages(
  { kind, realName: realNameLevel, owned, isWilling, begins, offered }: Person,
  asked: {
    demand: Demand;
    reasons: string[];
    amr: readonly string[] | undefined;
    factorAt: number | undefined;
  },
): { amr: readonly string[]; factorAt: number | undefined } | (Outcome & { error: string }) {
  const { demand, reasons } = asked;
  let { amr = [], factorAt } = asked;
  let isKnown = asked.amr !== undefined;
  let isFresh = false;
  let ownedNow: readonly string[] = owned;
  for (let page = 0; page < 8; page += 1) {
    const situation: SignInSituation = {
      account: isKnown ? { kind, isActive: true, realNameLevel } : undefined,
      amr,
      reasons,
      isFresh,
      isRecent: true,
      isByCode: false,
      isCodeConfirmed: false,
      demand: demand.level,
      entityDemand: demand.entityLevel,
      organisationMeans: offered,
      isFactorStale: isFactorStale(demand, { amr, factorAt }),
      hasSecondFactor: ownedNow.some((factor) => factor !== 'recovery'),
      hasConfirmedContact: true,
      isContactProven: true,
      passwordDue: undefined,
      isAgreementDue: false,
      isClosing: false,
      isBindingDue: false,
      atProvince: undefined,
    };
    const next = nextStep(situation);
    const { step } = next;
    const declined = isStepUp(situation) ? 'unmet_authentication_requirements' : 'access_denied';
    if (step === 'finish') return { amr, factorAt };
    if (step === 'level_unmet' || step === 'level_unknown' || !isWilling)
      return { error: declined };
    if (step === 'password') {
      [isKnown, isFresh, amr] = [true, true, [SHOWN[begins]]];
      if (begins !== 'pwd') factorAt = NOW;
      continue;
    }
    if (next.step === 'organisation') {
      [isFresh, factorAt] = [true, NOW];
      amr = [...amr, SHOWN[next.means[0] ?? 'pwd']];
      continue;
    }
    if (step === 'enrol') ownedNow = ['totp'];
    amr = [...amr, ...(ownedNow.includes('totp') ? ['otp'] : ['hwk', 'user'])];
    factorAt = NOW;
  }
  throw new Error('a page comes again and again');
}

export function isRight(person: Person, oracle: OracleDemand, outcome: Outcome): boolean {
  const demand = rightDemand(oracle);
  if ('error' in outcome) {
    const reached = rightLevel(person.realName, new Set(person.amr ?? []));
    const isFreshEnough =
      oracle.isSuspicious !== true ||
      (person.factorAt !== undefined && person.factorAt > LONG_AGO && hasTwoFactors(person.amr));
    const wantsMore = person.kind === 'legalEntity' && person.realName < entityDemandOf(oracle);
    const isAlreadyMet =
      person.amr !== undefined && reached >= demand && isFreshEnough && !wantsMore;
    // Who has all that is asked for is only turned away by a sign-in that was cancelled.
    if (outcome.error === 'unmet_authentication_requirements') return !isAlreadyMet;
    return outcome.error === 'login_required' ? person.amr === undefined : !person.isWilling;
  }
  const { code, amr, factorAt } = outcome;
  if (code !== rightLevel(person.realName, new Set(amr)) || code > person.realName) return false;
  if (person.kind === 'legalEntity' && person.realName < entityDemandOf(oracle)) return false;
  if (code < demand || code > ceilingOf(new Set(amr))) return false;
  return oracle.isSuspicious !== true || (hasTwoFactors(amr) && (factorAt ?? 0) > LONG_AGO);
}

/** Services ask as much of an organisation as of a person, in these tests. */
export function entityDemandOf({ services }: OracleDemand): number {
  if (!services) return 0;
  const { named, served } = services;
  return named.length > 0 ? Math.max(...named) : Math.min(...(served.length > 0 ? served : [0]));
}

function hasTwoFactors(amr: readonly string[] = []): boolean {
  const given = new Set(amr);
  if (given.has('pop') || given.has('e_licence')) return true;
  return given.has('hwk') || (given.has('pwd') && (given.has('otp') || given.has('recovery_code')));
}
