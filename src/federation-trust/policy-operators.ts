// The operators of a metadata policy (OpenID Federation 1.0, 6.1.3): how two of one kind merge, which may
// stand together, what each does to a parameter. In the order of their application.
import { isDeepStrictEqual } from 'node:util';

/** Ours: the real-name level is lowered to this, 1 to 4. Of two the lower counts; none may raise it. */
export const LEVEL_CAP_OPERATOR = 'urn:hutong:level_cap';

export type PolicyProblem = 'policy_conflict' | 'level_cap_raised';
export type Operators = Readonly<Record<string, unknown>>;
export type Merged = { ok: true; value: unknown } | { ok: false; problem: PolicyProblem };
/** `value: undefined`: the parameter is absent. */
export type Applied = { ok: true; value: unknown } | { ok: false };

interface Operator {
  isValue(value: unknown): boolean;
  /** @param superior of the two, the one that stands higher in the chain */
  merge(superior: unknown, subordinate: unknown): Merged;
  apply(parameter: unknown, operator: unknown): Applied;
}

const CONFLICT = { ok: false, problem: 'policy_conflict' } as const;
const FAILED = { ok: false } as const;

const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
const isPlain = (value: unknown) => isScalar(value) || isList(value) || isObject(value);
const done = (value: unknown) => ({ ok: true, value }) as const;

export const operators: Readonly<Record<string, Operator>> = {
  value: {
    isValue: (value) => value === null || isPlain(value),
    merge: mergeEqual,
    apply: (_parameter, value) => done(value ?? undefined),
  },
  add: {
    isValue: isList,
    merge: (a, b) => done(union(a as unknown[], b as unknown[])),
    apply: (parameter, value) => {
      if (parameter === undefined) return done(value);
      return isList(parameter) ? done(union(parameter, value as unknown[])) : FAILED;
    },
  },
  default: {
    isValue: isPlain,
    merge: mergeEqual,
    apply: (parameter, value) => done(parameter ?? value),
  },
  [LEVEL_CAP_OPERATOR]: {
    isValue: isLevel,
    merge: (a, b) =>
      Number(b) > Number(a) ? { ok: false, problem: 'level_cap_raised' } : done(Number(b)),
    apply: (parameter, value) => {
      if (parameter === undefined) return done(value);
      return isLevel(parameter) ? done(Math.min(parameter, Number(value))) : FAILED;
    },
  },
  one_of: {
    isValue: isList,
    merge: (a, b) => {
      const both = intersection(a as unknown[], b as unknown[]);
      return both.length > 0 ? done(both) : CONFLICT;
    },
    apply: (parameter, value) =>
      parameter === undefined || has(value as unknown[], parameter) ? done(parameter) : FAILED,
  },
  subset_of: {
    isValue: isList,
    merge: (a, b) => done(intersection(a as unknown[], b as unknown[])),
    apply: (parameter, value) => {
      if (parameter === undefined) return done(undefined);
      return isList(parameter) ? done(intersection(parameter, value as unknown[])) : FAILED;
    },
  },
  superset_of: {
    isValue: isList,
    merge: (a, b) => done(union(a as unknown[], b as unknown[])),
    apply: (parameter, value) => {
      const isKept = isList(parameter) && isSubset(value as unknown[], parameter);
      return parameter === undefined || isKept ? done(parameter) : FAILED;
    },
  },
  essential: {
    isValue: (value) => typeof value === 'boolean',
    merge: (a, b) => done(a === true || b === true),
    apply: (parameter, value) =>
      value === true && parameter === undefined ? FAILED : done(parameter),
  },
};

/** True when these operators may stand together for one parameter. */
export function areCompatible(policy: Operators): boolean {
  return combinations.every(([one, other, fits]) => {
    if (!Object.hasOwn(policy, one) || !Object.hasOwn(policy, other)) return true;
    return fits(policy[one], policy[other]);
  });
}

type Combination = readonly [string, string, (a: unknown, b: unknown) => boolean];

const subset = (a: unknown, b: unknown) => isList(a) && isList(b) && isSubset(a, b);
const never = () => false;

/** What is not named may stand together always. */
const combinations: readonly Combination[] = [
  ['value', 'add', (value, add) => subset(add, value)],
  ['value', 'default', (value) => value !== null],
  ['value', 'one_of', (value, allowed) => isList(allowed) && has(allowed, value)],
  ['value', 'subset_of', subset],
  ['value', 'superset_of', (value, needed) => subset(needed, value)],
  ['value', 'essential', (value, essential) => value !== null || essential !== true],
  ['add', 'one_of', never],
  ['add', 'subset_of', subset],
  ['one_of', 'subset_of', never],
  ['one_of', 'superset_of', never],
  ['subset_of', 'superset_of', (allowed, needed) => subset(needed, allowed)],
  // A cap that something else could overrule is none.
  ['value', LEVEL_CAP_OPERATOR, (value, cap) => isLevel(value) && value <= Number(cap)],
  ['default', LEVEL_CAP_OPERATOR, (value, cap) => isLevel(value) && value <= Number(cap)],
  ['one_of', LEVEL_CAP_OPERATOR, never],
  ['add', LEVEL_CAP_OPERATOR, never],
  ['subset_of', LEVEL_CAP_OPERATOR, never],
  ['superset_of', LEVEL_CAP_OPERATOR, never],
];

function mergeEqual(a: unknown, b: unknown): Merged {
  return isSame(a, b) ? done(a) : CONFLICT;
}

/** Lists are sets here: their order means nothing. */
function isSame(a: unknown, b: unknown): boolean {
  if (isList(a) && isList(b)) return isSubset(a, b) && isSubset(b, a);
  return isDeepStrictEqual(a, b);
}

function has(list: readonly unknown[], value: unknown): boolean {
  return list.some((each) => isSame(each, value));
}

function isSubset(some: readonly unknown[], all: readonly unknown[]): boolean {
  return some.every((each) => has(all, each));
}

function union(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  return [...a, ...b.filter((each) => !has(a, each))];
}

function intersection(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  return a.filter((each) => has(b, each));
}

function isLevel(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 4;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
