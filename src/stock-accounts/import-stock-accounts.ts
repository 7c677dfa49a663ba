// Imports the accounts of an old system in batches: what a row says is checked, sealed and written
// with hundreds of others at once. A bad row is reported and the rest goes on; a row that is there
// already is left as it is, so that the same file may be imported again.
import { draftAccount } from '../accounts/account-draft.ts';
import type { AccountFields, FieldProblem } from '../accounts/account-draft.ts';
import { VERIFIED_LEVEL, realNameLevels } from '../accounts/account.ts';
import type { RealNameLevel } from '../accounts/account.ts';
import type { CsvRecord } from '../accounts/import-rows.ts';
import type { Clock } from '../platform/clock.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { costClass, readForeignHash } from './foreign-hash.ts';
import type { ForeignHashProblem } from './foreign-hash.ts';
import { canonicalOldLogin, detailsOf } from './stock-account.ts';
import type { InsertResult, NewStockAccount, StockAccountStore } from './stock-account-store.ts';

export const stockColumns = [
  'old_id',
  'login',
  'password_hash',
  'name',
  'phone',
  'email',
  'certificate_type',
  'certificate_number',
  'certificate_country',
  'real_name_level',
] as const;
export type StockColumn = (typeof stockColumns)[number];
export const requiredStockColumns: readonly StockColumn[] = ['old_id', 'login', 'password_hash'];

export interface StockRefusal {
  /** Line of the file; the header is 1. */
  line: number;
  /** As far as it can be read. */
  oldId: string;
  column: StockColumn | '';
  /** A closed code with words in the locales. */
  reason:
    | 'row_malformed'
    | 'old_id_missing'
    | 'old_id_wrong'
    | 'login_missing'
    | 'login_wrong'
    | 'level_wrong'
    | 'identity_missing'
    | ForeignHashProblem
    | FieldProblem['reason']
    | Extract<InsertResult, 'old_id_differs' | 'login_repeated'>;
}

export interface StockImportReport {
  read: number;
  created: number;
  existing: number;
  /** Rows. */
  refused: number;
}

export interface StockImportDependencies {
  stock: Pick<StockAccountStore, 'insertBatch'>;
  clock: Clock;
}

export interface StockImportOptions {
  source: StockSource;
  /** Called for every reason why a row is refused; awaited before more rows are read. */
  onRefused(refusal: StockRefusal): Promise<void> | void;
}

type StockRecord = CsvRecord<StockColumn>;
interface FitRow {
  line: number;
  entry: NewStockAccount;
}

const BATCH = 1000;
const OLD_ID = /^[\p{L}\p{N}][\p{L}\p{N}._:@/+-]{0,63}$/u;
const LOGIN = /^[^\p{C}]{1,128}$/u;

const COLUMN_OF_FIELD: Partial<Record<keyof AccountFields, StockColumn>> = {
  name: 'name',
  phone: 'phone',
  email: 'email',
  certificateType: 'certificate_type',
  certificateNumber: 'certificate_number',
  certificateCountry: 'certificate_country',
};

/** Works through the rows with two batches in memory at most, and returns the counts. */
export async function importStockAccounts(
  deps: StockImportDependencies,
  rows: AsyncIterable<StockRecord>,
  options: StockImportOptions,
): Promise<StockImportReport> {
  const report: StockImportReport = { read: 0, created: 0, existing: 0, refused: 0 };
  let written: Promise<void> = Promise.resolve();
  let batch: FitRow[] = [];
  const write = async () => {
    const full = batch;
    batch = [];
    // The next batch is read and sealed while the database takes this one.
    const previous = written;
    written = previous.then(() => writeBatch(deps, full, { report, options }));
    await previous;
  };
  try {
    for await (const row of rows) {
      report.read += 1;
      const read = readRow(deps, row, options.source);
      if (read.ok) batch.push(read.row);
      else {
        report.refused += 1;
        for (const refusal of read.refusals) await options.onRefused(refusal);
      }
      if (batch.length >= BATCH) await write();
    }
    await write();
  } finally {
    await written;
  }
  return report;
}

