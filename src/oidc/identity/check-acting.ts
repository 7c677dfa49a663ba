// What a request may say about the identity it wants; looked at before anything is decided.
import { errors } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { CHOOSE_IDENTITY, identityDemandOf } from './identity-demand.ts';

const VALUES = new Set<unknown>(['self', 'legal_entity']);
/** GB 32100: 18 characters. */
const USCC = /^[0-9A-Za-z]{18}$/u;

/** @throws InvalidRequest that names the parameter. */
export function checkActing({ oidc: { params, client } }: KoaContextWithOIDC): void {
  if (!params || !client) return;
  const { acting_as: acting, uscc_hint: hint, prompt } = params as Record<string, unknown>;
  if (acting !== undefined && !VALUES.has(acting)) {
    throw new errors.InvalidRequest('acting_as must be self or legal_entity');
  }
  if (hint !== undefined && (typeof hint !== 'string' || !USCC.test(hint))) {
    throw new errors.InvalidRequest('uscc_hint must have 18 letters and digits');
  }
  const { offersSelf, offersEntities, wanted } = identityDemandOf(client, params);
  const asksToChoose = typeof prompt === 'string' && prompt.split(' ').includes(CHOOSE_IDENTITY);
  if (!offersEntities && (wanted === 'legal_entity' || asksToChoose)) {
    throw new errors.InvalidRequest('the client is not registered for legal entities (subjects)');
  }
  if (!offersSelf && wanted === 'self') {
    throw new errors.InvalidRequest('the client is not registered for natural persons (subjects)');
  }
}
