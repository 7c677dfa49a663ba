// The closed list of what the interface refuses, beside what the platform refuses by itself
// (errors.ts). Words: `api.problem.<code>.title|detail`; the type is `urn:hutong:problem:<code>`.

import { bearerErrors } from '../oidc/bearer/challenges.ts';

interface ProblemKind {
  status: number;
  /** `error` of the challenge (RFC 6750, 3.1; RFC 9449, 7.1; RFC 9470, 3); absent: there is none. */
  challenge?: string;
}

const PROBLEM_TABLE = {
  token_missing: { status: 401, challenge: bearerErrors.token_missing },
  token_invalid: { status: 401, challenge: bearerErrors.token_invalid },
  token_expired: { status: 401, challenge: bearerErrors.token_expired },
  audience_wrong: { status: 401, challenge: bearerErrors.audience_wrong },
  token_kind_wrong: { status: 401, challenge: 'invalid_token' },
  proof_invalid: { status: 401, challenge: bearerErrors.proof_invalid },
  scope_missing: { status: 403, challenge: 'insufficient_scope' },
  certificate_not_approved: { status: 403, challenge: 'insufficient_scope' },
  service_not_registered: { status: 403 },
  authentication_insufficient: { status: 401, challenge: 'insufficient_user_authentication' },
  organisation_refused: { status: 403 },
  import_unknown: { status: 404 },
  idempotency_conflict: { status: 409 },
  body_unreadable: { status: 400 },
  body_too_large: { status: 413 },
  body_type_unsupported: { status: 415 },
  fields_invalid: { status: 422 },
} as const satisfies Record<string, ProblemKind>;

export type ApiProblemCode = keyof typeof PROBLEM_TABLE;

export const apiProblemCodes = Object.keys(PROBLEM_TABLE) as ApiProblemCode[];

export function problemKind(code: ApiProblemCode): ProblemKind {
  return PROBLEM_TABLE[code];
}

/** Of one field that is wrong. */
export interface FieldProblem {
  /** A JSON pointer into the body as a fragment (RFC 6901, 6), or `query:name`, `path:name`. */
  at: string;
  code: FieldProblemCode;
}

/** Words: `api.field_problem.<code>`. */
export const fieldProblemCodes = [
  'missing',
  'unknown',
  'type_wrong',
  'too_long',
  'too_short',
  'too_many',
  'too_few',
  'too_large',
  'too_small',
  'form_wrong',
  'not_one_of',
] as const;
export type FieldProblemCode = (typeof fieldProblemCodes)[number];

/** A refusal that a route answers with. */
export interface ApiRefusal {
  problem: ApiProblemCode;
  fields?: readonly FieldProblem[];
  /** More members of the challenge: `scope`. */
  challenge?: Readonly<Record<string, string>>;
}

export function refuse(
  problem: ApiProblemCode,
  more: Omit<ApiRefusal, 'problem'> = {},
): ApiRefusal {
  return { problem, ...more };
}
