// What is wrong with a registration, as data: the words stand in locales (`clients.problem.<code>`).
import type { z } from 'zod';
import { schemaProblemCodes, schemaProblems } from '../platform/schema-problem.ts';
import type { SchemaProblem } from '../platform/schema-problem.ts';

export type ClientProblem = SchemaProblem<ClientProblemCode>;

export const clientProblemCodes = [
  ...schemaProblemCodes,
  'not_an_object',
  'not_supported',
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
  'tif_requires',
  'events_uri_needed',
  'events_uri_not_used',
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

const codes: ReadonlySet<ClientProblemCode> = new Set(clientProblemCodes);

export function problem(
  field: string,
  code: ClientProblemCode,
  values: Record<string, string | number> = {},
): ClientProblem {
  return { field, code, values };
}

/** Schemas name their own problems by code in `message`. */
export function problemsOf(error: z.ZodError): ClientProblem[] {
  return schemaProblems(error, codes);
}
