// `hutong directory`: staff from a file of the personnel office, a first password for somebody whom no
// message reaches, and by `source/sync.commands.ts` the import at an interval.
import { parseArgs } from 'node:util';
import { ImportFileError, readCsvFile } from '../accounts/import-rows.ts';
import type { ImportEncoding } from '../accounts/import-rows.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { carryOutImport, importDepartments, leaversOf, planImport } from './import-staff.ts';
import type { ImportStaffDependencies, StaffPlan } from './import-staff.ts';
import type { HandOverOutcome } from './invite-staff.ts';
import {
  departmentColumns,
  readDepartmentRows,
  readStaffRows,
  staffColumns,
} from './staff-file.ts';
import type { StaffEntry } from './staff-entry.ts';
import { runSyncCommand } from './source/sync.commands.ts';
import type { SyncCommandDependencies } from './source/sync.commands.ts';

export interface DirectoryCommandDependencies
  extends ImportStaffDependencies, SyncCommandDependencies {
  terminal: Terminal;
  /** A first password, shown once. */
  handOver(entry: StaffEntry): Promise<HandOverOutcome>;
}

interface ImportCommand {
  staff: string;
  departments: string | undefined;
  isDry: boolean;
  mostLeaving: number | undefined;
  encoding: ImportEncoding;
}

const PREFIX = 'directory-command';
/** A change of office is no reason for alarm; a file that was cut off is. */
const FREE_LEAVERS = 5;
const MOST_LEAVING_PERCENT = 10;
const ENCODINGS = ['utf-8', 'gb18030'] as const;

/** @returns the exit code: 0 done, 1 refused or partly refused, 2 not understood or no such file */
export async function runDirectoryCommand(
  args: readonly string[],
  deps: DirectoryCommandDependencies,
): Promise<number> {
  const { terminal } = deps;
  const [verb, ...rest] = args;
  if (verb === 'hand-over' && rest.length === 1) return handOver(deps, rest[0] ?? '');
  const synced = await runSyncCommand(args, deps);
  if (synced !== undefined) return synced;
  const command = verb === 'import' ? readImport(rest) : undefined;
  if (!command) {
    const columns = { staff: staffColumns.join(','), departments: departmentColumns.join(',') };
    terminal.complain(terminal.t(`${PREFIX}.usage`, columns));
    return exitCode.usage;
  }
  try {
    return await importFiles(deps, command);
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error;
    terminal.complain(terminal.t(`${PREFIX}.file.${error.problem}`));
    return exitCode.usage;
  }
}

async function importFiles(
  deps: DirectoryCommandDependencies,
  { staff: file, departments, isDry, mostLeaving, encoding }: ImportCommand,
): Promise<number> {
  const { terminal } = deps;
  const required = { known: staffColumns, required: ['user_name', 'name'] } as const;
  const read = await readStaffRows(readCsvFile(file, { ...required, encoding }));
  const tree =
    departments === undefined
      ? { departments: [], problems: [] }
      : await readDepartmentRows(
          readCsvFile(departments, {
            known: departmentColumns,
            required: ['code', 'name'],
            encoding,
          }),
        );
  const problems = [...tree.problems, ...read.problems];
  for (const { line, problem } of problems) {
    terminal.complain(
      terminal.t(`${PREFIX}.row`, { line, why: terminal.t(`${PREFIX}.problem.${problem}`) }),
    );
  }
  // Who could not be read would otherwise count as gone.
  if (problems.length > 0) return refuse(terminal, 'nothing_done');
  const plan = await planImport(deps, read.staff);
  terminal.print(terminal.t(`${PREFIX}.plan`, countsOf(plan)));
  const allowed =
    mostLeaving ?? Math.max(FREE_LEAVERS, (plan.imported * MOST_LEAVING_PERCENT) / 100);
  const leaving = leaversOf(plan).length;
  if (leaving > allowed) return refuse(terminal, 'too_many_leave', { leaving });
  if (isDry) return exitCode.done;
  const failures = [
    ...(await importDepartments(deps, tree.departments)),
    ...(await carryOutImport(deps, plan)),
  ];
  for (const { line, reason } of failures) {
    terminal.complain(
      terminal.t(`${PREFIX}.row`, { line, why: terminal.t(`${PREFIX}.refused.${reason}`) }),
    );
  }
  terminal.print(
    terminal.t(`${PREFIX}.${failures.length > 0 ? 'partly' : 'done'}`, { count: failures.length }),
  );
  return failures.length > 0 ? exitCode.refused : exitCode.done;
}

function countsOf(plan: StaffPlan) {
  const { joining, changing, leaving, unchanged } = plan;
  return {
    joining: joining.length,
    changing: changing.length,
    leaving: leaving.length,
    unchanged,
  };
}

function refuse(terminal: Terminal, why: string, values: Record<string, number> = {}): number {
  terminal.complain(terminal.t(`${PREFIX}.${why}`, values));
  return exitCode.refused;
}

async function handOver(deps: DirectoryCommandDependencies, userName: string): Promise<number> {
  const { terminal, reader } = deps;
  const entry = await reader.staffBy('username', userName, {});
  if (entry === undefined || entry === 'not_indexed' || !entry.isActive) {
    return refuse(terminal, 'nobody');
  }
  const outcome = await deps.handOver(entry);
  if (!outcome.ok) {
    return refuse(terminal, outcome.reason === 'holds_role' ? 'holds_role' : 'nobody');
  }
  const { password, validUntil } = outcome.prepared;
  const until = validUntil.toISOString();
  terminal.print(terminal.t(`${PREFIX}.handed_over`, { password, until }));
  return exitCode.done;
}

function readImport(args: readonly string[]): ImportCommand | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        departments: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        'most-leaving': { type: 'string' },
        encoding: { type: 'string', default: 'utf-8' },
      },
    });
    const [staff, ...more] = positionals;
    const encoding = ENCODINGS.find((known) => known === values.encoding);
    const most = values['most-leaving'];
    const isNumber = most === undefined || /^\d{1,6}$/u.test(most);
    if (staff === undefined || more.length > 0 || !encoding || !isNumber) return undefined;
    const mostLeaving = most === undefined ? undefined : Number(most);
    return {
      staff,
      departments: values.departments,
      isDry: values['dry-run'],
      mostLeaving,
      encoding,
    };
  } catch {
    return undefined;
  }
}
