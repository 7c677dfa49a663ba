// `hutong stock-accounts import|status`: accounts of old systems, before their owners take them over.
import { parseArgs } from 'node:util';
import { ImportFileError, readCsvFile } from '../accounts/import-rows.ts';
import type { ImportEncoding } from '../accounts/import-rows.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { ImportReportFile } from './import-report.ts';
import {
  importStockAccounts,
  requiredStockColumns,
  stockColumns,
} from './import-stock-accounts.ts';
import type { StockRefusal } from './import-stock-accounts.ts';
import type { StockAccountStore } from './stock-account-store.ts';

export interface StockAccountsCommandDependencies {
  stock: Pick<StockAccountStore, 'insertBatch'>;
  sources: readonly StockSource[];
  audit: AuditLog;
  clock: Clock;
  terminal: Terminal;
}

interface ImportCommand {
  source: string;
  csv: string;
  report: string | undefined;
  encoding: ImportEncoding;
}

const PREFIX = 'stock-accounts-command';
/** Refusals that are printed where there is no report file. */
const MOST_PRINTED = 100;

/** @returns the exit code: 0 done, 1 rows were refused, 2 not understood or no such file or source */
export async function runStockAccountsCommand(
  args: readonly string[],
  deps: StockAccountsCommandDependencies,
): Promise<number> {
  const { terminal, sources } = deps;
  const command = readCommand(args);
  if (command === 'help') {
    terminal.print(usage(terminal));
    return exitCode.done;
  }
  if (!command) {
    terminal.complain(usage(terminal));
    return exitCode.usage;
  }
  const source = sources.find(({ id }) => id === command.source);
  if (!source) {
    const known = sources.map(({ id }) => id).join(', ') || '-';
    terminal.complain(terminal.t(`${PREFIX}.source_unknown`, { known }));
    return exitCode.usage;
  }
  const report = await openReport(terminal, command.report);
  if (report === 'unwritable') return exitCode.usage;
  try {
    return await importFile(deps, { command, source, report });
  } finally {
    await report?.close();
  }
}

async function openReport(
  { complain, t }: Terminal,
  path: string | undefined,
): Promise<ImportReportFile | undefined | 'unwritable'> {
  if (path === undefined) return undefined;
  try {
    return await ImportReportFile.create(path, t);
  } catch {
    complain(t(`${PREFIX}.report_unwritable`));
    return 'unwritable';
  }
}

async function importFile(
  { stock, audit, clock, terminal }: StockAccountsCommandDependencies,
  of: { command: ImportCommand; source: StockSource; report: ImportReportFile | undefined },
): Promise<number> {
  const { command, source, report } = of;
  const { print, complain, t } = terminal;
  const record = { type: 'stock_accounts.imported', actor: 'operator' } as const;
  // Before anything is written: an import that cannot be recorded does not happen.
  await audit.record({
    ...record,
    result: 'done',
    reason: 'begun',
    details: { source: source.id },
  });
  let printed = 0;
  const onRefused = async (refusal: StockRefusal) => {
    await report?.add(refusal);
    printed += 1;
    if (report || printed > MOST_PRINTED) return;
    const { line, column, reason } = refusal;
    const why = t(`${PREFIX}.reason.${reason}`);
    print(t(`${PREFIX}.refused`, { line, column: column || '-', why, code: reason }));
  };
  const rows = readCsvFile(command.csv, {
    encoding: command.encoding,
    known: stockColumns,
    required: requiredStockColumns,
  });
  try {
    const counts = await importStockAccounts({ stock, clock }, rows, { source, onRefused });
    await audit.record({
      ...record,
      result: 'done',
      reason: 'ended',
      details: { source: source.id, ...counts },
    });
    if (!report && printed > MOST_PRINTED)
      print(t(`${PREFIX}.more`, { count: printed - MOST_PRINTED }));
    print(t(`${PREFIX}.done`, { ...counts }));
    return counts.refused === 0 ? exitCode.done : exitCode.refused;
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error;
    complain(t(`accounts-command.file.${error.problem}`));
    return exitCode.usage;
  }
}

function usage({ t }: Terminal): string {
  return t(`${PREFIX}.usage`, { columns: stockColumns.join(',') });
}

function readCommand(args: readonly string[]): ImportCommand | 'help' | undefined {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        source: { type: 'string' },
        csv: { type: 'string' },
        report: { type: 'string' },
        encoding: { type: 'string', default: 'utf-8' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch {
    return undefined;
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  const { source, csv, report } = values;
  const encoding = values.encoding.toLowerCase();
  if (positionals.length !== 1 || positionals[0] !== 'import') return undefined;
  if (source === undefined || csv === undefined) return undefined;
  if (encoding !== 'utf-8' && encoding !== 'gb18030') return undefined;
  return { source, csv, report, encoding };
}
