// What a SCIM request is refused with (RFC 7644, 3.12). The words are `scim.error.<problem>`.

export const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

const PROBLEMS = {
  body_not_object: { status: 400, scimType: 'invalidSyntax' },
  schemas_wrong: { status: 400, scimType: 'invalidSyntax' },
  attribute_twice: { status: 400, scimType: 'invalidSyntax' },
  attribute_missing: { status: 400, scimType: 'invalidValue' },
  value_wrong: { status: 400, scimType: 'invalidValue' },
  value_too_long: { status: 400, scimType: 'invalidValue' },
  too_many_values: { status: 400, scimType: 'invalidValue' },
  primary_twice: { status: 400, scimType: 'invalidValue' },
  user_unknown: { status: 400, scimType: 'invalidValue' },
  department_unknown: { status: 400, scimType: 'invalidValue' },
  department_circle: { status: 400, scimType: 'invalidValue' },
  department_deep: { status: 400, scimType: 'invalidValue' },
  query_wrong: { status: 400, scimType: 'invalidValue' },
  filter_wrong: { status: 400, scimType: 'invalidFilter' },
  path_wrong: { status: 400, scimType: 'invalidPath' },
  target_missing: { status: 400, scimType: 'noTarget' },
  read_only: { status: 400, scimType: 'mutability' },
  bulk_reference: { status: 409, scimType: 'invalidValue' },
  token_missing: { status: 401, scimType: undefined },
  token_wrong: { status: 401, scimType: undefined },
  scope_missing: { status: 403, scimType: undefined },
  holds_power: { status: 403, scimType: undefined },
  outside_subtree: { status: 403, scimType: undefined },
  filter_here: { status: 403, scimType: undefined },
  not_found: { status: 404, scimType: undefined },
  method_not_allowed: { status: 405, scimType: undefined },
  taken: { status: 409, scimType: 'uniqueness' },
  has_children: { status: 409, scimType: undefined },
  version_differs: { status: 412, scimType: undefined },
  payload_too_large: { status: 413, scimType: undefined },
  too_many_comparisons: { status: 413, scimType: undefined },
  type_unsupported: { status: 415, scimType: undefined },
  not_implemented: { status: 501, scimType: undefined },
} as const satisfies Record<string, { status: number; scimType: string | undefined }>;

export type ScimProblem = keyof typeof PROBLEMS;

/** Thrown where a request is refused, and answered by the mount alone. */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly problem: ScimProblem;
  /** Names of attributes and limits for the words; never a value of a person. */
  readonly values: Readonly<Record<string, string | number>>;

  constructor(problem: ScimProblem, values: Readonly<Record<string, string | number>> = {}) {
    super(problem);
    this.problem = problem;
    this.values = values;
  }

  get status(): number {
    return PROBLEMS[this.problem].status;
  }

  get scimType(): string | undefined {
    return PROBLEMS[this.problem].scimType;
  }
}
