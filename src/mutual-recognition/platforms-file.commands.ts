// The file that platforms are put on record from, as hub and key holder read it.
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { recognitionPlatformFile } from './recognition-platform.ts';
import type { ProposedPlatform } from './recognition-platform.ts';

const PREFIX = 'recognition-command';

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
