// The form of an export: named sections of flat rows, made once for the file and for the page. A
// domain whose data belongs to an account gives a section of its own.
import type { Account } from '../accounts/account.ts';

/** A closed word of ours: as it is in the file, in the reader's words on the page. */
export interface Coded {
  code: string;
  /** Locale key. */
  words: string;
}

export type ExportValue = string | number | boolean | Date | Coded | readonly string[] | undefined;

/** The words are `privacy-export.field.<name>`. */
export const exportFields = [
  'id',
  'kind',
  'subtype',
  'real_name_level',
  'real_name_verified_at',
  'created_at',
  'updated_at',
  'attribute',
  'value',
  'certificate_type',
  'country',
  'source',
  'grade',
  'verified_at',
  'expires_at',
  'at',
  'method',
  'result',
  'level',
  'terminal',
  'revoked_at',
  'revoked_for',
  'way',
  'name',
  'since',
  'last_used_at',
  'remaining',
  'second_factor_proven',
  'address',
  'systems',
  'system',
  'client_id',
  'basis',
  'items',
  'agreement',
  'version',
  'language',
  'text_sha256',
  'event',
  'by',
  'reason',
  'details',
  'reference',
  'relation',
  'state',
  'role',
  'due_at',
  'text',
  'answer',
  'files',
  'login',
  'phone',
  'email',
  'to',
  'to_number',
] as const;

export type ExportRow = Readonly<Partial<Record<(typeof exportFields)[number], ExportValue>>>;

/** The words are `privacy-export.way.<name>` and `privacy-export.by.<name>`. */
export const exportWays = ['password', 'authenticator', 'passkey', 'recovery_codes'] as const;
export const exportActors = [
  'self',
  'anonymous',
  'operator',
  'system',
  'client',
  'others',
] as const;
export type ExportActor = (typeof exportActors)[number];

export interface ExportReader {
  locale: string;
}

export interface ExportSection {
  /** The words are `privacy-export.section.<name>`. */
  name: string;
  rows: (account: Account, reader: ExportReader) => AsyncIterable<ExportRow> | Promise<ExportRow[]>;
}

export function coded(code: string, words: string): Coded;
export function coded(code: string | undefined, words: string): Coded | undefined;
export function coded(code: string | undefined, words: string): Coded | undefined {
  return code === undefined ? undefined : { code, words: `${words}.${code}` };
}
