// How every interface of ours refuses who brings no token, or not the right one (RFC 6750, 3; RFC 9449,
// 7.1): what is wrong, what is needed, and where that is described (RFC 9728, 5.1).
import type { OwnApi } from '../claims/own-apis.ts';
import { PROOF_ALGORITHMS } from './dpop-proof.ts';
import type { BearerRefusal } from './verify-bearer.ts';

/** The metadata of a resource are at this, between issuer and path (RFC 9728, 3.1). */
export const RESOURCE_METADATA_PREFIX = '/.well-known/oauth-protected-resource';

/** `error` of the challenge; none for who has not tried. */
export const bearerErrors = {
  token_missing: '',
  token_invalid: 'invalid_token',
  token_expired: 'invalid_token',
  audience_wrong: 'invalid_token',
  proof_invalid: 'invalid_dpop_proof',
} as const satisfies Record<BearerRefusal, string>;

/**
 * Values of `WWW-Authenticate`, one for each scheme.
 * @param members beside `error`: `scope`, `acr_values` and the like; values without quotes
 */
export function challenges(
  { issuer, api }: { issuer: string; api: Pick<OwnApi, 'path'> },
  error: string,
  members: Readonly<Record<string, string>> = {},
): string[] {
  const all = {
    ...(error === '' ? {} : { error }),
    ...members,
    resource_metadata: `${issuer}${RESOURCE_METADATA_PREFIX}${api.path}`,
  };
  const written = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
  const list = written.join(', ');
  return [`Bearer ${list}`, `DPoP ${list}, algs="${PROOF_ALGORITHMS.join(' ')}"`];
}
