// Seals everything anew under the present encryption key, and makes sure that nothing is left.
import type { RotationState } from '../platform/keyring-state.ts';
import type { Resealer } from '../platform/reseal-store.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { ChangeDependencies } from './keyring-change.ts';

export interface ResealDependencies extends ChangeDependencies {
  resealer: Resealer;
  places: readonly SealedPlace[];
}

const MAX_PASSES = 20;

/** Until a whole walk through everything finds nothing under another key. */
export async function resealAll(
  deps: ResealDependencies,
  positions: RotationState['positions'] = {},
): Promise<void> {
  for (const place of deps.places) {
    const { isDone = false, after } = positions[place.collection] ?? {};
    if (isDone) continue;
    await reseal(deps, place, { after, isNoted: true });
    await deps.keys.notePosition(place.collection, { isDone: true });
  }
  for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
    let found = 0;
    for (const place of deps.places) found += await reseal(deps, place, { isNoted: false });
    if (found === 0) return;
  }
  throw new Error('values under the old key keep appearing');
}

/** How many values were found that can be sealed anew. */
async function reseal(
  { resealer, keys, onProgress }: ResealDependencies,
  place: SealedPlace,
  { after, isNoted }: { after?: string | undefined; isNoted: boolean },
): Promise<number> {
  const on = place.collection;
  const { found, unreadable } = await resealer.pass(place, {
    after,
    onBatch: async ({ lastId, documents }) => {
      onProgress({ step: 'working', on, documents });
      if (isNoted) await keys.notePosition(on, { isDone: false, after: lastId });
    },
  });
  if (unreadable > 0) onProgress({ step: 'unreadable', on, count: unreadable });
  return found - unreadable;
}
