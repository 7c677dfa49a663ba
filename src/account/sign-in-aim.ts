// What a sign-in that the account centre asks for is wanted for, in a word of a closed list that goes
// along with the request: the pages of the sign-in name it in place of the account centre.

/** A parameter of the authorization request, of this client alone. */
export const AIM_PARAMETER = 'aim';

/** The words are `sign-in.aim.<aim>`. */
const aims = [
  'review',
  'departments',
  'verification',
  'entities',
  'children',
  'merge',
  /** Another account than the one that is signed in. */
  'other_account',
  'old_account',
  'privacy',
  'links',
  'security',
  /** At the province, where that registers. */
  'sign_up',
  'province',
] as const;
export type SignInAim = (typeof aims)[number];

/** Sections by where their addresses begin; more exact ones first. */
const SECTIONS: readonly (readonly [string, SignInAim])[] = [
  ['/review', 'review'],
  ['/departments', 'departments'],
  ['/verification', 'verification'],
  ['/migrate', 'old_account'],
  ['/account/entities', 'entities'],
  ['/account/children', 'children'],
  ['/account/merge', 'merge'],
  ['/account/old-account', 'old_account'],
  ['/account/privacy', 'privacy'],
  ['/account/links', 'links'],
  ['/account/security', 'security'],
];

/** @param page address of ours that the sign-in returns to; undefined for what has no name of its own */
export function aimOf(page: string): SignInAim | undefined {
  const [path = ''] = page.split('?', 1);
  return SECTIONS.find(([start]) => path === start || path.startsWith(`${start}/`))?.[1];
}

/** As it came with a request; undefined for anything else. */
export function readAim(value: unknown): SignInAim | undefined {
  return aims.find((aim) => aim === value);
}
