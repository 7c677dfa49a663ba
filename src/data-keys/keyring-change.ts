// What every step of a rotation does: change what the keys are for together with its audit
// records, and wait until every live process acts upon it.
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLog } from '../audit/audit-log.ts';
import type { KeyPurpose } from '../platform/crypto.ts';
import type { KeyringState, PurposeState } from '../platform/keyring-state.ts';
import type { KeyringStore } from '../platform/keyring-store.ts';
import { DATA_KEYS } from '../platform/keyring-watcher.ts';
import type { LiveProcess, LiveProcesses } from '../platform/live-processes-store.ts';

export type RotationProgress =
  | { step: 'announced' | 'activated' | 'dropping'; number: number }
  | { step: 'waiting'; processes: LiveProcess[] }
  | { step: 'working'; on: string; documents: number }
  | { step: 'unreadable'; on: string; count: number };

export interface ChangeDependencies {
  keys: KeyringStore;
  processes: Pick<LiveProcesses, 'list'>;
  audit: AuditLog;
  onProgress: (progress: RotationProgress) => void;
}

const POLL_MS = 300;

/** The new state, or undefined when another command has changed it first. */
export function changeKeys(
  { keys, audit }: ChangeDependencies,
  { purpose, from }: { purpose: KeyPurpose; from: KeyringState },
  state: PurposeState,
): Promise<KeyringState | undefined> {
  return keys.advance(from, { purpose, state }, async (session) => {
    for (const { type, number } of eventsOf(from.purposes[purpose], state)) {
      const details = { purpose, number };
      await audit.record({ type, actor: 'operator', result: 'done', details }, session);
    }
  });
}

function eventsOf(before: PurposeState, after: PurposeState) {
  const all = (state: PurposeState) => [...new Set([...state.writing, ...state.reading])];
  const added = all(after).filter((number) => !all(before).includes(number));
  const retired = all(before).filter((number) => !all(after).includes(number));
  const { rotation } = after;
  const isActivated = rotation?.phase === 'activated' && before.rotation?.phase === 'announced';
  return [
    ...added.map((number) => ({ type: 'keys.data_key_added' as const, number })),
    ...(isActivated ? [{ type: 'keys.data_key_activated' as const, number: rotation.to }] : []),
    ...retired.map((number) => ({ type: 'keys.data_key_retired' as const, number })),
  ];
}

/** Those who do not act upon this revision; nobody, once it was waited for them. */
export async function lateProcesses(
  { processes, onProgress }: Pick<ChangeDependencies, 'processes' | 'onProgress'>,
  revision: number,
  waits: boolean,
): Promise<LiveProcess[]> {
  let told = '';
  for (;;) {
    const late = (await processes.list()).filter(({ knows }) => (knows[DATA_KEYS] ?? 0) < revision);
    if (late.length === 0 || !waits) return late;
    const names = late.map(({ id }) => id).join();
    if (names !== told) onProgress({ step: 'waiting', processes: late });
    told = names;
    await delay(POLL_MS);
  }
}
