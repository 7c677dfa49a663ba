// `hutong data-keys status | rotate | retire | rewrap`: the keys under which data is stored, from
// the command line, while the city runs.
import { parseArgs } from 'node:util';
import { keyPurposes } from '../platform/crypto.ts';
import type { KeyPurpose } from '../platform/crypto.ts';
import type { LiveProcess } from '../platform/live-processes-store.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { reportStatus } from './data-key-status.commands.ts';
import type { StatusDependencies } from './data-key-status.commands.ts';
import { DataKeyRotation, rotatingPurposes } from './data-key-rotation.ts';
import type {
  RotatingPurpose,
  RotationDependencies,
  RotationOutcome,
} from './data-key-rotation.ts';
import type { RotationProgress } from './keyring-change.ts';
import { isRetirable, retireDataKey } from './retire-data-key.ts';
import type { RetireOutcome } from './retire-data-key.ts';
import type { RotationLock } from './rotation-lock-store.ts';

export type DataKeysCommandDependencies = Omit<RotationDependencies, 'onProgress'> &
  StatusDependencies & {
    terminal: Terminal;
    lock: RotationLock;
    holder: string;
    /** Returns how many keys it wrapped anew. */
    rewrap: () => Promise<number>;
  };

interface Options {
  purpose: KeyPurpose;
  isEarly: boolean;
  waits: boolean;
}

const PREFIX = 'data-keys';
const PROGRESS_EVERY = 100_000;

/** @returns the exit code: 0 done, 1 refused or not finished, 2 not understood */
export async function runDataKeysCommand(
  args: readonly string[],
  deps: DataKeysCommandDependencies,
): Promise<number> {
  const { terminal, lock, holder } = deps;
  const command = parseCommand(args);
  if (command?.verb === 'status') return reportStatus(deps, { isQuick: command.isQuick });
  const work = command && workOf(command, deps);
  if (!work) {
    terminal.complain(terminal.t(`${PREFIX}.usage`));
    return exitCode.usage;
  }
  const refusal = refusalOf(terminal, command);
  if (refusal !== undefined) {
    terminal.complain(refusal);
    return exitCode.refused;
  }
  const code = await lock.alone(holder, work);
  if (code !== undefined) return code;
  terminal.complain(terminal.t(`${PREFIX}.busy`));
  return exitCode.refused;
}

/** Some keys stay, whatever the state of things. */
function refusalOf(
  { t }: Terminal,
  { verb, purpose = '' }: NonNullable<ReturnType<typeof parseCommand>>,
): string | undefined {
  if (verb === 'rotate' && !isRotating(purpose)) return t(`${PREFIX}.stays.${purpose}`);
  if (verb === 'retire' && !isRetirable(purpose)) return t(`${PREFIX}.retire.not_for.${purpose}`);
  return undefined;
}

function isRotating(purpose: string): purpose is RotatingPurpose {
  return rotatingPurposes.some((name) => name === purpose);
}

function workOf(
  { verb, purpose, ...options }: NonNullable<ReturnType<typeof parseCommand>>,
  deps: DataKeysCommandDependencies,
): (() => Promise<number>) | undefined {
  if (verb === 'rewrap' && purpose === undefined) return () => rewrap(deps);
  const known = keyPurposes.find((name) => name === purpose);
  if (!known) return undefined;
  if (verb === 'rotate') return () => rotate(deps, { ...options, purpose: known });
  return verb === 'retire' ? () => retire(deps, { ...options, purpose: known }) : undefined;
}

function parseCommand(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        wait: { type: 'boolean' },
        'no-wait': { type: 'boolean' },
        early: { type: 'boolean' },
        quick: { type: 'boolean' },
      },
    });
    const [verb, purpose, ...more] = positionals;
    if (more.length > 0 || (values.wait && values['no-wait'])) return undefined;
    const { early: isEarly = false, quick: isQuick = false } = values;
    return { verb, purpose, waits: values['no-wait'] !== true, isEarly, isQuick };
  } catch {
    return undefined;
  }
}

