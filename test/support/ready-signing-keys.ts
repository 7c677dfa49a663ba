// Signing keys for test cities, made once in each worker and handed on from a city that has stopped:
// four RSA keys for every city take more time than most of their tests. No two cities that run at the
// same time have the same keys.
import { generateSigningJwk, signingAlgorithms } from '../../src/keys/signing-key.ts';
import type { SigningAlgorithm, SigningJwk } from '../../src/keys/signing-key.ts';
import { SigningKeyStore } from '../../src/keys/signing-key-store.ts';
import type { TestStorage } from './storage.ts';

type ReadyKeys = Record<SigningAlgorithm, readonly [active: SigningJwk, next: SigningJwk]>;

/** Of this worker: files that share their modules run one after the other. */
const idle: ReadyKeys[] = [];

/**
 * Gives a database without signing keys a whole set, as the first process to start would.
 * @returns hands the keys on; to be called when nothing signs with them any more
 */
export async function importReadyKeys(storage: TestStorage): Promise<() => void> {
  const signingKeys = new SigningKeyStore(storage);
  const { keys } = await signingKeys.overview();
  if (keys.length > 0) return () => undefined;
  const ready = idle.pop() ?? (await makeKeys());
  await signingKeys.change(async (change) => {
    for (const algorithm of signingAlgorithms) {
      const [active, next] = ready[algorithm];
      await change.insert(algorithm, 'active', active);
      await change.insert(algorithm, 'next', next);
    }
    return true;
  });
  return () => idle.push(ready);
}

async function makeKeys(): Promise<ReadyKeys> {
  const make = async (algorithm: SigningAlgorithm) =>
    Promise.all([generateSigningJwk(algorithm), generateSigningJwk(algorithm)]);
  const [RS256, ES256, PS256] = await Promise.all([make('RS256'), make('ES256'), make('PS256')]);
  return { RS256, ES256, PS256 };
}
