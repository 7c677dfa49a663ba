// What a schema finds wrong, as data with the place and a code, so that pages and commands have their
// own words for it.
import type { z } from 'zod';

export interface SchemaProblem<Code extends string = SchemaProblemCode> {
  /** The field, with its place inside: `redirect_uris[1]`, `jwks.keys[0]`. */
  field: string;
  code: Code;
  values: Record<string, string | number>;
}

/** What zod finds by itself. */
export const schemaProblemCodes = [
  'missing',
  'expected_text',
  'expected_list',
  'expected_object',
  'expected_boolean',
  'expected_number',
  'empty',
  'too_long',
  'too_many',
  'out_of_range',
  'not_one_of',
  'unknown_field',
  'text_form',
] as const;
export type SchemaProblemCode = (typeof schemaProblemCodes)[number];

/**
 * Schemas name their own problems by code in `message`; what zod finds by itself is named here.
 * @param own the codes that the schema itself names
 */
export function schemaProblems<Own extends string>(
  error: z.ZodError,
  own: ReadonlySet<Own>,
): SchemaProblem<Own | SchemaProblemCode>[] {
  return error.issues.flatMap((issue): SchemaProblem<Own | SchemaProblemCode>[] => {
    const field = fieldName(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: join(field, key),
        code: 'unknown_field',
        values: {},
      }));
    }
    const code = isOneOf(own, issue.message) ? issue.message : codeOf(issue);
    return [{ field, code, values: valuesOf(issue) }];
  });
}

function isOneOf<Own extends string>(own: ReadonlySet<Own>, message: string): message is Own {
  return (own as ReadonlySet<string>).has(message);
}

function codeOf(issue: z.core.$ZodIssue): SchemaProblemCode {
  if (issue.code === 'invalid_type') {
    return issue.message.includes('received undefined') ? 'missing' : expectedType(issue.expected);
  }
  if (issue.code === 'invalid_value') return 'not_one_of';
  if (issue.code === 'too_big') return TOO_BIG[issue.origin] ?? 'out_of_range';
  if (issue.code === 'too_small') return TOO_SMALL[issue.origin] ?? 'out_of_range';
  if (issue.code === 'invalid_key') return 'unknown_field';
  return 'text_form';
}

const TOO_BIG: Record<string, SchemaProblemCode> = { string: 'too_long', array: 'too_many' };
const TOO_SMALL: Record<string, SchemaProblemCode> = { string: 'empty', array: 'empty' };

function expectedType(type: string): SchemaProblemCode {
  const known: Record<string, SchemaProblemCode> = {
    string: 'expected_text',
    array: 'expected_list',
    boolean: 'expected_boolean',
    number: 'expected_number',
    int: 'expected_number',
  };
  return known[type] ?? 'expected_object';
}

function valuesOf(issue: z.core.$ZodIssue): Record<string, string | number> {
  if (issue.code === 'invalid_value') return { options: issue.values.map(String).join(', ') };
  if (issue.code === 'too_big') return { maximum: Number(issue.maximum) };
  if (issue.code === 'too_small') return { minimum: Number(issue.minimum) };
  if (issue.code !== 'custom') return {};
  return { ...(issue.params as Record<string, string | number> | undefined) };
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : join(name, String(part))),
    '',
  );
}

function join(field: string, key: string): string {
  return field === '' ? key : `${field}.${key}`;
}
