// `hutong accounts …`: the command line of this domain. Prints to the given streams, returns the
// exit code: 0 all rows in, 1 some rows refused, 2 the command or the file could not be used.
import { parseArgs } from 'node:util';
import { importAccounts } from './import.ts';
import type { ImportDependencies, ImportReport } from './import.ts';
import { ImportFileError, csvColumns, readImportFile } from './import-rows.ts';
import type { ImportEncoding } from './import-rows.ts';

export interface AccountsCommandDependencies extends ImportDependencies {
  /** Words of the operator's language, e.g. `accounts-command.usage`. */
  translate(key: string, values?: Readonly<Record<string, string | number>>): string;
  print(line: string): void;
  printError(line: string): void;
}

const PREFIX = 'accounts-command';

/** `args` without the leading `accounts`. */
export async function runAccountsCommand(
  args: readonly string[],
  deps: AccountsCommandDependencies,
): Promise<number> {
  const command = readCommand(args);
  if (command === 'help') {
    deps.print(usage(deps));
    return 0;
  }
  if (!command) {
    deps.printError(usage(deps));
    return 2;
  }
  try {
    const rows = readImportFile(command.file, command.encoding);
    const report = await importAccounts(deps, rows, {
      keepsPasswords: command.keepsPasswords,
      onRefused: ({ row, field, reason }) =>
        deps.print(
          deps.translate(`${PREFIX}.refused`, {
            row,
            field: field || '-',
            code: reason,
            why: deps.translate(`${PREFIX}.reason.${reason}`),
          }),
        ),
    });
    printReport(deps, report);
    return report.refused === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error;
    deps.printError(deps.translate(`${PREFIX}.file.${error.problem}`));
    return 2;
  }
}

function printReport(deps: AccountsCommandDependencies, report: ImportReport): void {
  deps.print(deps.translate(`${PREFIX}.report`, { ...report }));
}

function usage(deps: AccountsCommandDependencies): string {
  return deps.translate(`${PREFIX}.usage`, { columns: csvColumns.join(',') });
}

interface ImportCommand {
  file: string;
  encoding: ImportEncoding;
  keepsPasswords: boolean;
}

function readCommand(args: readonly string[]): ImportCommand | 'help' | undefined {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        encoding: { type: 'string', default: 'utf-8' },
        'keep-passwords': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch {
    return undefined;
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  const [verb, file, ...rest] = positionals;
  const encoding = values.encoding.toLowerCase();
  if (verb !== 'import' || !file || rest.length > 0) return undefined;
  if (encoding !== 'utf-8' && encoding !== 'gb18030') return undefined;
  return { file, encoding, keepsPasswords: values['keep-passwords'] };
}
