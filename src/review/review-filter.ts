// The text filter of the queue: words like `is:pending kind:merge older:3d -assigned:me`, every part
// from a closed list, read into conditions that name no field of the database. What is not understood
// is told with its place in the text.
import { reviewKinds } from './review-case.ts';
import type { ReviewKind } from './review-case.ts';

export const filterStates = [
  'open',
  'pending',
  'asked',
  'decided',
  'closed',
  'approved',
  'rejected',
  'withdrawn',
  'claimed',
  'free',
  'overdue',
  'stuck',
  'drawn',
] as const;
export type FilterState = (typeof filterStates)[number];

export const filterKeys = [
  'is',
  'kind',
  'older',
  'newer',
  'assigned',
  'approvals',
  'votes',
  'with',
  'case',
  'account',
] as const;
export type FilterKey = (typeof filterKeys)[number];

const assignees = ['me', 'none', 'anyone'] as const;

export type FilterTerm = { isNegated: boolean } & (
  | { key: 'is'; value: FilterState }
  | { key: 'kind'; value: ReviewKind }
  /** Seconds. */
  | { key: 'older' | 'newer'; value: number }
  | { key: 'assigned'; value: (typeof assignees)[number] }
  | { key: 'approvals' | 'votes'; value: number }
  | { key: 'with'; value: 'files' | 'note' }
  | { key: 'case' | 'account'; value: string }
);

export interface FilterProblem {
  /** Of the word, in characters of the text. */
  start: number;
  end: number;
  reason: 'key_unknown' | 'value_unknown' | 'duration_wrong' | 'number_wrong' | 'too_many';
  /** What could stand there. */
  known: readonly string[];
}

export type ParsedFilter =
  | { ok: true; terms: FilterTerm[] }
  | { ok: false; problems: FilterProblem[] };

const MOST_TERMS = 12;
export const FILTER_LENGTH = 300;
const UNIT_SECONDS = { h: 3600, d: 86_400, w: 604_800 } as const;
const DURATION = /^(?<count>\d{1,3})(?<unit>[hdw])$/u;
const CASE_ID = /^\d{12}$/u;
const ACCOUNT_ID = /^[\w-]{22}$/u;

/** Words for what each key takes, as the page documents them. */
export const filterValues: Readonly<Record<FilterKey, readonly string[]>> = {
  is: filterStates,
  kind: reviewKinds,
  older: ['12h', '3d', '2w'],
  newer: ['12h', '3d', '2w'],
  assigned: assignees,
  approvals: ['1', '2'],
  votes: ['0', '1'],
  with: ['files', 'note'],
  case: ['482109375526'],
  account: ['…'],
};

export function parseFilter(text: string): ParsedFilter {
  const words = [...text.matchAll(/\S+/gu)];
  const read = words.map((word) => readWord(word[0], word.index));
  const problems = read.flatMap((each) => ('reason' in each ? [each] : []));
  if (words.length > MOST_TERMS) {
    const start = words[MOST_TERMS]?.index ?? 0;
    problems.push({ start, end: text.length, reason: 'too_many', known: [] });
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, terms: read.flatMap((each) => ('reason' in each ? [] : [each])) };
}

function readWord(word: string, start: number): FilterTerm | FilterProblem {
  const isNegated = word.startsWith('-');
  const body = isNegated ? word.slice(1) : word;
  // The number of a case alone, as it is read out on the telephone.
  if (CASE_ID.test(body)) return { isNegated, key: 'case', value: body };
  const [key = '', value = ''] = body.split(/[:：](.*)/su);
  const end = start + word.length;
  const name = filterKeys.find((known) => known === key.toLowerCase());
  if (!name || value === '') {
    const known = name ? filterValues[name] : filterKeys.map((each) => `${each}:`);
    return { start, end, reason: name ? 'value_unknown' : 'key_unknown', known };
  }
  const term = termOf(name, value.toLowerCase(), value);
  if (term) return { isNegated, ...term };
  const reason =
    name === 'older' || name === 'newer'
      ? 'duration_wrong'
      : name === 'case' || name === 'account' || name === 'approvals' || name === 'votes'
        ? 'number_wrong'
        : 'value_unknown';
  return { start, end, reason, known: filterValues[name] };
}

type Bare = FilterTerm extends infer T
  ? T extends FilterTerm
    ? Omit<T, 'isNegated'>
    : never
  : never;

function termOf(key: FilterKey, value: string, exact: string): Bare | undefined {
  switch (key) {
    case 'is':
      return listed(filterStates, value, (found) => ({ key, value: found }));
    case 'kind':
      return listed(reviewKinds, value, (found) => ({ key, value: found }));
    case 'assigned':
      return listed(assignees, value, (found) => ({ key, value: found }));
    case 'with':
      return listed(['files', 'note'] as const, value, (found) => ({ key, value: found }));
    case 'older':
    case 'newer':
      return durationOf(key, value);
    case 'approvals':
    case 'votes':
      return /^[012]$/u.test(value) ? { key, value: Number(value) } : undefined;
    case 'case':
      return CASE_ID.test(value) ? { key, value } : undefined;
    case 'account':
      return ACCOUNT_ID.test(exact) ? { key, value: exact } : undefined;
    default:
      return key satisfies never;
  }
}

function listed<T extends string>(
  known: readonly T[],
  value: string,
  make: (found: T) => Bare,
): Bare | undefined {
  const found = known.find((each) => each === value);
  return found === undefined ? undefined : make(found);
}

function durationOf(key: 'older' | 'newer', value: string): Bare | undefined {
  const { count, unit } = DURATION.exec(value)?.groups ?? {};
  if (count === undefined || unit === undefined) return undefined;
  return { key, value: Number(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS] };
}

/** The text cut into what is right and what is not, for marking. */
export function markProblems(
  text: string,
  problems: readonly FilterProblem[],
): { text: string; isWrong: boolean }[] {
  const parts: { text: string; isWrong: boolean }[] = [];
  let at = 0;
  for (const { start, end } of problems.toSorted((a, b) => a.start - b.start)) {
    if (start < at) continue;
    parts.push({ text: text.slice(at, start), isWrong: false });
    parts.push({ text: text.slice(start, end), isWrong: true });
    at = end;
  }
  parts.push({ text: text.slice(at), isWrong: false });
  return parts.filter((part) => part.text !== '');
}
