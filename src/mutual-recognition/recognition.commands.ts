// `hutong recognition platforms import|list|suspend|resume`: who takes part in mutual recognition, on the
// database of the hub and, by its own administrators, on that of the key holder. The rest is of a hub, or of a platform that takes part.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale } from '../platform/http/locale.ts';
import { exitCode, formatTable } from '../platform/terminal.ts';
import { runHubCommand } from './hub/hub.commands.ts';
import type { HubCommandDependencies } from './hub/hub.commands.ts';
import { runPlatformCommand } from './platform/platform.commands.ts';
import type { PlatformCommandDependencies } from './platform/platform.commands.ts';
import { recognitionPlatformFile } from './recognition-platform.ts';
import type { RecognitionPlatformStore } from './recognition-platform-store.ts';
import type { RecognitionUsage } from './usage-store.ts';

export interface RecognitionCommandDependencies
  extends HubCommandDependencies, PlatformCommandDependencies {
  platforms: RecognitionPlatformStore;
  usage: Pick<RecognitionUsage, 'ofDay'>;
  clock: Clock;
}

const PREFIX = 'recognition-command';

/** @returns the exit code: 0 done, 1 refused, 2 not understood */
export async function runRecognitionCommand(
  args: readonly string[],
  deps: RecognitionCommandDependencies,
): Promise<number> {
  const [subject, verb, argument, ...more] = args;
  if (subject !== 'platforms') {
    const code = (await runHubCommand(args, deps)) ?? (await runPlatformCommand(args, deps));
    return code ?? usage(deps);
  }
  if (more.length > 0) return usage(deps);
  if (verb === 'list' && argument === undefined) return list(deps);
  if (argument === undefined || verb === undefined) return usage(deps);
  switch (verb) {
    case 'import':
      return importFile(deps, argument);
    case 'suspend':
      return setState(deps, argument, 'suspended');
    case 'resume':
      return setState(deps, argument, 'active');
    default:
      return usage(deps);
  }
}

async function list(deps: RecognitionCommandDependencies): Promise<number> {
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

async function importFile(deps: RecognitionCommandDependencies, file: string): Promise<number> {
  const { platforms, terminal } = deps;
  let content: unknown;
  try {
    content = JSON.parse(await terminal.read(file));
  } catch {
    terminal.complain(terminal.t(`${PREFIX}.cannot.file_unreadable`, { file }));
    return exitCode.refused;
  }
  const parsed = recognitionPlatformFile.safeParse(content);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );
    terminal.complain([terminal.t(`${PREFIX}.cannot.file_wrong`), ...problems].join('\n  '));
    return exitCode.refused;
  }
  await platforms.import(parsed.data.platforms);
  terminal.print(terminal.t(`${PREFIX}.imported`, { count: parsed.data.platforms.length }));
  return exitCode.done;
}

async function setState(
  { platforms, terminal }: RecognitionCommandDependencies,
  id: string,
  state: 'active' | 'suspended',
): Promise<number> {
  if (await platforms.setState(id, state)) {
    terminal.print(terminal.t(`${PREFIX}.set.${state}`, { id }));
    return exitCode.done;
  }
  terminal.complain(terminal.t(`${PREFIX}.cannot.not_changed`, { id }));
  return exitCode.refused;
}

function usage({ terminal }: RecognitionCommandDependencies): number {
  terminal.complain(terminal.t(`${PREFIX}.usage`));
  return exitCode.usage;
}
