// The report of an import: a CSV file, one line for each reason why a row was refused, with what to
// do about it. Line numbers and ids of the old system stand in it, nothing else of a person.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import type { Translate } from '../platform/http/locale.ts';
import type { StockRefusal } from './import-stock-accounts.ts';

const PREFIX = 'stock-accounts-command';
/** Table programs take a file for UTF-8 only with it. */
const BYTE_ORDER_MARK = '\uFEFF';
const COLUMNS = ['line', 'old_id', 'column', 'reason', 'why', 'what_to_do'] as const;

export class ImportReportFile {
  readonly #stream: WriteStream;
  readonly #t: Translate;

  private constructor(stream: WriteStream, t: Translate) {
    this.#stream = stream;
    this.#t = t;
  }

  /** A new file that only its owner may read. @throws NodeJS.ErrnoException, e.g. `EEXIST` */
  static async create(path: string, t: Translate): Promise<ImportReportFile> {
    const stream = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    await once(stream, 'open');
    const file = new ImportReportFile(stream, t);
    const headings = COLUMNS.map((column) => t(`${PREFIX}.report_column.${column}`));
    await file.#write(BYTE_ORDER_MARK + csvLine(headings));
    return file;
  }

  async add({ line, oldId, column, reason }: StockRefusal): Promise<void> {
    const why = this.#t(`${PREFIX}.reason.${reason}`);
    const advice = this.#t(`${PREFIX}.what_to_do.${adviceOn(reason)}`);
    await this.#write(csvLine([String(line), oldId, column, reason, why, advice]));
  }

  async close(): Promise<void> {
    this.#stream.end();
    await once(this.#stream, 'close');
  }

  async #write(text: string): Promise<void> {
    if (!this.#stream.write(text)) await once(this.#stream, 'drain');
  }
}

const OWN_ADVICE: ReadonlySet<StockRefusal['reason']> = new Set([
  'row_malformed',
  'old_id_differs',
  'login_repeated',
  'identity_missing',
  'level_wrong',
  'hash_missing',
  'hash_unknown',
  'hash_unsalted',
  'hash_malformed',
  'hash_too_costly',
]);

/** All other reasons are answered alike. */
function adviceOn(reason: StockRefusal['reason']): string {
  return OWN_ADVICE.has(reason) ? reason : 'correct_value';
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** RFC 4180; what a table program would take for a formula begins with an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
