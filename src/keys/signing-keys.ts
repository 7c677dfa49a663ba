// The key set that the provider signs with and publishes.
import type { AuditLog } from '../audit/audit-log.ts';
import { completeKeySet } from './rotate-signing-keys.ts';
import { signingAlgorithms, signingKeyStates } from './signing-key.ts';
import type { SigningJwk, SigningKey } from './signing-key.ts';
import type { SigningKeyStore } from './signing-key-store.ts';

interface SigningKeyDependencies {
  signingKeys: SigningKeyStore;
  audit: AuditLog;
}

export interface SigningKeySet {
  revision: number;
  keys: readonly SigningKey[];
  /**
   * Private keys for the provider's `jwks`. Of one algorithm the active key comes first: the
   * library signs with the first key that fits.
   */
  jwks: { keys: SigningJwk[] };
}

/**
 * Reads the keys. Made at first start; whatever is missing of one active and one announced key per
 * algorithm is made before. @throws AppError `configuration_invalid` when a key cannot be opened.
 */
export async function loadSigningKeys(deps: SigningKeyDependencies): Promise<SigningKeySet> {
  const { signingKeys } = deps;
  await completeKeySet({ ...deps, actor: 'system' });
  const { revision, keys } = await signingKeys.read();
  const sorted = keys.sort(bySigningOrder);
  return { revision, keys: sorted, jwks: { keys: sorted.map(({ jwk }) => jwk) } };
}

function bySigningOrder(a: SigningKey, b: SigningKey): number {
  return (
    signingAlgorithms.indexOf(a.algorithm) - signingAlgorithms.indexOf(b.algorithm) ||
    signingKeyStates.indexOf(a.state) - signingKeyStates.indexOf(b.state) ||
    b.number - a.number
  );
}
