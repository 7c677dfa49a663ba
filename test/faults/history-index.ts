// A history, arranged for the questions of the checker.
import type { History, Recorded } from './history.ts';

export type Of<Op extends Recorded['op']> = Recorded & { op: Op };
export type Use = Of<'silent' | 'redeem' | 'refresh' | 'userinfo' | 'introspect'>;
export type Group = Pick<Of<'redeem'>, 'session' | 'client'>;

/** Finds the records of a history by operation, session, account, and by what they brought. */
export class HistoryIndex {
  readonly records: readonly Recorded[];
  readonly #byOp: Map<string, Recorded[]>;
  readonly #endings: Map<string, Recorded[]>;
  readonly #origins = new Map<string, Recorded>();

  constructor({ records }: History) {
    this.records = records;
    this.#byOp = Map.groupBy(records, ({ op }) => op);
    this.#endings = Map.groupBy(
      this.all('logout', 'lock', 'sign_out_everywhere', 'unlock'),
      (ending) => (ending.op === 'logout' ? ending.session : ending.account),
    );
    for (const record of records) {
      if (record.outcome !== 'ok') continue;
      for (const value of valuesOf(record)) {
        // The first answer counts: within the grace a successor is given more than once.
        const known = this.#origins.get(value);
        if (!known || record.ended < known.ended) this.#origins.set(value, record);
      }
    }
  }

  all<Op extends Recorded['op']>(...ops: Op[]): Of<Op>[] {
    return ops.flatMap((op) => this.#byOp.get(op) ?? []) as Of<Op>[];
  }

  /** The acknowledgement that brought a code, token or session. */
  origin(value: string): Recorded | undefined {
    return this.#origins.get(value);
  }

  /** Whatever ends a session: its own logouts, and what befell its account. */
  endings({ session, account }: { session: string; account: string }) {
    return [...(this.#endings.get(session) ?? []), ...(this.#endings.get(account) ?? [])] as Of<
      'logout' | 'lock' | 'sign_out_everywhere' | 'unlock'
    >[];
  }
}

/** What an acknowledged answer has put into the hands of a client or browser. */
function valuesOf(record: Recorded): string[] {
  const values: (string | undefined)[] = [];
  if (record.op === 'sign_in') values.push(record.session, record.code);
  else if (record.op === 'silent') values.push(record.code);
  else if (record.op === 'redeem') values.push(record.access, record.refresh);
  else if (record.op === 'refresh') values.push(record.access, record.successor);
  return values.filter((value) => value !== undefined);
}

/** All tokens of one session at one client: they hang on one grant. */
export function groupKey({ session, client }: Group): string {
  return `${session} ${client}`;
}

export function describe(record: Recorded): string {
  const { began, ended, ...rest } = record;
  return `[${Math.round(began)}–${Math.round(ended)}] ${JSON.stringify(rest)}`;
}
