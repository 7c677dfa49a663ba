// `hutong audit verify | list | export | status | prune`. Searching and exporting are events themselves:
// they are recorded before anything is shown.
import { exitCode, formatTable } from '../platform/terminal.ts';
import { readAuditArguments } from './audit-arguments.ts';
import type { AuditArguments } from './audit-arguments.ts';
import type { AuditRecord } from './audit-record.ts';
import type { AuditStore } from './audit-store.ts';
import { writeExport } from './export-file.ts';
import { pruneAudit } from './prune-audit.ts';
import { inWords, runVerify } from './verify.commands.ts';
import type { VerifyCommandDependencies } from './verify.commands.ts';
import { sealedBlocks } from './walk-chain.ts';

export interface AuditCommandDependencies extends VerifyCommandDependencies {
  audit: Pick<AuditStore, 'record' | 'search'>;
  /** How long records are kept at least. */
  keptDays: number;
  /** Of the account that was typed as an id or as a login name. */
  findAccountId: (typed: string) => Promise<string | undefined>;
}

const COLUMNS = [
  'at',
  'type',
  'result',
  'actor',
  'subject',
  'clientId',
  'address',
  'reason',
] as const;

/** @returns the exit code: 0 done or intact, 1 refused or not intact, 2 not understood */
export async function runAuditCommand(
  args: readonly string[],
  deps: AuditCommandDependencies,
): Promise<number> {
  const given = readAuditArguments(args);
  switch (given?.verb) {
    case 'verify':
      return runVerify(deps, given);
    case 'list':
      return list(deps, given);
    case 'export':
      return exportTo(deps, given);
    case 'status':
      return status(deps, given);
    case 'prune':
      return prune(deps, given);
    case undefined:
      deps.terminal.complain(deps.terminal.t('cli.audit.usage'));
      return exitCode.usage;
  }
}

async function list(deps: AuditCommandDependencies, given: AuditArguments): Promise<number> {
  const { terminal, audit } = deps;
  const { account, type: types, since, until, limit, json } = given;
  const accountId = account === undefined ? undefined : await deps.findAccountId(account);
  if (account !== undefined && accountId === undefined) {
    terminal.complain(terminal.t('cli.audit.account_unknown'));
    return exitCode.refused;
  }
  await audit.record({
    type: 'audit.searched',
    actor: 'operator',
    subject: accountId,
    result: 'done',
    details: { ...rangeOf(given), limit, ...(types && { types: types.join(' ') }) },
  });
  const rows: string[][] = [];
  for await (const record of audit.search({ accountId, types, since, until, limit })) {
    if (json) terminal.print(JSON.stringify(shown(record)));
    else rows.push(rowOf(record));
  }
  if (json) return exitCode.done;
  const titles = COLUMNS.map((column) => terminal.t(`cli.audit.column.${column}`));
  terminal.print(rows.length > 0 ? formatTable([titles, ...rows]) : terminal.t('cli.audit.empty'));
  return exitCode.done;
}

async function exportTo(deps: AuditCommandDependencies, given: AuditArguments): Promise<number> {
  const { terminal, audit, seals, keyring, clock } = deps;
  const [file = ''] = given.files;
  const details = rangeOf(given);
  await audit.record({ type: 'audit.exported', actor: 'operator', result: 'done', details });
  const last = (await seals.lastSeal())?._id ?? 0;
  const source = { keyring, blocks: sealedBlocks(seals, { after: 0, last }), now: clock.now() };
  try {
    const count = await writeExport(source, file, given);
    terminal.print(terminal.t('cli.audit.exported', { count, file }));
    return exitCode.done;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error;
    terminal.complain(terminal.t('cli.audit.not_written', { file, code: String(error.code) }));
    return exitCode.refused;
  }
}

async function status(
  { seals, clock, terminal }: AuditCommandDependencies,
  { json }: AuditArguments,
): Promise<number> {
  const [head, oldest] = await Promise.all([seals.keptHead(), seals.oldestPending()]);
  const waited = oldest ? Math.max(0, (clock.now().getTime() - oldest.getTime()) / 1000) : 0;
  const state = { sealedCount: head?.count ?? 0, oldestUnsealedSeconds: Math.round(waited) };
  terminal.print(json ? JSON.stringify(state) : terminal.t('cli.audit.status', state));
  return exitCode.done;
}

async function prune(deps: AuditCommandDependencies, given: AuditArguments): Promise<number> {
  const { terminal, keptDays } = deps;
  const outcome = await pruneAudit(deps, {
    anchorFiles: given.anchor ?? deps.anchorFiles,
    onProgress: (count) => terminal.complain(terminal.t('cli.audit.checked', { count })),
    keptDays,
    isRehearsal: !given.yes,
  });
  if (!outcome.ok) {
    terminal.complain(inWords(terminal, outcome.finding));
    return exitCode.refused;
  }
  const { removedCount: count, until } = outcome;
  const key = given.yes ? 'removed' : 'removable';
  const values = { count, days: keptDays, until: until.toISOString() };
  terminal.print(terminal.t(`cli.audit.${key}`, values));
  return exitCode.done;
}

function rangeOf({ since, until }: AuditArguments): Record<string, string> {
  return {
    ...(since && { since: since.toISOString() }),
    ...(until && { until: until.toISOString() }),
  };
}

function rowOf(record: AuditRecord): string[] {
  return COLUMNS.map((column) => {
    const value = record[column];
    return value instanceof Date ? value.toISOString() : (value ?? '-');
  });
}

function shown({ _id: id, mac: _mac, schemaVersion: _version, ...rest }: AuditRecord): object {
  return { id, ...rest };
}
