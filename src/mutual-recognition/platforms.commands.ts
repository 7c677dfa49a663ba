// What the commands of hub and key holder have in common: the list of platforms with what each has used
// today, and the file that they are put on record from.
import type { Clock } from '../platform/clock.ts';
import { defaultLocale } from '../platform/http/locale.ts';
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { recognitionPlatformFile } from './recognition-platform.ts';
import type { ProposedPlatform } from './recognition-platform.ts';
import type { RecognitionPlatformStore } from './recognition-platform-store.ts';
import type { RecognitionUsage } from './usage-store.ts';

export interface ListPlatformsDependencies {
  platforms: Pick<RecognitionPlatformStore, 'list'>;
  usage: Pick<RecognitionUsage, 'ofDay'>;
  terminal: Terminal;
  clock: Clock;
}

const PREFIX = 'recognition-command';

export async function listPlatforms(deps: ListPlatformsDependencies): Promise<number> {
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

/** Undefined when it has been said why not. */
export async function readPlatforms(
  terminal: Terminal,
  file: string,
): Promise<readonly ProposedPlatform[] | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await terminal.read(file));
  } catch {
    terminal.complain(terminal.t(`${PREFIX}.cannot.file_unreadable`, { file }));
    return undefined;
  }
  const parsed = recognitionPlatformFile.safeParse(content);
  if (parsed.success) return parsed.data.platforms;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  terminal.complain([terminal.t(`${PREFIX}.cannot.file_wrong`), ...problems].join('\n  '));
  return undefined;
}

/** Says why not. */
export function refuse({ complain }: Terminal, why: string): number {
  complain(why);
  return exitCode.refused;
}
