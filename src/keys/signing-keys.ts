// The key set that the provider signs with and publishes. Made at first start; whatever a cut-off
// start left out is made by the next.
import type { JWK } from 'jose';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import { generateSigningJwk, signingAlgorithms, signingKeyStates } from './signing-key.ts';
import type { SigningAlgorithm, SigningKey, SigningKeyState } from './signing-key.ts';
import type { SigningKeyStore } from './signing-key-store.ts';

interface SigningKeyDependencies {
  signingKeys: Pick<SigningKeyStore, 'list' | 'insert'>;
  audit: AuditLog;
  clock: Clock;
}

export interface SigningKeySet {
  /**
   * Private keys for the provider's `jwks`. Of one algorithm the active key comes first: the
   * library signs with the first key that fits.
   */
  jwks: { keys: (JWK & { kid: string })[] };
}

/** Reads the keys, and first makes what is missing of one active and one next per algorithm. */
export async function loadSigningKeys(deps: SigningKeyDependencies): Promise<SigningKeySet> {
  const present = await deps.signingKeys.list();
  const made = await Promise.all(
    signingAlgorithms.map((algorithm) => completeAlgorithm(deps, algorithm, present)),
  );
  const keys = made.includes(true) ? await deps.signingKeys.list() : present;
  return { jwks: { keys: keys.sort(bySigningOrder).map(({ jwk }) => jwk) } };
}

/** True when a key may have been added, by this process or by another at the same moment. */
async function completeAlgorithm(
  deps: SigningKeyDependencies,
  algorithm: SigningAlgorithm,
  present: readonly SigningKey[],
): Promise<boolean> {
  const own = present.filter((key) => key.algorithm === algorithm);
  const missing = (['active', 'next'] as const).filter(
    (state) => !own.some((key) => key.state === state),
  );
  let number = Math.max(0, ...own.map((key) => key.number));
  for (const state of missing) {
    number += 1;
    await createKey(deps, { algorithm, number, state });
  }
  return missing.length > 0;
}

async function createKey(
  deps: SigningKeyDependencies,
  place: { algorithm: SigningAlgorithm; number: number; state: SigningKeyState },
): Promise<void> {
  const jwk = await generateSigningJwk(place.algorithm);
  await deps.signingKeys.insert({ ...place, createdAt: deps.clock.now(), jwk }, (session) =>
    deps.audit.record(
      {
        type: 'keys.created',
        actor: 'system',
        result: 'done',
        details: { algorithm: place.algorithm, kid: jwk.kid, state: place.state },
      },
      session,
    ),
  );
}

function bySigningOrder(a: SigningKey, b: SigningKey): number {
  return (
    signingAlgorithms.indexOf(a.algorithm) - signingAlgorithms.indexOf(b.algorithm) ||
    signingKeyStates.indexOf(a.state) - signingKeyStates.indexOf(b.state) ||
    b.number - a.number
  );
}
