// Where ways to the province begin.

export const provincePaths = {
  signUp: '/sign-up/province',
  verification: '/verification/province',
} as const;

/** In an address: the registration of an organisation waits for the verification of its representative. */
export const ONWARD = 'entities';
