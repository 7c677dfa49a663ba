// The operator's command line as a process of its own.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export interface CommandOutcome {
  code: number;
  out: string;
  err: string;
}

/** In a shell in which nothing else is set. */
export function runHutong(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const options = { env: { ...compiled, LANG: 'en_US.UTF-8', ...environment } };
    const child = execFile(process.execPath, [CLI, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
    child.stdin?.end(input);
  });
}
