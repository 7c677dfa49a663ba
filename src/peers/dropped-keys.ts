// Keys of a peer that are in strange hands count no more, also while it still publishes them.
import { calculateJwkThumbprint } from 'jose';
import type { JWK } from 'jose';
import type { Peer } from './peer.ts';

/** What of a published key set the signatures of this peer may be checked with. */
export async function countingKeys<Key extends JWK>(
  { droppedKeys }: Pick<Peer, 'droppedKeys'>,
  keys: readonly Key[],
): Promise<Key[]> {
  const dropped = new Set(droppedKeys);
  const named = await Promise.all(keys.map(async (key) => ({ key, names: await namesOf(key) })));
  return named
    .filter(({ names }) => !names.some((name) => dropped.has(name)))
    .map(({ key }) => key);
}

/** Its id, and its thumbprint (RFC 7638) where it is a key at all. */
async function namesOf(key: JWK): Promise<string[]> {
  const thumbprint = await calculateJwkThumbprint(key).catch(() => undefined);
  return [key.kid, thumbprint].filter((name) => name !== undefined);
}
