// `hutong recognition-key platforms list | import | suspend | resume`: who may ask the key holder, by its own
// administrators. What they admit is of no use to anybody whom the officers of the hub have not admitted, too.
import { exitCode } from '../../platform/terminal.ts';
import { listPlatforms, readPlatforms, refuse } from '../platforms.commands.ts';
import type { ListPlatformsDependencies } from '../platforms.commands.ts';
import type { RecognitionPlatformStore } from '../recognition-platform-store.ts';

export interface KeyHolderPlatformsDependencies extends ListPlatformsDependencies {
  platforms: RecognitionPlatformStore;
  /** Its officers decide there. */
  isHub: boolean;
}

const PREFIX = 'recognition-command';

/** Undefined when that is no such command. */
export async function runKeyHolderPlatforms(
  [verb, argument, ...more]: readonly string[],
  deps: KeyHolderPlatformsDependencies,
): Promise<number | undefined> {
  const { platforms, terminal } = deps;
  if (deps.isHub) return refuse(terminal, terminal.t(`${PREFIX}.cannot.is_hub`));
  if (verb === 'list' && argument === undefined) return listPlatforms(deps);
  if (argument === undefined || more.length > 0) return undefined;
  if (verb === 'import') {
    const read = await readPlatforms(terminal, argument);
    if (!read) return exitCode.refused;
    await platforms.import(read);
    terminal.print(terminal.t(`${PREFIX}.imported`, { count: read.length }));
    return exitCode.done;
  }
  const state = verb === 'suspend' ? 'suspended' : verb === 'resume' ? 'active' : undefined;
  if (!state) return undefined;
  if (!(await platforms.setState(argument, state))) {
    return refuse(terminal, terminal.t(`${PREFIX}.cannot.not_changed`, { id: argument }));
  }
  terminal.print(terminal.t(`${PREFIX}.set.${state}`, { id: argument }));
  return exitCode.done;
}
