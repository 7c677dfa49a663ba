// Where ways to the province begin.

export const provincePaths = {
  signUp: '/sign-up/province',
  verification: '/verification/province',
} as const;
