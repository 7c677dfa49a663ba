// What a command of the command line may do with the outside: print, complain, read a file, ask.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Translate } from './http/locale.ts';

export interface Terminal {
  /** The result, to standard output. */
  print: (text: string) => void;
  /** What went wrong or went on, to standard error. */
  complain: (text: string) => void;
  /** `-` is standard input. @throws Error when it cannot be read. */
  read: (file: string) => Promise<string>;
  t: Translate;
}

export interface AskingTerminal extends Terminal {
  /** The answer to a question, of which nothing is shown; undefined when nobody answers. */
  askSecretly: (question: string) => Promise<string | undefined>;
}

/** As processes report it. */
export const exitCode = { done: 0, refused: 1, usage: 2 } as const;

/** True for a yes, in either language; undefined when nobody sits at standard input. */
export async function confirmAtTerminal(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(?:y|yes|是)$/iu.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
}

/** What was piped in, line by line; read whole at the first question. */
let piped: Promise<string[]> | undefined;

/**
 * The answer to a question at standard error; what is typed is not shown. Without a terminal the next
 * line of standard input; undefined when there is none.
 */
export async function askSecretly(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) {
    piped ??= text(process.stdin).then((all) => all.split(/\r?\n/u).filter((line) => line !== ''));
    return (await piped).shift();
  }
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

/** Columns side by side; Chinese characters take two places in a terminal. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    }
  }
  const pad = (cell: string, column: number) =>
    cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\u{20000}-\u{3FFFD}]/u;

function displayWidth(text: string): number {
  return Array.from(text).reduce((width, char) => width + (WIDE.test(char) ? 2 : 1), 0);
}
