// `hutong recognition …`: at a hub who takes part and what is in the index, at a platform how its people
// stand in it.
import { exitCode } from '../platform/terminal.ts';
import { readAdmissionOrder, runAdmissionCommand } from './hub/admission.commands.ts';
import type { AdmissionCommandDependencies } from './hub/admission.commands.ts';
import { runHubCommand } from './hub/hub.commands.ts';
import type { HubCommandDependencies } from './hub/hub.commands.ts';
import { runPlatformCommand } from './platform/platform.commands.ts';
import type { PlatformCommandDependencies } from './platform/platform.commands.ts';
import { listPlatforms } from './platforms.commands.ts';
import type { ListPlatformsDependencies } from './platforms.commands.ts';

export interface RecognitionCommandDependencies
  extends HubCommandDependencies, PlatformCommandDependencies, ListPlatformsDependencies {
  openAdmission: () => Promise<AdmissionCommandDependencies>;
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
  const order = readAdmissionOrder(args.slice(1));
  return order ? runAdmissionCommand(order, await deps.openAdmission()) : usage(deps);
}

function usage({ terminal }: RecognitionCommandDependencies): number {
  terminal.complain(terminal.t(`${PREFIX}.usage`));
  return exitCode.usage;
}
