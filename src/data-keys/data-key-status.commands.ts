// `hutong data-keys status`: what each key is for, how much is stored under it, and what a rotation
// that is under way waits for.
import { keyPurposes } from '../platform/crypto.ts';
import type { KeyPurpose } from '../platform/crypto.ts';
import type { PurposeState, RotationState } from '../platform/keyring-state.ts';
import { keyId } from '../platform/keyring-store.ts';
import type { KeyringStore } from '../platform/keyring-store.ts';
import { DATA_KEYS } from '../platform/keyring-watcher.ts';
import type { LiveProcess, LiveProcesses } from '../platform/live-processes-store.ts';
import type { Resealer } from '../platform/reseal-store.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { isRetirable, retirableFrom } from './retire-data-key.ts';

export interface StatusDependencies {
  terminal: Terminal;
  keys: KeyringStore;
  resealer: Pick<Resealer, 'count'>;
  places: readonly SealedPlace[];
  indexes: { count(): Promise<Map<number, number>> };
  processes: Pick<LiveProcesses, 'list'>;
}

type Counts = Partial<Record<KeyPurpose, Map<number, number>>>;

const PREFIX = 'data-keys';

/** Counting reads everything that is sealed: minutes for millions. */
export async function reportStatus(
  deps: StatusDependencies,
  { isQuick }: { isQuick: boolean },
): Promise<number> {
  const { terminal, keys, resealer, indexes, places } = deps;
  const { print, t } = terminal;
  const { revision, purposes } = await keys.state();
  const ages = await keys.ages();
  const counts: Counts = isQuick
    ? {}
    : { encryption: await resealer.count(places), blindIndex: await indexes.count() };
  const head = ['purpose', 'number', 'since', 'state', 'stored'];
  const rows = keyPurposes.flatMap((purpose) =>
    numbersOf(purposes[purpose]).map((number) => [
      purpose,
      String(number),
      ages.get(keyId(purpose, number))?.toISOString().slice(0, 10) ?? '-',
      stateOf(terminal, { purpose, number, state: purposes[purpose] }),
      storedUnder(counts, purpose, number),
    ]),
  );
  print(t(`${PREFIX}.status.title`, { revision }));
  print(formatTable([head.map((name) => t(`${PREFIX}.status.column.${name}`)), ...rows]));
  const late = (await deps.processes.list()).filter(
    ({ knows }) => (knows[DATA_KEYS] ?? 0) < revision,
  );
  for (const purpose of keyPurposes) {
    const { rotation } = purposes[purpose];
    if (rotation) reportRotation(terminal, { purpose, rotation, late });
  }
  if (late.length > 0) {
    const processes = late.map(({ host, pid }) => `${host}/${pid}`).join(', ');
    print(t(`${PREFIX}.status.late`, { processes }));
  }
  return exitCode.done;
}

function reportRotation(
  { print, t }: Terminal,
  {
    purpose,
    rotation,
    late,
  }: { purpose: KeyPurpose; rotation: RotationState; late: LiveProcess[] },
): void {
  const { to, phase, startedAt, positions = {}, problems = [] } = rotation;
  const since = startedAt.toISOString();
  print(t(`${PREFIX}.status.rotation`, { purpose, number: to, since }));
  print(`  ${t(`${PREFIX}.status.phase.${late.length > 0 ? 'waiting' : phase}`)}`);
  const done = Object.entries(positions).filter(([, { isDone }]) => isDone);
  if (done.length > 0) {
    print(`  ${t(`${PREFIX}.status.resealed`, { names: done.map(([name]) => name).join(', ') })}`);
  }
  for (const { index, accountIds } of problems) {
    const key = accountIds.length > 1 ? 'collision' : 'unexplained';
    print(`  ${t(`data-keys.problem.${key}`, { index, accounts: accountIds.join(', ') })}`);
  }
}

function numbersOf({ writing, reading }: PurposeState): number[] {
  return [...new Set([...writing, ...reading])].toSorted((a, b) => b - a);
}

function stateOf(
  { t }: Terminal,
  of: { purpose: KeyPurpose; number: number; state: PurposeState },
): string {
  const { purpose, number, state } = of;
  const writes =
    purpose === 'blindIndex' ? state.writing.includes(number) : state.writing[0] === number;
  if (writes)
    return t(`${PREFIX}.status.key.${state.reading.includes(number) ? 'present' : 'written'}`);
  if (state.rotation?.to === number) return t(`${PREFIX}.status.key.announced`);
  if (!isRetirable(purpose)) return t(`${PREFIX}.status.key.reads`);
  const from = retirableFrom(purpose, state.writingSince).toISOString();
  return t(`${PREFIX}.status.key.retirable`, { from });
}

function storedUnder(counts: Counts, purpose: KeyPurpose, number: number): string {
  const counted = counts[purpose];
  return counted ? String(counted.get(number) ?? 0) : '';
}
