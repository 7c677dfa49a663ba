// From when on an announced key may have been read everywhere: once every live process publishes it.
import type { LiveProcesses } from '../platform/live-processes-store.ts';
import type { SigningKeyRecord } from './signing-key.ts';
import type { SigningKeyStore } from './signing-key-store.ts';

interface PublicationDependencies {
  signingKeys: Pick<SigningKeyStore, 'kind' | 'markPublished'>;
  processes: Pick<LiveProcesses, 'allServersKnow'>;
}

/** Notes it in the database. True when there was something to note. */
export async function notePublished(
  { signingKeys, processes }: PublicationDependencies,
  set: { revision: number; keys: readonly SigningKeyRecord[] },
): Promise<boolean> {
  const pending = set.keys.filter(({ state, publishedAt }) => state === 'next' && !publishedAt);
  if (
    pending.length === 0 ||
    !(await processes.allServersKnow(signingKeys.kind.name, set.revision))
  )
    return false;
  await signingKeys.markPublished(pending.map(({ kid }) => kid));
  return true;
}
