// `hutong recognition …`: at a hub who takes part and what is in the index, at a platform how its people
// stand in it.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale } from '../platform/http/locale.ts';
import { exitCode, formatTable } from '../platform/terminal.ts';
import { runAdmissionCommand } from './hub/admission.commands.ts';
import type { AdmissionCommandDependencies } from './hub/admission.commands.ts';
import { runHubCommand } from './hub/hub.commands.ts';
import type { HubCommandDependencies } from './hub/hub.commands.ts';
import { runPlatformCommand } from './platform/platform.commands.ts';
import type { PlatformCommandDependencies } from './platform/platform.commands.ts';
import type { RecognitionPlatformStore } from './recognition-platform-store.ts';
import type { RecognitionUsage } from './usage-store.ts';

export interface RecognitionCommandDependencies
  extends HubCommandDependencies, PlatformCommandDependencies {
  platforms: Pick<RecognitionPlatformStore, 'list'>;
  openAdmission: () => Promise<AdmissionCommandDependencies>;
  usage: Pick<RecognitionUsage, 'ofDay'>;
  clock: Clock;
}

const PREFIX = 'recognition-command';

/** @returns the exit code: 0 done, 1 refused, 2 not understood */
export async function runRecognitionCommand(
  args: readonly string[],
  deps: RecognitionCommandDependencies,
): Promise<number> {
  const [subject, verb, ...rest] = args;
  if (subject !== 'platforms') {
    const code = (await runHubCommand(args, deps)) ?? (await runPlatformCommand(args, deps));
    return code ?? usage(deps);
  }
  if (verb === 'list' && rest.length === 0) return listPlatforms(deps);
  const admission = await deps.openAdmission();
  return (await runAdmissionCommand(args.slice(1), admission)) ?? usage(deps);
}

export async function listPlatforms(
  deps: Pick<RecognitionCommandDependencies, 'platforms' | 'terminal' | 'clock' | 'usage'>,
): Promise<number> {
  const { platforms, terminal, clock } = deps;
  const used = new Map(
    (await deps.usage.ofDay(clock.now())).map((each) => [each.name, each.count]),
  );
  const rows = (await platforms.list()).map(({ id, names, issuer, state }) => [
    id,
    names[defaultLocale],
    issuer,
    terminal.t(`${PREFIX}.state.${state}`),
    terminal.t(`${PREFIX}.today`, {
      evaluations: used.get(`evaluations/${id}`) ?? 0,
      lookups: used.get(`lookups/${id}`) ?? 0,
      entries: used.get(`entries/${id}`) ?? 0,
      conflicts: used.get(`conflicts/${id}`) ?? 0,
    }),
  ]);
  terminal.print(rows.length > 0 ? formatTable(rows) : terminal.t(`${PREFIX}.none`));
  return exitCode.done;
}

function usage({ terminal }: RecognitionCommandDependencies): number {
  terminal.complain(terminal.t(`${PREFIX}.usage`));
  return exitCode.usage;
}
