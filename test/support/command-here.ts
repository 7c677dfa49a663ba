// The operator's command line within the test's own process: for what a command does, not for how a
// process of it starts and ends (hutong-command.ts).
import { readFile } from 'node:fs/promises';
import { runCommand } from '../../src/cli/run.ts';
import { localesFolder } from '../../src/platform/http/http-app.ts';
import { loadWords } from '../../src/platform/http/locale.ts';
import type { CommandOutcome } from './hutong-command.ts';

const words = loadWords(localesFolder);

/** Like `runHutong`, with a connection, keys and a living process of its own. */
export async function runHutongHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  /** What is typed where nothing shows, in turn. */
  typed: readonly string[] = [],
): Promise<CommandOutcome> {
  const answers = [...typed];
  const lines = { out: '', err: '' };
  const terminal = {
    print: (line: string) => void (lines.out += `${line}\n`),
    complain: (line: string) => void (lines.err += `${line}\n`),
    read: (file: string) => readFile(file, 'utf8'),
    askSecretly: () => Promise.resolve(answers.shift()),
    t: (key: string, values?: Readonly<Record<string, string | number>>) =>
      words.translate('en', key, values),
  };
  const code = await runCommand(args, { terminal, settings: () => Promise.resolve(environment) });
  return { code, ...lines };
}
