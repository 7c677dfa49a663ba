// Imports accounts row by row: a bad row is reported and the next one goes on. Running the same
// file again creates nothing twice: a row whose account is there counts as existing and is left
// as it is, a row whose name, phone or identity belongs to another account is refused.
import { availableParallelism } from 'node:os';
import type { AttributeName } from './account.ts';
import { VERIFIED_LEVEL, accountKinds, realNameLevels } from './account.ts';
import type { Account, AccountKind, RealNameLevel } from './account.ts';
import { draftAccount } from './account-draft.ts';
import type { AccountDraft, AccountFields, FieldProblem } from './account-draft.ts';
import type { AccountStore } from './account-store.ts';
import type { TakenReason } from './account-writer-store.ts';
import type { ImportColumn, ImportFields, ImportRow } from './import-rows.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';

/** The credentials of imported accounts; see credentials/imported-credentials.ts. */
export interface ImportedCredentials {
  readonly maxPasswordLength: number;
  /** Canonical base32, or undefined when it is none. */
  readTotpSecret(text: string): string | undefined;
  hashPassword(password: string): Promise<string>;
  /** In the transaction that inserts the account. */
  save(
    session: ClientSession,
    accountId: string,
    credentials: {
      passwordHash?: string | undefined;
      mustChangePassword: boolean;
      totpSecret?: string | undefined;
    },
  ): Promise<void>;
}

export interface ImportDependencies {
  accounts: Pick<AccountStore, 'insert' | 'findByLogin' | 'findByIdentity'>;
  credentials: ImportedCredentials;
  clock: Clock;
}

export interface ImportOptions {
  /** Passwords stay as they are even for staff, who otherwise must choose their own first. */
  keepsPasswords: boolean;
  /** Rows worked on at once. */
  parallelRows?: number;
  /** Called for every refused row; carries no value of the row. */
  onRefused(refusal: ImportRefusal): void;
}

/** `row` as in ImportRow; `reason` is a closed code with words in the locales. */
export interface ImportRefusal {
  row: number;
  field: ImportColumn | '';
  reason:
    | FieldProblem['reason']
    | TakenReason
    | 'row_malformed'
    | 'field_unknown'
    | 'kind_unknown'
    | 'level_wrong'
    | 'too_long'
    | 'totp_secret_wrong'
    | 'boolean_wrong'
    | 'no_login';
}

export interface ImportReport {
  read: number;
  created: number;
  existing: number;
  refused: number;
}

type RowOutcome =
  | { outcome: 'created' | 'existing' }
  | { outcome: 'refused'; refusals: readonly Omit<ImportRefusal, 'row'>[] };

const MAX_FIELD_LENGTH = 1000;
const MAX_PARALLEL_ROWS = 8;

/** Works through the rows with bounded memory and returns the counts. */
export async function importAccounts(
  deps: ImportDependencies,
  rows: AsyncIterable<ImportRow>,
  options: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = { read: 0, created: 0, existing: 0, refused: 0 };
  const iterator = rows[Symbol.asyncIterator]();
  let hasFailed = false;
  const work = async () => {
    while (!hasFailed) {
      const next = await iterator.next();
      if (next.done) return;
      const row = next.value;
      const result = await importRow(deps, row, options).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
      report.read += 1;
      report[result.outcome] += 1;
      if (result.outcome !== 'refused') continue;
      for (const refusal of result.refusals) options.onRefused({ row: row.number, ...refusal });
    }
  };
  const parallelRows =
    options.parallelRows ?? Math.min(MAX_PARALLEL_ROWS, availableParallelism() * 2);
  const outcomes = await Promise.allSettled(Array.from({ length: parallelRows }, work));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return report;
}

async function importRow(
  deps: ImportDependencies,
  row: ImportRow,
  options: ImportOptions,
): Promise<RowOutcome> {
  if ('problem' in row) return refuse({ field: '', reason: row.problem });
  const read = readRow(deps, row.fields, options);
  if (!read.ok) return { outcome: 'refused', refusals: read.refusals };
  const { draft, password, totpSecret, mustChangePassword } = read;
  const before = await findHolder(deps, draft);
  if (before) return compare(before, draft);
  const passwordHash = password && (await deps.credentials.hashPassword(password));
  const inserted = await deps.accounts.insert(draft, {
    actor: 'operator',
    auditType: 'accounts.imported',
    alongside: (session, accountId) =>
      deps.credentials.save(session, accountId, { passwordHash, mustChangePassword, totpSecret }),
  });
  if (inserted.ok) return { outcome: 'created' };
  // Another row or process was faster with the same name, phone or identity.
  const holder = await findHolder(deps, draft);
  return holder
    ? compare(holder, draft)
    : refuse({ field: TAKEN_FIELD[inserted.reason], reason: inserted.reason });
}

const TAKEN_FIELD = {
  login_taken: 'login',
  phone_taken: 'phone',
  identity_taken: 'certificate_number',
} as const satisfies Record<TakenReason, ImportColumn>;

const COLUMN_OF_FIELD = {
  kind: 'kind',
  subtype: 'kind',
  login: 'login',
  name: 'name',
  phone: 'phone',
  email: 'email',
  certificateType: 'certificate_type',
  certificateNumber: 'certificate_number',
  certificateCountry: 'certificate_country',
  uscc: 'uscc',
  opaqueId: 'certificate_number',
  realNameLevel: 'real_name_level',
} as const satisfies Record<keyof AccountFields, ImportColumn>;

