// The fields of a client registration, each by itself: names as in OpenID Connect registration,
// then ours (docs/integration.md). What fields mean together stands in client-rules.ts.
import { z } from 'zod';
import { isClientId } from './client-id.ts';
import { jwksSchema } from './client-keys.ts';
import { endpointUriProblem, linkUriProblem, resourceUriProblem } from './client-uri.ts';
import { SERVICE_CODE } from '../platform/services-config.ts';
import type { ClientProblemCode } from './client-problem.ts';

/** RFC 8628: for devices on which nobody can sign in comfortably. */
export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export const clientGrantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  DEVICE_CODE_GRANT,
] as const;
export const clientAuthMethods = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const;
export const clientSigningAlgorithms = ['RS256', 'ES256', 'PS256'] as const;
export const clientApprovals = ['public_subject', 'pkce_exemption', 'scope', 'notice'] as const;

const LANGUAGE_VARIANT =
  /^(?<name>client_name|operator|client_uri|logo_uri|policy_uri|tos_uri)#(?<language>[^#]+)$/u;
const CONTROL_CHARACTERS = /[\p{Cc}\p{Cf}]/u;

function text(maximum: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maximum)
    .refine((value) => !CONTROL_CHARACTERS.test(value), { message: 'text_form' });
}

function uri(check: (value: string) => ClientProblemCode | undefined) {
  return z
    .string()
    .max(2000)
    .superRefine((value, context) => {
      const found = check(value);
      if (found) context.addIssue({ code: 'custom', message: found, params: { given: value } });
    });
}

function unique<T extends z.ZodType>(item: T, maximum: number) {
  return z
    .array(item)
    .max(maximum)
    .transform((list) => [...new Set(list)]);
}

const link = uri(linkUriProblem);
const endpoint = uri(endpointUriProblem);
// Standard, and often copied along; nobody's postal address is kept here.
const SCOPE_WITHOUT_DATA = 'address';

const scopeList = z
  .string()
  .max(1000)
  .transform((value) => [...new Set(value.split(' ').filter(Boolean))])
  .transform((scopes) => scopes.filter((scope) => scope !== SCOPE_WITHOUT_DATA).join(' '));

const standardFields = {
  // Whether it may be an entity identifier is judged with where it comes from.
  client_id: z.string().refine(isClientId, { message: 'client_id_form' }),
  client_name: text(60).optional(),
  client_uri: link.optional(),
  logo_uri: link.optional(),
  policy_uri: link.optional(),
  tos_uri: link.optional(),
  contacts: unique(z.email('email_form').max(254), 10).optional(),
  software_id: text(100).optional(),
  software_version: text(100).optional(),
  application_type: z.enum(['web', 'native']).default('web'),
  // Judged together with application_type.
  redirect_uris: unique(z.string().max(2000), 100).default([]),
  post_logout_redirect_uris: unique(z.string().max(2000), 100).default([]),
  initiate_login_uri: endpoint.optional(),
  response_types: unique(z.enum(['code']), 1).optional(),
  response_modes: unique(z.enum(['query', 'fragment', 'form_post']), 3).optional(),
  grant_types: unique(z.enum(clientGrantTypes), 4).default(['authorization_code']),
  scope: scopeList.optional(),
  token_endpoint_auth_method: z.enum(clientAuthMethods).optional(),
  token_endpoint_auth_signing_alg: z.enum(clientSigningAlgorithms).optional(),
  client_secret: z
    .string()
    .max(256)
    .regex(/^[\x20-\x7E]+$/u, 'text_form')
    .optional(),
  jwks: jwksSchema.optional(),
  jwks_uri: endpoint.optional(),
  id_token_signed_response_alg: z.enum(clientSigningAlgorithms).optional(),
  request_object_signing_alg: z.enum(clientSigningAlgorithms).optional(),
  require_signed_request_object: z.boolean().optional(),
  subject_type: z.enum(['pairwise', 'public']).optional(),
  sector_identifier_uri: endpoint.optional(),
  default_max_age: z.int().min(0).max(31_536_000).optional(),
  require_auth_time: z.boolean().default(false),
  default_acr_values: unique(
    z.string().regex(/^urn:hutong:level:[1-4]$/u, 'text_form'),
    4,
  ).optional(),
  backchannel_logout_uri: endpoint.optional(),
  // Our default where the standard's is false: without the sid a client cannot tell sessions apart.
  backchannel_logout_session_required: z.boolean().default(true),
  frontchannel_logout_uri: endpoint.optional(),
  frontchannel_logout_session_required: z.boolean().default(false),
  require_pushed_authorization_requests: z.boolean().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
};

