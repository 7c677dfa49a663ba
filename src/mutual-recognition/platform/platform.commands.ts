// `hutong recognition status | reconcile | new-keys`: how the people of this platform stand in the index of
// the hub, and the keys that it takes part with.
import type { Clock } from '../../platform/clock.ts';
import { exitCode, formatTable } from '../../platform/terminal.ts';
import type { Terminal } from '../../platform/terminal.ts';
import type { AccountMarkStore } from './account-mark-store.ts';
import { platformId } from '../recognition-platform.ts';
import { makePlatformKeys } from './make-platform-keys.ts';
import type { RecognitionClient } from './open-recognition-client.ts';
import type { RegistrationStore } from './registration-store.ts';

export interface PlatformCommandDependencies {
  registrations: Pick<RegistrationStore, 'counts'>;
  marks: Pick<AccountMarkStore, 'count'>;
  /** Undefined where this platform takes no part. */
  client: Pick<RecognitionClient, 'reconcile'> | undefined;
  clock: Clock;
  terminal: Terminal;
}

const PREFIX = 'recognition-command';

/** Undefined when that is no command of a platform. */
export async function runPlatformCommand(
  args: readonly string[],
  deps: PlatformCommandDependencies,
): Promise<number | undefined> {
  const [verb, ...more] = args;
  if (verb === 'new-keys') return newKeys(deps, more);
  if (more.length > 0 || (verb !== 'status' && verb !== 'reconcile')) return undefined;
  if (!deps.client) return refuse(deps, 'no_part');
  if (verb === 'status') return status(deps);
  const reports = await deps.client.reconcile();
  if (!reports) return refuse(deps, 'no_answer');
  for (const report of reports)
    deps.terminal.print(deps.terminal.t(`${PREFIX}.reconciled`, { ...report }));
  return exitCode.done;
}

async function status(deps: PlatformCommandDependencies): Promise<number> {
  const { registrations, marks, terminal } = deps;
  const rows = (await registrations.counts()).map(({ epoch, state, count }) => [
    terminal.t(`${PREFIX}.epoch`, { epoch }),
    terminal.t(`${PREFIX}.registration.${state}`),
    String(count),
  ]);
  if (rows.length > 0) terminal.print(formatTable(rows));
  terminal.print(terminal.t(`${PREFIX}.waiting`, { count: await marks.count() }));
  return exitCode.done;
}

/** The private halves are shown this once and kept nowhere. */
async function newKeys(
  { terminal, clock }: PlatformCommandDependencies,
  [id, ...more]: readonly string[],
): Promise<number | undefined> {
  if (more.length > 0 || !platformId.safeParse(id).success || id === undefined) return undefined;
  const kid = clock.now().toISOString().slice(0, 10);
  terminal.print(JSON.stringify(await makePlatformKeys({ id, kid }), null, 2));
  return exitCode.done;
}

function refuse({ terminal }: PlatformCommandDependencies, why: string): number {
  terminal.complain(terminal.t(`${PREFIX}.cannot.${why}`));
  return exitCode.refused;
}
