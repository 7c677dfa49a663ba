// An event as a security event token (RFC 8417): signed like our ID tokens, for one receiver, about the
// subject that it knows the person by (RFC 9493).
import { importJWK, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { AppError } from '../platform/errors.ts';
import { toldRoles } from '../mandates/mandate.ts';
import type { MandateEventPayload } from './mandate-event-outbox-store.ts';

export interface EventSigner {
  issuer: string;
  signingKeys: { readonly jwks: { keys: object[] }; isCurrent(): boolean };
}

export interface EventReceiver {
  clientId: string;
  /** What its ID tokens are signed with. */
  algorithm: string;
  /** What it calls the person, and the organisation. */
  subject: string;
  entitySubject: string;
}

export const EVENT_TYPE_PREFIX = 'urn:hutong:event:mandate:';

const imported = new WeakMap<object, Promise<CryptoKey>>();

/** @throws AppError `database_unavailable` while this process may have missed a change of keys. */
export async function signEvent(
  { issuer, signingKeys }: EventSigner,
  event: MandateEventPayload,
  to: EventReceiver,
): Promise<string> {
  if (!signingKeys.isCurrent()) {
    throw new AppError('database_unavailable', { details: { reason: 'signing_keys_not_current' } });
  }
  // Of one algorithm the active key comes first.
  const jwk = signingKeys.jwks.keys.find((each) => (each as JWK).alg === to.algorithm) as
    | (JWK & { kid: string })
    | undefined;
  if (!jwk) throw new Error(`no signing key for ${to.algorithm}`);
  const key = imported.get(jwk) ?? (importJWK(jwk, to.algorithm) as Promise<CryptoKey>);
  imported.set(jwk, key);
  const { at, jti } = event;
  return new SignJWT({
    toe: at,
    sub_id: { format: 'iss_sub', iss: issuer, sub: to.subject },
    events: { [`${EVENT_TYPE_PREFIX}${event.type}`]: describe(event, to) },
  })
    .setProtectedHeader({ alg: to.algorithm, kid: jwk.kid, typ: 'secevent+jwt' })
    .setIssuer(issuer)
    .setAudience(to.clientId)
    .setIssuedAt(at)
    .setJti(jti)
    .sign(await key);
}

function describe(event: MandateEventPayload, { entitySubject }: EventReceiver) {
  const { entity, mandateId, parentId, role, services, expiresAt, isSingleUse, reason } = event;
  const { id: _own, ...released } = entity;
  return {
    mandate_id: mandateId,
    ...(parentId === undefined ? {} : { parent: parentId }),
    entity: { id: entitySubject, ...released },
    role: toldRoles[role],
    ...(services ? { services } : {}),
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    single_use: isSingleUse,
    ...(reason === undefined ? {} : { reason }),
  };
}