const ownFields = {
  profile: z.enum(['standard', 'fapi2']).default('standard'),
  require_pkce: z.boolean().default(true),
  minimum_level: z.int().min(1).max(4).optional(),
  /** Real-name level of the organisation acted for, where somebody acts for one. */
  minimum_entity_level: z.int().min(1).max(4).optional(),
  consent: z.enum(['ask', 'notice']).default('ask'),
  /** Who runs it, where that is not plain from its name. */
  operator: text(100).optional(),
  /** Scope → why it is needed, for the consent page. */
  purposes: z.record(z.string().max(120), text(200)).default({}),
  /** The API that its access tokens are for, when it names none itself: they are JWTs then. */
  access_token_resource: uri(resourceUriProblem).optional(),
  /** APIs that it provides: it may look into the tokens that are made for them. */
  resources: unique(uri(resourceUriProblem), 20).default([]),
  subjects: unique(z.enum(['naturalPerson', 'legalEntity', 'civilServant']), 3).optional(),
  services: unique(z.string().regex(SERVICE_CODE, 'service_form'), 200).default([]),
  /** Codes of the departments at and below which it may change the staff directory; none: all. */
  departments: unique(z.string().regex(/^[^\s\p{C}/]{1,64}$/u, 'text_form'), 20).default([]),
  /** Where it is told of changes of mandates (RFC 8935). */
  mandate_events_uri: endpoint.optional(),
  /** Other protocols that it speaks to us beside OpenID Connect. */
  bridges: unique(z.enum(['tif']), 1).optional(),
  /** How it is told of changes of the accounts it knows: RFC 8935 or RFC 8936. */
  account_events_delivery: z.enum(['push', 'poll']).optional(),
  /** Where to, when it is pushed. */
  account_events_uri: endpoint.optional(),
  /** Who allowed what is not allowed by default, and where that is written down. */
  approvals: z.partialRecord(z.enum(clientApprovals), text(500)).default({}),
};

export const clientFieldsSchema = z.strictObject({ ...standardFields, ...ownFields });
export type ClientFields = z.infer<typeof clientFieldsSchema>;

const variantSchemas = {
  client_name: standardFields.client_name.unwrap(),
  operator: ownFields.operator.unwrap(),
  client_uri: link,
  logo_uri: link,
  policy_uri: link,
  tos_uri: link,
};

/** `client_name#en` and its like (OpenID Connect registration, 2.1): name, language, schema. */
export function languageVariant(key: string) {
  const match = LANGUAGE_VARIANT.exec(key)?.groups;
  const name = match?.['name'] as keyof typeof variantSchemas | undefined;
  const language = match?.['language'];
  if (!name || language === undefined) return undefined;
  return { name, language, schema: variantSchemas[name] };
}

/** Standard fields for things that are switched off here: absent, empty and false are welcome. */
export const unsupportedFields: ReadonlySet<string> = new Set([
  'request_uris',
  'request_object_encryption_alg',
  'request_object_encryption_enc',
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'userinfo_signed_response_alg',
  'userinfo_encrypted_response_alg',
  'userinfo_encrypted_response_enc',
  'introspection_signed_response_alg',
  'introspection_encrypted_response_alg',
  'introspection_encrypted_response_enc',
  'authorization_signed_response_alg',
  'authorization_encrypted_response_alg',
  'authorization_encrypted_response_enc',
  'authorization_details_types',
  'tls_client_certificate_bound_access_tokens',
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
  'backchannel_token_delivery_mode',
  'backchannel_client_notification_endpoint',
  'backchannel_authentication_request_signing_alg',
  'backchannel_user_code_parameter',
]);

/** Given by a registration server to a client, and by a client back to us: without meaning here. */
export const ignoredFields: ReadonlySet<string> = new Set([
  'client_id_issued_at',
  'client_secret_expires_at',
  'registration_access_token',
  'registration_client_uri',
]);