async function writeBatch(
  { stock }: StockImportDependencies,
  rows: readonly FitRow[],
  { report, options }: { report: StockImportReport; options: StockImportOptions },
): Promise<void> {
  const results = await stock.insertBatch(rows.map(({ entry }) => entry));
  for (const [index, { line, entry }] of rows.entries()) {
    const reason = results[index] ?? 'created';
    if (reason === 'created' || reason === 'existing') {
      report[reason] += 1;
      continue;
    }
    report.refused += 1;
    const column = reason === 'old_id_differs' ? 'old_id' : 'login';
    await options.onRefused({ line, oldId: entry.details.oldId, column, reason });
  }
}

type ReadRow = { ok: true; row: FitRow } | { ok: false; refusals: readonly StockRefusal[] };

function readRow({ clock }: StockImportDependencies, row: StockRecord, source: StockSource) {
  const line = row.number;
  if ('problem' in row) return refuse(line, '', [['', row.problem]]);
  const { fields } = row;
  const problems: [StockColumn, StockRefusal['reason']][] = [];
  const oldId = (fields.old_id ?? '').trim();
  if (oldId === '') problems.push(['old_id', 'old_id_missing']);
  else if (!OLD_ID.test(oldId)) problems.push(['old_id', 'old_id_wrong']);
  const login = (fields.login ?? '').trim();
  if (login === '') problems.push(['login', 'login_missing']);
  else if (!LOGIN.test(login)) problems.push(['login', 'login_wrong']);
  const hash = readForeignHash(fields.password_hash ?? '');
  if (!hash.ok) problems.push(['password_hash', hash.problem]);
  const level = readLevel(fields.real_name_level);
  if (level === undefined) problems.push(['real_name_level', 'level_wrong']);
  const drafted = draft(fields, level ?? 1, clock.now());
  if (!drafted.ok) problems.push(...drafted.problems);
  else if ((level ?? 1) >= VERIFIED_LEVEL && !isIdentified(drafted.attributes)) {
    problems.push(['real_name_level', 'identity_missing']);
  }
  if (problems.length > 0 || !hash.ok || !drafted.ok || level === undefined) {
    // What is no id of ours may be anything, also somebody's number.
    return refuse(line, OLD_ID.test(oldId) ? oldId : '', problems);
  }
  const { recipe, digest } = hash.hash;
  const entry: NewStockAccount = {
    source: source.id,
    canonicalLogin: canonicalOldLogin(login, source),
    details: detailsOf(drafted.attributes, { oldId, login, level }),
    password: { form: 'raw', recipe, digest: digest.toString('base64url') },
    cost: costClass(recipe),
  };
  return { ok: true, row: { line, entry } } satisfies ReadRow;
}

function refuse(
  line: number,
  oldId: string,
  problems: readonly (readonly [StockRefusal['column'], StockRefusal['reason']])[],
): ReadRow {
  return {
    ok: false,
    refusals: problems.map(([column, reason]) => ({ line, oldId, column, reason })),
  };
}

type Drafted =
  | { ok: true; attributes: Parameters<typeof detailsOf>[0] }
  | { ok: false; problems: [StockColumn, StockRefusal['reason']][] };

/** The user name is the old system's and follows its rules; ours are asked when it is taken over. */
function draft(
  fields: { [Column in StockColumn]?: string },
  realNameLevel: RealNameLevel,
  now: Date,
): Drafted {
  const outcome = draftAccount(
    {
      kind: 'naturalPerson',
      realNameLevel,
      name: fields.name,
      phone: fields.phone,
      email: fields.email,
      certificateType: fields.certificate_type,
      certificateNumber: fields.certificate_number,
      certificateCountry: fields.certificate_country,
    },
    { source: 'import', grade: 'D', areContactsConfirmed: false, now },
  );
  if (outcome.ok) return { ok: true, attributes: outcome.draft.attributes };
  const problems = outcome.problems.map(
    ({ field, reason }): [StockColumn, FieldProblem['reason']] => [
      COLUMN_OF_FIELD[field] ?? 'name',
      reason,
    ],
  );
  return { ok: false, problems };
}

function isIdentified({ name, certificate }: Parameters<typeof detailsOf>[0]): boolean {
  return name !== undefined && certificate !== undefined;
}

/** Empty means 1: an account that registered and proved nothing more. */
function readLevel(text: string | undefined): RealNameLevel | undefined {
  const trimmed = text?.trim() || '1';
  return realNameLevels.find((level) => String(level) === trimmed);
}
