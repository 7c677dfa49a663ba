// Reads the rows of an account file, CSV with a header or a JSON array, one at a time. A row that
// cannot be read is a row with a problem; a file that is something else is an ImportFileError.
import { parse } from 'csv-parse';
import type { Info } from 'csv-parse';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { JsonArrayError, jsonArrayElements } from './json-array.ts';

export const csvColumns = [
  'kind',
  'login',
  'password',
  'name',
  'phone',
  'email',
  'certificate_type',
  'certificate_number',
  'certificate_country',
  'uscc',
  'real_name_level',
] as const;

export const importColumns = [...csvColumns, 'totp_secret', 'must_change_password'] as const;
export type ImportColumn = (typeof importColumns)[number];

export type ImportFields = { [Column in ImportColumn]?: string };

export type ImportRow =
  /** `number`: the line of a CSV file (the header is 1), the place in a JSON array (from 1). */
  | { number: number; fields: ImportFields }
  | { number: number; problem: 'row_malformed' | 'field_unknown' };

export type ImportFileProblem =
  | 'file_unreadable'
  | 'encoding_wrong'
  | 'header_wrong'
  | 'json_wrong';

export class ImportFileError extends Error {
  override readonly name = 'ImportFileError';
  readonly problem: ImportFileProblem;
  constructor(problem: ImportFileProblem, cause?: unknown) {
    super(problem, { cause });
    this.problem = problem;
  }
}

export type ImportEncoding = 'utf-8' | 'gb18030';

const MAX_RECORD_BYTES = 65_536;

/** @throws ImportFileError */
export async function* readImportFile(
  path: string,
  encoding: ImportEncoding,
): AsyncGenerator<ImportRow> {
  const text = decode(createReadStream(path), encoding);
  yield* /\.json$/iu.test(path) ? readJsonRows(text) : readCsvRows(text);
}

async function* decode(
  bytes: AsyncIterable<Uint8Array>,
  encoding: ImportEncoding,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const orProblem = (work: () => string) => {
    try {
      return work();
    } catch (error) {
      throw new ImportFileError('encoding_wrong', error);
    }
  };
  try {
    for await (const chunk of bytes) yield orProblem(() => decoder.decode(chunk, { stream: true }));
  } catch (error) {
    throw error instanceof ImportFileError ? error : new ImportFileError('file_unreadable', error);
  }
  yield orProblem(() => decoder.decode());
}

/** @throws ImportFileError when the header is not ours. */
function readCsvRows(text: AsyncIterable<string>): AsyncGenerator<ImportRow> {
  return readCsvRecords(text, { known: importColumns, required: ['kind'] });
}

export interface CsvTable<Column extends string> {
  known: readonly Column[];
  required: readonly Column[];
}

export type CsvRecord<Column extends string> =
  | { number: number; fields: { [Name in Column]?: string } }
  | { number: number; problem: 'row_malformed' };

/** The rows of a CSV file of another table. @throws ImportFileError */
export function readCsvFile<Column extends string>(
  path: string,
  { encoding, ...table }: CsvTable<Column> & { encoding: ImportEncoding },
): AsyncGenerator<CsvRecord<Column>> {
  return readCsvRecords(decode(createReadStream(path), encoding), table);
}

/** The same of a file that came over the network. @throws ImportFileError */
export function readCsvBytes<Column extends string>(
  bytes: Uint8Array,
  { encoding, ...table }: CsvTable<Column> & { encoding: ImportEncoding },
): AsyncGenerator<CsvRecord<Column>> {
  return readCsvRecords(decode(Readable.from([bytes]), encoding), table);
}

async function* readCsvRecords<Column extends string>(
  text: AsyncIterable<string>,
  table: CsvTable<Column>,
): AsyncGenerator<CsvRecord<Column>> {
  type Fields = { [Name in Column]?: string };
  const malformed: number[] = [];
  let hasHeader = false;
  const parser = parse({
    columns: (names: string[]) => {
      hasHeader = true;
      return checkHeader(names, table);
    },
    bom: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD_BYTES,
    on_skip: (error) => {
      malformed.push(Number(error?.['lines'] ?? 0));
    },
  });
  const source = Readable.from(text);
  // The parser is told of a failing source, and so ends the loop below.
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const item of parser as AsyncIterable<{ record: Fields; info: Info }>) {
      yield* takeMalformed(malformed);
      yield { number: item.info.lines, fields: item.record };
    }
  } catch (error) {
    if (error instanceof ImportFileError) throw error;
    throw new ImportFileError('header_wrong', error);
  } finally {
    source.destroy();
  }
  if (!hasHeader) throw new ImportFileError('header_wrong');
  yield* takeMalformed(malformed);
}

function* takeMalformed(lines: number[]): Generator<{ number: number; problem: 'row_malformed' }> {
  for (const number of lines.splice(0)) yield { number, problem: 'row_malformed' };
}

/** Any order and any subset that has the required; unknown and repeated names are refused. */
function checkHeader(names: string[], table: CsvTable<string>): string[] {
  const columns = names.map((name) => name.trim().toLowerCase());
  const { known, required } = table;
  const isOurs =
    required.every((name) => columns.includes(name)) &&
    columns.every((name) => known.includes(name)) &&
    new Set(columns).size === columns.length;
  if (!isOurs) throw new ImportFileError('header_wrong');
  return columns;
}

/** @throws ImportFileError when the text is no JSON array. */
export async function* readJsonRows(text: AsyncIterable<string>): AsyncGenerator<ImportRow> {
  let number = 0;
  try {
    for await (const element of jsonArrayElements(text)) {
      number += 1;
      yield readJsonRow(number, element);
    }
  } catch (error) {
    if (error instanceof JsonArrayError) throw new ImportFileError('json_wrong', error);
    throw error;
  }
}

function readJsonRow(number: number, element: string): ImportRow {
  let value: unknown;
  try {
    value = JSON.parse(element);
  } catch {
    return { number, problem: 'row_malformed' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { number, problem: 'row_malformed' };
  }
  const fields: ImportFields = {};
  for (const [name, content] of Object.entries(value)) {
    const column = importColumns.find((known) => known === name);
    if (!column) return { number, problem: 'field_unknown' };
    if (content === null) continue;
    if (!['string', 'number', 'boolean'].includes(typeof content)) {
      return { number, problem: 'row_malformed' };
    }
    fields[column] = String(content);
  }
  return { number, fields };
}
