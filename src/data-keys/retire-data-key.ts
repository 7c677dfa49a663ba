// Destroys data keys that nobody needs any more: a step of its own, long after the rotation.
import { KNOWN_DEVICE_SECONDS } from '../credentials/known-device.ts';
import type { Clock } from '../platform/clock.ts';
import type { LiveProcess } from '../platform/live-processes-store.ts';
import { changeKeys, lateProcesses } from './keyring-change.ts';
import { resealAll } from './reseal-all.ts';
import type { ResealDependencies } from './reseal-all.ts';

const DAY_SECONDS = 86_400;
/** For answers on their way, forms that are open, and cookies in browsers. */
const KEPT_SECONDS = {
  encryption: DAY_SECONDS,
  cookie: KNOWN_DEVICE_SECONDS + DAY_SECONDS,
} as const;
/** Longer than any request lasts. */
const LEAST_SECONDS = 60;

export type RetirablePurpose = keyof typeof KEPT_SECONDS;

export type RetireOutcome =
  | { ok: true; count: number }
  | { ok: false; reason: 'nothing_to_retire' | 'rotation_unfinished' | 'changed_meanwhile' }
  | { ok: false; reason: 'too_early'; from: Date }
  | { ok: false; reason: 'waiting'; processes: LiveProcess[] };

export function isRetirable(purpose: string): purpose is RetirablePurpose {
  return purpose in KEPT_SECONDS;
}

/** When the keys before the present one may go. */
export function retirableFrom(
  purpose: RetirablePurpose,
  writingSince: Date,
  isEarly = false,
): Date {
  const seconds = isEarly ? LEAST_SECONDS : KEPT_SECONDS[purpose];
  return new Date(writingSince.getTime() + seconds * 1000);
}

/** `isEarly`: the old key is known to others; what is still in browsers is given up. */
export async function retireDataKey(
  deps: ResealDependencies & { clock: Clock },
  purpose: RetirablePurpose,
  { isEarly, waits }: { isEarly: boolean; waits: boolean },
): Promise<RetireOutcome> {
  const from = await deps.keys.state();
  const own = from.purposes[purpose];
  if (own.rotation) return { ok: false, reason: 'rotation_unfinished' };
  let { revision } = from;
  if (own.reading.some((number) => !own.writing.includes(number))) {
    const earliest = retirableFrom(purpose, own.writingSince, isEarly);
    if (deps.clock.now() < earliest) return { ok: false, reason: 'too_early', from: earliest };
    if (purpose === 'encryption') await resealAll(deps);
    const changed = await changeKeys(deps, { purpose, from }, { ...own, reading: own.writing });
    if (!changed) return { ok: false, reason: 'changed_meanwhile' };
    revision = changed.revision;
  }
  const processes = await lateProcesses(deps, revision, waits);
  if (processes.length > 0) return { ok: false, reason: 'waiting', processes };
  const count = await deps.keys.destroyUnused(purpose);
  return count > 0 ? { ok: true, count } : { ok: false, reason: 'nothing_to_retire' };
}
