// What the rules of step-up say, written a second time and in another way than src/: from the two
// ladders of the design, as tables. Tests compare; nothing here is imported from the source.

export interface OracleDemand {
  acrValues?: string;
  essential?: { value?: string; values?: readonly string[] };
  voluntary?: { value?: string; values?: readonly string[] };
  clientMinimum?: number;
  /** Minimums of the services that are named; of all that the client serves when none is. */
  services?: { named: readonly number[]; served: readonly number[] };
  isSuspicious?: boolean;
}

const LEVELS: Readonly<Record<string, number>> = {
  'urn:hutong:level:1': 1,
  'urn:hutong:level:2': 2,
  'urn:hutong:level:3': 3,
  'urn:hutong:level:4': 4,
};

/** The highest level that factors carry, whoever has them. */
export function ceilingOf(amr: ReadonlySet<string>): number {
  if (amr.has('hwk') || amr.has('pop')) return 4;
  // An electronic licence is two factors, none of them a key of the organisation.
  if (amr.has('e_licence')) return amr.has('otp') ? 4 : 3;
  if (!amr.has('pwd')) return 2;
  if (amr.has('otp')) return 4;
  return amr.has('recovery_code') ? 3 : 2;
}

/** The level of an account that has proven these. */
export function rightLevel(realName: number, amr: ReadonlySet<string>): number {
  const ceiling = ceilingOf(amr);
  return realName < ceiling ? realName : ceiling;
}

/** 5 where nobody can meet it. */
export function rightDemand(of: OracleDemand): number {
  let demand = 0;
  const raise = (to: number) => {
    if (to > demand) demand = to;
  };
  raise(cheapest((of.acrValues ?? '').split(' ')) ?? 0);
  for (const claim of [of.essential, of.voluntary]) {
    if (!claim) continue;
    const wanted = [...(claim.value === undefined ? [] : [claim.value]), ...(claim.values ?? [])];
    const least = cheapest(wanted);
    if (least !== undefined) raise(least);
    else if (wanted.length > 0 && claim === of.essential) raise(5);
  }
  raise(of.clientMinimum ?? 0);
  if (of.services) {
    const { named, served } = of.services;
    if (named.length > 0) for (const minimum of named) raise(minimum);
    else if (served.length > 0) raise([...served].sort((a, b) => a - b)[0] ?? 0);
  }
  return demand;
}

function cheapest(values: readonly string[]): number | undefined {
  let least: number | undefined;
  for (const value of values) {
    const level = LEVELS[value];
    if (level !== undefined && (least === undefined || level < least)) least = level;
  }
  return least;
}
