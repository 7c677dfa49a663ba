// `hutong accounts …`: the command line of this domain. `import` is here; what is done to one
// account is in operate-account.commands.ts.
import { parseArgs } from 'node:util';
import { importAccounts } from './import.ts';
import type { ImportDependencies } from './import.ts';
import { ImportFileError, csvColumns, readImportFile } from './import-rows.ts';
import type { ImportEncoding } from './import-rows.ts';
import { operateVerbs, runOperateCommand } from './operate-account.commands.ts';
import type { OperateCommandDependencies } from './operate-account.commands.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';

export interface AccountsCommandDependencies extends ImportDependencies {
  accounts: ImportDependencies['accounts'] & OperateCommandDependencies['accounts'];
  holdings: OperateCommandDependencies['holdings'];
  terminal: Terminal;
}

const PREFIX = 'accounts-command';

/** @returns the exit code: 0 done, 1 something was refused, 2 not understood or no such file */
export async function runAccountsCommand(
  args: readonly string[],
  deps: AccountsCommandDependencies,
): Promise<number> {
  const { terminal } = deps;
  const command = readCommand(args);
  if (command === 'help') {
    terminal.print(usage(terminal));
    return exitCode.done;
  }
  if (operateVerbs.some((verb) => verb === args[0])) return runOperateCommand(args, deps);
  if (!command) {
    terminal.complain(usage(terminal));
    return exitCode.usage;
  }
  return importFile(deps, command);
}

async function importFile(
  deps: AccountsCommandDependencies,
  { file, encoding, keepsPasswords }: ImportCommand,
): Promise<number> {
  const { print, complain, t } = deps.terminal;
  try {
    const report = await importAccounts(deps, readImportFile(file, encoding), {
      keepsPasswords,
      onRefused: ({ row, field, reason }) => {
        const why = t(`${PREFIX}.reason.${reason}`);
        print(t(`${PREFIX}.refused`, { row, field: field || '-', code: reason, why }));
      },
    });
    print(t(`${PREFIX}.report`, { ...report }));
    return report.refused === 0 ? exitCode.done : exitCode.refused;
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error;
    complain(t(`${PREFIX}.file.${error.problem}`));
    return exitCode.usage;
  }
}

function usage({ t }: Terminal): string {
  return `${t(`${PREFIX}.usage`, { columns: csvColumns.join(',') })}\n\n${t(`${PREFIX}.usage_of_one`)}`;
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
