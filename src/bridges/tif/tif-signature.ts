// The signed envelope of the tif dialect, by our ES256 key: ECDSA in DER, base64, over what
// `envelopeText` says. A reader that knows nothing of it finds the same fields beside it.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { envelopeText } from '../../federation/upstream/tif-envelope.ts';
import { AppError } from '../../platform/errors.ts';
import type { Clock } from '../../platform/clock.ts';

export interface TifSigner {
  signingKeys: { readonly jwks: { keys: object[] }; isCurrent(): boolean };
  clock: Clock;
}

type SigningJwk = JsonWebKey & { alg?: string; kid?: string };

const VERSION = 'v1';

/** @throws AppError `database_unavailable` while this process may have missed a change of keys. */
export function withEnvelope(signer: TifSigner, content: object): object {
  const { key, kid } = activeKey(signer);
  const envelope = {
    biz_content: JSON.stringify(content),
    time_stamp: String(signer.clock.now().getTime()),
    version: VERSION,
  };
  const text = Buffer.from(envelopeText(envelope));
  const signature = sign('sha256', text, { key, dsaEncoding: 'der' }).toString('base64');
  return { ...content, signdata: signature, ...envelope, sign: signature, kid };
}

/** For whoever checks `sign`: it changes when our signing keys do. */
export function publishedKey(signer: TifSigner): object {
  const { key, kid } = activeKey(signer);
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  return { kid, alg: 'ES256', public_key: pem };
}

function activeKey({ signingKeys }: TifSigner): { key: KeyObject; kid: string } {
  if (!signingKeys.isCurrent()) {
    throw new AppError('database_unavailable', { details: { reason: 'signing_keys_not_current' } });
  }
  // Of one algorithm the active key comes first.
  const jwk = signingKeys.jwks.keys.find((each) => (each as SigningJwk).alg === 'ES256') as
    | SigningJwk
    | undefined;
  if (!jwk) throw new Error('no signing key for ES256');
  return { key: createPrivateKey({ key: jwk, format: 'jwk' }), kid: String(jwk.kid) };
}
