// Security event tokens (RFC 8417): signed like our ID tokens, for one receiver, about the subject that it
// knows the person by (RFC 9493).
import { importJWK, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { AppError } from '../platform/errors.ts';

export interface EventSigner {
  issuer: string;
  signingKeys: { readonly jwks: { keys: object[] }; isCurrent(): boolean };
}

export interface EventToken {
  /** Of the receiver. */
  clientId: string;
  /** What its ID tokens are signed with. */
  algorithm: string;
  /** What it calls the person. */
  subject: string;
  /** Names the event to its receiver, however often it is sent. */
  jti: string;
  /** When it happened, epoch seconds. */
  at: number;
  /** Names what happened to both sides (`txn`). */
  transaction?: string | undefined;
  /** Type → what is told of it. */
  events: Readonly<Record<string, object>>;
}

const imported = new WeakMap<object, Promise<CryptoKey>>();

/** @throws AppError `database_unavailable` while this process may have missed a change of keys. */
export async function signEventToken(
  { issuer, signingKeys }: EventSigner,
  token: EventToken,
): Promise<string> {
  if (!signingKeys.isCurrent()) {
    throw new AppError('database_unavailable', { details: { reason: 'signing_keys_not_current' } });
  }
  const { algorithm, at, transaction } = token;
  // Of one algorithm the active key comes first.
  const jwk = signingKeys.jwks.keys.find((each) => (each as JWK).alg === algorithm) as
    | (JWK & { kid: string })
    | undefined;
  if (!jwk) throw new Error(`no signing key for ${algorithm}`);
  const key = imported.get(jwk) ?? (importJWK(jwk, algorithm) as Promise<CryptoKey>);
  imported.set(jwk, key);
  return new SignJWT({
    toe: at,
    ...(transaction === undefined ? {} : { txn: transaction }),
    sub_id: { format: 'iss_sub', iss: issuer, sub: token.subject },
    events: token.events,
  })
    .setProtectedHeader({ alg: algorithm, kid: jwk.kid, typ: 'secevent+jwt' })
    .setIssuer(issuer)
    .setAudience(token.clientId)
    .setIssuedAt(at)
    .setJti(token.jti)
    .sign(await key);
}
