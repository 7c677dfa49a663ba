// What a change of the key set means in the processes that run: a command ends when all of them
// act upon it, or names those that do not.
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveProcess } from '../platform/live-processes-store.ts';
import { exitCode } from '../platform/terminal.ts';
import type { KeyCommandDependencies } from './keys.commands.ts';

type EffectDependencies = Pick<KeyCommandDependencies, 'processes' | 'signingKeys' | 'terminal'>;

const POLL_MS = 250;
/** A process that died is not waited for after 20 s. */
const PATIENCE_MS = 30_000;

/** Live processes that do not act upon this revision yet. */
export async function processesBehind(
  { processes, signingKeys }: Pick<EffectDependencies, 'processes' | 'signingKeys'>,
  revision: number,
): Promise<LiveProcess[]> {
  const { name } = signingKeys.kind;
  return (await processes.list()).filter(({ knows }) => (knows[name] ?? 0) < revision);
}

/** Waits and tells. @returns the exit code: 1 when some process did not follow in time */
export async function awaitEffect(deps: EffectDependencies, revision: number): Promise<number> {
  const { terminal, processes } = deps;
  const deadline = performance.now() + PATIENCE_MS;
  let behind = await processesBehind(deps, revision);
  while (behind.length > 0 && performance.now() < deadline) {
    await delay(POLL_MS);
    behind = await processesBehind(deps, revision);
  }
  if (behind.length > 0) {
    terminal.complain(
      terminal.t('signing-keys.effect.remaining', { processes: namesOf(behind), revision }),
    );
    return exitCode.refused;
  }
  const { length: count } = await processes.list();
  const words = count === 0 ? 'nobody' : 'done';
  terminal.print(terminal.t(`signing-keys.effect.${words}`, { count, revision }));
  return exitCode.done;
}

export function namesOf(processes: readonly LiveProcess[]): string {
  return processes.map(({ host, pid }) => `${host}:${pid}`).join(', ');
}

/** Processes without a word for a while: what holds for them. */
export async function warnOfSilent({ processes, terminal }: EffectDependencies): Promise<void> {
  const silent = await processes.listSilent();
  if (silent.length === 0) return;
  terminal.complain(terminal.t('signing-keys.effect.silent', { processes: namesOf(silent) }));
}