async function rotate(
  deps: DataKeysCommandDependencies,
  { purpose, waits }: Options,
): Promise<number> {
  if (!isRotating(purpose)) return exitCode.refused;
  const onProgress = progressLines(deps.terminal, purpose);
  const rotation = new DataKeyRotation({ ...deps, onProgress });
  return reportRotation(deps.terminal, purpose, await rotation.rotate(purpose, { waits }));
}

function reportRotation(
  { print, complain, t }: Terminal,
  purpose: KeyPurpose,
  outcome: RotationOutcome,
): number {
  if (outcome.ok) {
    print(t(`${PREFIX}.rotate.done`, { purpose, number: outcome.number }));
    if (isRetirable(purpose)) print(t(`${PREFIX}.rotate.retire_later`, { purpose }));
    return exitCode.done;
  }
  if (outcome.reason === 'waiting') {
    const processes = namesOf(outcome.processes);
    complain(t(`${PREFIX}.rotate.unfinished`, { purpose, processes }));
    return exitCode.refused;
  }
  for (const { index, accountIds } of outcome.problems) {
    const key = accountIds.length > 1 ? 'collision' : 'unexplained';
    complain(t(`${PREFIX}.problem.${key}`, { index, accounts: accountIds.join(', ') }));
  }
  complain(t(`${PREFIX}.rotate.stopped`, { purpose, count: outcome.problems.length }));
  return exitCode.refused;
}

async function retire(
  deps: DataKeysCommandDependencies,
  { purpose, isEarly, waits }: Options,
): Promise<number> {
  if (!isRetirable(purpose)) return exitCode.refused;
  const onProgress = progressLines(deps.terminal, purpose);
  const outcome = await retireDataKey({ ...deps, onProgress }, purpose, { isEarly, waits });
  return reportRetirement(deps.terminal, purpose, outcome);
}

function reportRetirement(
  { print, complain, t }: Terminal,
  purpose: KeyPurpose,
  outcome: RetireOutcome,
): number {
  if (outcome.ok) {
    print(t(`${PREFIX}.retire.done`, { purpose, count: outcome.count }));
    return exitCode.done;
  }
  if (outcome.reason === 'too_early') {
    complain(t(`${PREFIX}.retire.too_early`, { purpose, from: outcome.from.toISOString() }));
  } else if (outcome.reason === 'waiting') {
    const processes = namesOf(outcome.processes);
    complain(t(`${PREFIX}.rotate.unfinished`, { purpose, processes }));
  } else {
    complain(t(`${PREFIX}.retire.${outcome.reason}`, { purpose }));
  }
  return exitCode.refused;
}

async function rewrap({ terminal, rewrap: work }: DataKeysCommandDependencies): Promise<number> {
  const count = await work();
  terminal.print(terminal.t(`${PREFIX}.rewrap.${count > 0 ? 'done' : 'nothing'}`, { count }));
  return exitCode.done;
}

function progressLines({ print, complain, t }: Terminal, purpose: KeyPurpose) {
  const done = new Map<string, number>();
  return (progress: RotationProgress): void => {
    if (progress.step === 'waiting') {
      complain(t(`${PREFIX}.progress.waiting`, { processes: namesOf(progress.processes) }));
    } else if (progress.step === 'unreadable') {
      complain(t(`${PREFIX}.progress.unreadable`, { on: progress.on, count: progress.count }));
    } else if (progress.step === 'working') {
      const before = done.get(progress.on) ?? 0;
      const now = before + progress.documents;
      done.set(progress.on, now);
      if (Math.floor(now / PROGRESS_EVERY) > Math.floor(before / PROGRESS_EVERY)) {
        complain(t(`${PREFIX}.progress.working`, { on: progress.on, count: now }));
      }
    } else {
      print(t(`${PREFIX}.progress.${progress.step}`, { purpose, number: progress.number }));
    }
  };
}

function namesOf(processes: readonly LiveProcess[]): string {
  return processes.map(({ host, pid }) => `${host}/${pid}`).join(', ');
}
