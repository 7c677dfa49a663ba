// Clients that a chain of trust brings (OpenID Federation 1.0, 12.1): they are let in before the library
// looks for them, and show with every request that they hold their key.
import { errors } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { isEntityClientId } from '../../clients/client-id.ts';
import type { TrustRefusal } from '../../federation-trust/trust-refusal.ts';
import type { AdmissionRequest } from '../../federation-trust/trusted-clients.ts';
import { admit } from '../pages/request-limits.ts';
import type { RequestBudget } from '../storage/artefact-adapter.ts';
import { currentRequest, requestMemo } from '../storage/request-memo.ts';

export interface ClientTrustDependencies {
  /** Undefined where this platform belongs to no federation. */
  trustedClients?:
    | { admit(request: AdmissionRequest): Promise<TrustRefusal | undefined> }
    | undefined;
  reserveRequest(budget: RequestBudget, address: string): Promise<unknown>;
}

/** Where a client may come that nobody has seen before. */
const OPEN_ROUTES = new Set(['authorization', 'pushed_authorization_request']);
const LONGEST_ID = 200;

export async function admitByTrust(deps: ClientTrustDependencies, clientId: string): Promise<void> {
  const ctx = currentRequest();
  if (!deps.trustedClients || !ctx || !isEntityClientId(clientId)) return;
  const memo = requestMemo(ctx);
  // Asked for again while the refusal is answered.
  if (memo.trustAsked === clientId) return;
  memo.trustAsked = clientId;
  const refusal = await deps.trustedClients.admit({
    clientId,
    maySearch: OPEN_ROUTES.has(ctx.oidc.route),
    address: ctx.ip,
    reserve: () => admit(ctx, (address) => deps.reserveRequest('trustSearch', address)),
  });
  if (refusal) memo.trustRefusal = refusal;
}

/** @throws InvalidRequest for a request that anybody could have made in the client's name */
export function checkTrustedRequest(ctx: KoaContextWithOIDC): void {
  const { client, route, entities } = ctx.oidc;
  if (!client || route !== 'authorization' || !isEntityClientId(client.clientId)) return;
  const { trusted } = ctx.oidc as { trusted?: readonly string[] };
  if (entities.PushedAuthorizationRequest || trusted !== undefined) return;
  throw new errors.InvalidRequest(
    'a client of a federation pushes its request (PAR) or signs it (request)',
  );
}

/** 12.1.1.1: of one use, and of no use as a client assertion. */
export async function checkRequestObject(
  ctx: KoaContextWithOIDC,
  claims: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { client, entities, provider } = ctx.oidc;
  // What was pushed has been looked at then.
  if (!client || entities.PushedAuthorizationRequest || !isEntityClientId(client.clientId)) return;
  const { jti, exp, sub } = claims;
  const isComplete = typeof jti === 'string' && jti.length <= LONGEST_ID && typeof exp === 'number';
  if (!isComplete || sub !== undefined) {
    throw new errors.InvalidRequestObject('jti and exp are needed, and sub must be absent');
  }
  const isNew = await provider.ReplayDetection.unique(client.clientId, `request:${jti}`, exp);
  if (!isNew) throw new errors.InvalidRequestObject('jti was used before');
}

/** The error code of a refusal (OpenID Federation 1.0, 8.9). */
export function trustError({ reason }: TrustRefusal): string {
  if (reason === 'anchor_unknown') return 'invalid_trust_anchor';
  const isMetadata = reason.startsWith('metadata_') || reason === 'policy_violation';
  return isMetadata ? 'invalid_metadata' : 'invalid_trust_chain';
}
