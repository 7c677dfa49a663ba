// Addresses of a registration.
import { z } from 'zod';

export const signUpPaths = {
  start: '/sign-up',
  keepContact: '/sign-up/display',
  code: '/sign-up/code',
  sendCode: '/sign-up/code/send',
  known: '/sign-up/known',
  details: '/sign-up/details',
  keepDetails: '/sign-up/details/display',
  registered: '/sign-up/registered',
} as const;

/** The id of an interaction; it opens nothing without the cookie of its browser. */
export const interactionId = z
  .string()
  .max(64)
  .regex(/^[\w-]{10,64}$/u);

/** The first page: for a person unless said otherwise. */
export function signUpStart(of: {
  interaction?: string | undefined;
  /** Absent: that of the registration under way, or else the phone. */
  channel?: 'sms' | 'mail';
  kind?: 'naturalPerson' | 'legalEntity';
}): string {
  const query = new URLSearchParams({
    ...(of.interaction === undefined ? {} : { interaction: of.interaction }),
    ...(of.channel === undefined ? {} : { by: of.channel === 'mail' ? 'mail' : 'phone' }),
    ...(of.kind === 'legalEntity' ? { kind: of.kind } : {}),
  }).toString();
  return query === '' ? signUpPaths.start : `${signUpPaths.start}?${query}`;
}

/** The sign-in that a registration began from, or else the account centre, which leads to one. */
export function signInPath(interaction: string | undefined): string {
  return interaction === undefined ? '/account' : `/interaction/${interaction}`;
}