function refuse(...refusals: Omit<ImportRefusal, 'row'>[]): RowOutcome {
  return { outcome: 'refused', refusals };
}

/** The account that already has the row's name, else its verified identity, else its phone. */
async function findHolder(
  { accounts }: ImportDependencies,
  draft: AccountDraft,
): Promise<{ account: Account; by: TakenReason } | undefined> {
  const { login, phone } = draft.attributes;
  if (login) {
    const account = await accounts.findByLogin(login.value);
    if (account?.login === login.value) return { account, by: 'login_taken' };
  }
  if (draft.realNameLevel >= VERIFIED_LEVEL) {
    const account = await accounts.findByIdentity(draft.kind, draft.attributes);
    if (account) return { account, by: 'identity_taken' };
  }
  if (phone?.verifiedAt) {
    const account = await accounts.findByLogin(phone.value, { kind: draft.kind });
    if (account?.kind === draft.kind) return { account, by: 'phone_taken' };
  }
  return undefined;
}

/** Existing: the same kind, and nothing the row says of login and identity is said otherwise. */
function compare(
  { account, by }: { account: Account; by: TakenReason },
  draft: AccountDraft,
): RowOutcome {
  const isSame = (name: AttributeName) => {
    const wanted = draft.attributes[name];
    return (
      !wanted || JSON.stringify(wanted.value) === JSON.stringify(account.attribute(name)?.value)
    );
  };
  const names = ['login', 'certificate', 'uscc'] as const;
  return account.kind === draft.kind && names.every(isSame)
    ? { outcome: 'existing' }
    : refuse({ field: TAKEN_FIELD[by], reason: by });
}

type ReadRow =
  | {
      ok: true;
      draft: AccountDraft;
      password: string | undefined;
      totpSecret: string | undefined;
      mustChangePassword: boolean;
    }
  | { ok: false; refusals: readonly Omit<ImportRefusal, 'row'>[] };

function readRow(
  { credentials, clock }: ImportDependencies,
  fields: ImportFields,
  options: ImportOptions,
): ReadRow {
  const refusals: Omit<ImportRefusal, 'row'>[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const limit = name === 'password' ? credentials.maxPasswordLength : MAX_FIELD_LENGTH;
    if (value.length > limit) refusals.push({ field: name as ImportColumn, reason: 'too_long' });
  }
  const kind = accountKinds.find((known) => known === fields.kind?.trim());
  if (!kind) refusals.push({ field: 'kind', reason: 'kind_unknown' });
  const level = readLevel(fields.real_name_level);
  if (level === undefined) refusals.push({ field: 'real_name_level', reason: 'level_wrong' });
  const totpText = fields.totp_secret?.trim();
  const totpSecret = totpText ? credentials.readTotpSecret(totpText) : undefined;
  if (totpText && !totpSecret) refusals.push({ field: 'totp_secret', reason: 'totp_secret_wrong' });
  const mustChange = readBoolean(fields.must_change_password);
  if (mustChange === 'wrong') {
    refusals.push({ field: 'must_change_password', reason: 'boolean_wrong' });
  }
  if (!kind || level === undefined || refusals.length > 0) return { ok: false, refusals };
  const outcome = draftAccount(accountFields(fields, kind, level), {
    source: 'import',
    grade: level >= VERIFIED_LEVEL ? 'B' : 'D',
    areContactsConfirmed: level >= 1,
    now: clock.now(),
  });
  if (!outcome.ok) {
    const problems = outcome.problems.map(({ field, reason }) => ({
      field: COLUMN_OF_FIELD[field],
      reason,
    }));
    return { ok: false, refusals: problems };
  }
  if (!canSignIn(outcome.draft)) {
    return { ok: false, refusals: [{ field: 'login', reason: 'no_login' }] };
  }
  const isStaff = kind === 'civilServant';
  return {
    ok: true,
    draft: outcome.draft,
    password: fields.password || undefined,
    totpSecret,
    mustChangePassword:
      mustChange === undefined ? isStaff && !options.keepsPasswords : mustChange === true,
  };
}

function accountFields(
  fields: ImportFields,
  kind: AccountKind,
  realNameLevel: RealNameLevel,
): AccountFields {
  return {
    kind,
    realNameLevel,
    login: fields.login,
    name: fields.name,
    phone: fields.phone,
    email: fields.email,
    certificateType: fields.certificate_type,
    certificateNumber: fields.certificate_number,
    certificateCountry: fields.certificate_country,
    uscc: fields.uscc,
  };
}

/** Without any of these nobody could sign in, and a second run could not find the account. */
function canSignIn({ attributes, realNameLevel }: AccountDraft): boolean {
  const { login, phone, certificate, uscc } = attributes;
  const isVerified = realNameLevel >= VERIFIED_LEVEL;
  return Boolean(login || phone?.verifiedAt || (isVerified && (certificate || uscc)));
}

/** Empty means 1: an account that registered and proved nothing more. */
function readLevel(text: string | undefined): RealNameLevel | undefined {
  const trimmed = text?.trim() || '1';
  return realNameLevels.find((level) => String(level) === trimmed);
}

function readBoolean(text: string | undefined): boolean | undefined | 'wrong' {
  const trimmed = text?.trim().toLowerCase();
  if (!trimmed) return undefined;
  if (trimmed === 'true') return true;
  return trimmed === 'false' ? false : 'wrong';
}
