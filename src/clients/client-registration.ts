// A client as it is registered: read from outside with all its problems at once, and completed with
// the defaults.
import { problem, problemsOf } from './client-problem.ts';
import type { ClientProblem } from './client-problem.ts';
import {
  clientFieldsSchema,
  ignoredFields,
  languageVariant,
  unsupportedFields,
} from './client-schema.ts';
import type { ClientFields } from './client-schema.ts';
import { onlySigningAlgorithm } from './client-keys.ts';
import { canHavePairwiseSubjects, ruleProblems } from './client-rules.ts';
import type { ClientRuleContext } from './client-rules.ts';

type Completed =
  | 'client_name'
  | 'response_types'
  | 'scope'
  | 'token_endpoint_auth_method'
  | 'id_token_signed_response_alg'
  | 'subject_type'
  | 'require_pushed_authorization_requests'
  | 'dpop_bound_access_tokens';

/** Complete, and without the secret. Language variants (`client_name#en`) are members of it too. */
export type ClientRegistration = Omit<ClientFields, 'client_secret' | Completed> & {
  [Name in Completed]-?: NonNullable<ClientFields[Name]>;
};

export type ReadClientResult =
  | { ok: true; client: ClientRegistration; secret: string | undefined }
  | { ok: false; clientId: string | undefined; problems: ClientProblem[] };

type ReadContext = Omit<ClientRuleContext, 'secret'>;

const DEMONSTRATION_SCOPE = 'openid profile phone email';

/** Reads what stands in an import file, in registration field names. */
export function readClientRegistration(input: unknown, context: ReadContext): ReadClientResult {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { ok: false, clientId: undefined, problems: [problem('', 'not_an_object')] };
  }
  const { fields, variants, problems } = separate(input);
  const clientId = typeof fields['client_id'] === 'string' ? fields['client_id'] : undefined;
  const parsed = clientFieldsSchema.safeParse(fields);
  if (!parsed.success) {
    return { ok: false, clientId, problems: [...problems, ...problemsOf(parsed.error)] };
  }
  const { client_secret: secret, ...own } = parsed.data;
  if (own.client_name === undefined && context.mode === 'production') {
    problems.push(problem('client_name', 'missing'));
  }
  const client = { ...complete(own, context.mode), ...variants };
  problems.push(...ruleProblems(client, { ...context, secret }));
  if (problems.length > 0) return { ok: false, clientId, problems };
  return { ok: true, client: nameSigningAlgorithm(client), secret };
}

/** Sorts out what the strict schema does not know: language variants and fields without meaning. */
function separate(input: object) {
  const fields: Record<string, unknown> = {};
  const variants: Record<string, string> = {};
  const problems: ClientProblem[] = [];
  for (const [key, value] of Object.entries(input)) {
    // RFC 7591, 2: null is the same as absent.
    if (value === null || value === undefined || ignoredFields.has(key)) continue;
    const variant = languageVariant(key);
    if (variant) {
      const parsed = variant.schema.safeParse(value);
      if (!isLanguage(variant.language)) problems.push(problem(key, 'language_form'));
      else if (parsed.success) variants[key] = parsed.data;
      else problems.push(...problemsOf(parsed.error).map((found) => ({ ...found, field: key })));
    } else if (unsupportedFields.has(key)) {
      if (!isEmpty(value)) problems.push(problem(key, 'not_supported'));
    } else {
      fields[key] = value;
    }
  }
  return { fields, variants, problems };
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag)[0] === tag;
  } catch {
    return false;
  }
}

function isEmpty(value: unknown): boolean {
  return value === false || value === '' || (Array.isArray(value) && value.length === 0);
}

function complete(
  own: Omit<ClientFields, 'client_secret'>,
  mode: ClientRuleContext['mode'],
): ClientRegistration {
  const isFapi = own.profile === 'fapi2';
  const usesCode = own.grant_types.includes('authorization_code');
  const token_endpoint_auth_method =
    own.token_endpoint_auth_method ?? (isFapi ? 'private_key_jwt' : 'client_secret_basic');
  const isPairwise = canHavePairwiseSubjects({ ...own, token_endpoint_auth_method });
  return {
    ...own,
    client_name: own.client_name ?? own.client_id,
    response_types: own.response_types ?? (usesCode ? ['code'] : []),
    scope: own.scope ?? (mode === 'demonstration' ? DEMONSTRATION_SCOPE : 'openid'),
    token_endpoint_auth_method,
    subject_type: own.subject_type ?? (isPairwise ? 'pairwise' : 'public'),
    id_token_signed_response_alg: own.id_token_signed_response_alg ?? (isFapi ? 'ES256' : 'RS256'),
    require_pushed_authorization_requests: own.require_pushed_authorization_requests ?? isFapi,
    dpop_bound_access_tokens: own.dpop_bound_access_tokens ?? isFapi,
  };
}

/** Unnamed, the library would take RS256 assertions too, which FAPI 2.0 forbids. */
function nameSigningAlgorithm(client: ClientRegistration): ClientRegistration {
  if (client.profile !== 'fapi2' || client.token_endpoint_auth_signing_alg) return client;
  const alg = onlySigningAlgorithm(client.jwks);
  return alg ? { ...client, token_endpoint_auth_signing_alg: alg } : client;
}
