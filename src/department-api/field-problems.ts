// What a schema found wrong, as the places and closed words that a program is told: never a value.
import type { z } from 'zod';
import type { FieldProblem, FieldProblemCode } from './api-problems.ts';

const MOST = 50;

export type InputPart = 'body' | 'path' | 'query';

export function fieldProblems(error: z.ZodError, part: InputPart): FieldProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, part)).slice(0, MOST);
}

function problemsOf(
  issue: z.core.$ZodIssue,
  part: InputPart,
  under: readonly PropertyKey[] = [],
): FieldProblem[] {
  const path = [...under, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ at: placeOf([...path, key], part), code: 'unknown' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // What fits best is most likely what was meant.
    const [closest = []] = issue.errors.toSorted((a, b) => a.length - b.length);
    return closest.flatMap((each) => problemsOf(each, part, path));
  }
  return [{ at: placeOf(path, part), code: codeOf(issue) }];
}

function codeOf(issue: z.core.$ZodIssue): FieldProblemCode {
  if (issue.code === 'invalid_type') {
    return issue.message.endsWith('received undefined') ? 'missing' : 'type_wrong';
  }
  if (issue.code === 'too_big') return TOO_BIG[issue.origin] ?? 'too_large';
  if (issue.code === 'too_small') return TOO_SMALL[issue.origin] ?? 'too_small';
  if (issue.code === 'invalid_value') return 'not_one_of';
  return 'form_wrong';
}

const TOO_BIG: Readonly<Record<string, FieldProblemCode>> = {
  string: 'too_long',
  array: 'too_many',
};
const TOO_SMALL: Readonly<Record<string, FieldProblemCode>> = {
  string: 'too_short',
  array: 'too_few',
};

function placeOf(path: readonly PropertyKey[], part: InputPart): string {
  const steps = path.map(String);
  if (part !== 'body') return `${part}:${steps.join('.')}`;
  return `#${steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`;
}
