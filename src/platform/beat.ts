// One timer for the background rounds of up to five seconds: those that come at whole multiples of the
// beat begin in the same turn of the event loop, where their questions to the database become one
// command (grouped-looks-store.ts).
import { setTimeout as delay } from 'node:timers/promises';

const BEAT_MS = 500;
/** What comes more seldom gains nothing, and may count on a whole pause between its rounds. */
const MOST_ON_BEAT_MS = 5000;

let beats = 0;
let timer: NodeJS.Timeout | undefined;
const waiting = new Set<{ at: number; go: () => void }>();

/**
 * Resolves after `everyMs`, or when `signal` is aborted; keeps no process alive. On the beat it may be
 * sooner: whoever is done before the next one goes on once in so many milliseconds.
 */
export async function pause(everyMs: number, signal: AbortSignal): Promise<void> {
  const isOnBeat = everyMs > 0 && everyMs <= MOST_ON_BEAT_MS && everyMs % BEAT_MS === 0;
  if (isOnBeat) return nextBeat(everyMs / BEAT_MS, signal);
  await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
}

function nextBeat(every: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  timer ??= setInterval(beat, BEAT_MS).unref();
  const go = () => {
    waiting.delete(one);
    signal.removeEventListener('abort', go);
    resolve();
  };
  const one = { at: (Math.floor(beats / every) + 1) * every, go };
  signal.addEventListener('abort', go);
  waiting.add(one);
  return promise;
}

function beat(): void {
  beats += 1;
  for (const { at, go } of waiting) if (at <= beats) go();
}
