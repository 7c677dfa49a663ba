// What is wrong with the registration of a peer, as data: the words stand in locales
// (`peers.problem.<code>`).
import type { z } from 'zod';
import { schemaProblemCodes, schemaProblems } from '../platform/schema-problem.ts';
import type { SchemaProblem } from '../platform/schema-problem.ts';

export type PeerProblem = SchemaProblem<PeerProblemCode>;

export const peerProblemCodes = [
  ...schemaProblemCodes,
  'not_an_object',
  'id_form',
  'issuer_form',
  'issuer_url_needed',
  'issuer_taken',
  'uri_invalid',
  'uri_fragment',
  'uri_wildcard',
  'uri_credentials',
  'uri_not_https',
  'certificate_type_unknown',
  'client_id_needed',
  'address_needed',
  'clients_without_role',
  'client_taken',
  'private_key_form',
  'jwk_invalid',
  'jwk_private',
  'jwk_symmetric',
  'jwk_weak',
  'jwk_kid_twice',
  'changed_meanwhile',
] as const;
export type PeerProblemCode = (typeof peerProblemCodes)[number];

const codes: ReadonlySet<PeerProblemCode> = new Set(peerProblemCodes);

export function peerProblem(
  field: string,
  code: PeerProblemCode,
  values: Record<string, string | number> = {},
): PeerProblem {
  return { field, code, values };
}

export function peerProblemsOf(error: z.ZodError): PeerProblem[] {
  return schemaProblems(error, codes);
}
