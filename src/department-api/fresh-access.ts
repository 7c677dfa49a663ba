// Power is given and taken only by who has signed in minutes ago with two factors; others are told what
// sign-in is needed (RFC 9470), so that a system sends them to it.
import { assuranceLevel, acrOf, provesMoreThanContact } from '../oidc/claims/assurance.ts';
import { FRESH_SIGN_IN_SECONDS } from '../oidc/lifetimes.ts';
import type { PersonAccess } from '../oidc/bearer/verify-bearer.ts';
import { REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import { refuse } from './api-problems.ts';
import type { ApiRefusal } from './api-problems.ts';

export interface FreshDependencies {
  clock: Clock;
}

/** Asked for with time to spare, so that what is begun can be finished. Seconds. */
const ASKED_MAX_AGE = 300;

/** Undefined when the sign-in is good enough. */
export function insufficientSignIn(
  { clock }: FreshDependencies,
  { account, session }: PersonAccess,
): ApiRefusal | undefined {
  const { loginTs, amr = [] } = session ?? {};
  const isRecent = loginTs !== undefined && epochSeconds(clock) - loginTs <= FRESH_SIGN_IN_SECONDS;
  const isStrong = assuranceLevel(account.realNameLevel, amr) >= REPRESENTATIVE_LEVEL;
  if (isRecent && isStrong && provesMoreThanContact(amr)) return undefined;
  const challenge = {
    acr_values: acrOf(REPRESENTATIVE_LEVEL) ?? '',
    max_age: String(ASKED_MAX_AGE),
  };
  return refuse('authentication_insufficient', { challenge });
}
