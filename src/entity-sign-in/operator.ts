// Who is at the keyboard where an organisation has signed in by itself, as far as somebody names them.

export interface Operator {
  /** As the means of the organisation says; a city that compares it says so elsewhere. */
  name: string;
  /** What names the person. */
  source: 'licence' | 'certificate';
  /** What the person is to the organisation, as the licence says. */
  role?: 'legal_representative' | 'manager' | undefined;
  /** The account that is verified as this person, where there is one. */
  accountId?: string | undefined;
}

/** Another person, or nobody who is known, makes another session. */
export function isSameOperator(a: Operator | undefined, b: Operator | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.name === b.name && a.source === b.source && a.role === b.role && a.accountId === b.accountId
  );
}
