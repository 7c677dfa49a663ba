// The keys of a platform: one that it signs its requests with, one that answers are encrypted to.
import { exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';

export interface PlatformKeys {
  /** Stay here: in the file HUTONG_RECOGNITION. */
  signingKey: JWK;
  decryptionKey: JWK;
  /** For the records of hub and key holder. */
  jwks: { keys: JWK[] };
}

/** @param of.kid differs from those of the keys before, e.g. by the day */
export async function makePlatformKeys(of: { id: string; kid: string }): Promise<PlatformKeys> {
  const [signing, decryption] = await Promise.all([
    keyPair('ES256', 'sig', `${of.id}-sig-${of.kid}`),
    keyPair('ECDH-ES', 'enc', `${of.id}-enc-${of.kid}`),
  ]);
  const keys = [signing.publicKey, decryption.publicKey];
  return { signingKey: signing.privateKey, decryptionKey: decryption.privateKey, jwks: { keys } };
}

async function keyPair(alg: 'ES256' | 'ECDH-ES', use: 'sig' | 'enc', kid: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { crv: 'P-256', extractable: true });
  const facts = { use, alg, kid };
  return {
    publicKey: { ...(await exportJWK(publicKey)), ...facts },
    privateKey: { ...(await exportJWK(privateKey)), ...facts },
  };
}
