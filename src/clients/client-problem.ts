// What is wrong with a registration, as data: the words stand in locales (`clients.problem.<code>`).
import type { z } from 'zod';

export interface ClientProblem {
  /** The registration field, with its place inside: `redirect_uris[1]`, `jwks.keys[0]`. */
  field: string;
  code: ClientProblemCode;
  values: Record<string, string | number>;
}

export const clientProblemCodes = [
  'not_an_object',
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
  'not_supported',
  'text_form',
  'client_id_form',
  'email_form',
  'language_form',
  'service_form',
  'uri_invalid',
  'uri_fragment',
  'uri_wildcard',
  'uri_credentials',
  'uri_not_https',
  'uri_not_web',
  'uri_https_loopback',
  'uri_scheme_without_domain',
  'uri_scheme_forbidden',
  'uri_other_origin',
  'redirect_uri_needed',
  'scope_unknown',
  'scope_openid_missing',
  'purpose_without_scope',
  'grants_do_not_match',
  'secret_not_used',
  'secret_too_short',
  'public_without_pkce',
  'public_client_credentials',
  'signing_alg_not_used',
  'jwks_needed',
  'jwks_twice',
  'jwk_invalid',
  'jwk_private',
  'jwk_symmetric',
  'jwk_weak',
  'jwk_kid_twice',
  'approval_needed',
  'sector_document_needed',
  'sector_document_unreachable',
  'sector_document_invalid',
  'sector_document_incomplete',
  'device_subject_public',
  'device_sector_needed',
  'fapi2_without_device',
  'fapi2_requires',
  'fapi2_alg_unclear',
  'twice_in_file',
  'changed_meanwhile',
  'refused_by_provider',
] as const;
export type ClientProblemCode = (typeof clientProblemCodes)[number];

const codes = new Set<string>(clientProblemCodes);

export function problem(
  field: string,
  code: ClientProblemCode,
  values: Record<string, string | number> = {},
): ClientProblem {
  return { field, code, values };
}

/** Schemas name their own problems by code in `message`; what zod finds by itself is named here. */
export function problemsOf(error: z.ZodError): ClientProblem[] {
  return error.issues.flatMap((issue) => {
    const field = fieldName(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => problem(join(field, key), 'unknown_field'));
    }
    return [problem(field, codeOf(issue), valuesOf(issue))];
  });
}

function codeOf(issue: z.core.$ZodIssue): ClientProblemCode {
  if (codes.has(issue.message)) return issue.message as ClientProblemCode;
  if (issue.code === 'invalid_type') {
    return issue.message.includes('received undefined') ? 'missing' : expectedType(issue.expected);
  }
  if (issue.code === 'invalid_value') return 'not_one_of';
  if (issue.code === 'too_big') return TOO_BIG[issue.origin] ?? 'out_of_range';
  if (issue.code === 'too_small') return TOO_SMALL[issue.origin] ?? 'out_of_range';
  if (issue.code === 'invalid_key') return 'unknown_field';
  return 'text_form';
}

const TOO_BIG: Record<string, ClientProblemCode> = { string: 'too_long', array: 'too_many' };
const TOO_SMALL: Record<string, ClientProblemCode> = { string: 'empty', array: 'empty' };

function expectedType(type: string): ClientProblemCode {
  const known: Record<string, ClientProblemCode> = {
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
