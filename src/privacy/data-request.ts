// What people ask of us about their data beyond what they can do themselves (PIPL articles 44 to 48,
// 50): filed here, answered by staff in the review console, the answer read here. A request is a review
// case; nothing of it is kept elsewhere.
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { DecisionHandler } from '../review/review-case.ts';
import type { ApplicantCase, ReviewDesk } from '../review/review-desk.ts';
import { endOfWorkingDay } from './working-days.ts';
import type { WorkingCalendar } from './working-days.ts';

/** Words: `data-request.right.<name>`. */
export const dataRights = ['access', 'correction', 'deletion', 'explanation', 'complaint'] as const;
export type DataRight = (typeof dataRights)[number];

export interface DataRequest extends ApplicantCase {
  right: DataRight;
  /** What the person wrote. */
  text: string;
}

export interface DataRequestDependencies {
  desk: Pick<ReviewDesk, 'open' | 'supply' | 'withdraw' | 'statusOf' | 'ownCase'>;
  database: Pick<Database, 'transaction'>;
  budgets: Pick<BudgetStore, 'reserve' | 'giveBack'>;
  clock: Clock;
  calendar: WorkingCalendar;
}

const KIND = 'data_request';
/** GB/T 35273 8.7 gives thirty days; the city promises this. */
export const ANSWER_WORKING_DAYS = 15;
/** Characters. */
export const MAX_REQUEST = 1000;
const MOST_OPEN = 5;
/** Of an account in a month. */
const FILED = { attempts: 20, windowSeconds: 30 * 86_400 };
const OPEN: ReadonlySet<string> = new Set(['waiting', 'more_needed']);

export type FileOutcome =
  | { ok: true; id: string }
  | { ok: false; reason: 'too_many_open' | 'too_many' };

/** Whoever decides: nothing changes by itself, the answer is what is told. */
export const dataRequestDecisions: DecisionHandler = {
  approve: () => Promise.resolve({ ok: true }),
  reject: () => Promise.resolve({ ok: true }),
};

export class DataRequests {
  readonly #deps: DataRequestDependencies;

  constructor(deps: DataRequestDependencies) {
    this.#deps = deps;
  }

  async file(
    accountId: string,
    { right, text }: { right: DataRight; text: string },
  ): Promise<FileOutcome> {
    const { desk, budgets, clock, calendar } = this.#deps;
    const present = await this.listOf(accountId);
    if (present.filter(({ state }) => OPEN.has(state)).length >= MOST_OPEN) {
      return { ok: false, reason: 'too_many_open' };
    }
    const taken = await budgets.reserve([{ ...FILED, key: `data-request:${accountId}` }]);
    if (!taken.ok) return { ok: false, reason: 'too_many' };
    const dueAt = endOfWorkingDay(clock.now(), ANSWER_WORKING_DAYS, calendar);
    const id = await this.#deps.database.transaction((session: ClientSession) =>
      desk.open(
        {
          kind: KIND,
          applicantId: accountId,
          involvedIds: [],
          claimed: { requestedChange: right, remark: text },
          answers: [],
          fileIds: [],
          approvals: 1,
          dueAt,
        },
        session,
      ),
    );
    return { ok: true, id };
  }

  /** Newest first; without what was written. */
  async listOf(accountId: string): Promise<ApplicantCase[]> {
    const cases = await this.#deps.desk.statusOf(accountId);
    return cases.filter(({ kind }) => kind === KIND);
  }

  /** Undefined for one that is unknown or another's. */
  async find(id: string, accountId: string): Promise<DataRequest | undefined> {
    const found = await this.#deps.desk.ownCase(id, accountId);
    if (found?.kind !== KIND) return undefined;
    const { claimed, ...of } = found;
    const right = dataRights.find((each) => each === claimed.requestedChange) ?? 'explanation';
    return { ...of, right, text: claimed.remark ?? '' };
  }

  /** What staff asked for is added below what was written; their time runs on. False: not asked. */
  async supply(of: DataRequest, accountId: string, text: string): Promise<boolean> {
    const claimed = { remark: `${of.text}\n\n${text}` };
    const given = { by: accountId, fileIds: [], claimed, dueAt: of.dueAt };
    const supplied = await this.#deps.database.transaction((session: ClientSession) =>
      this.#deps.desk.supply(of.id, given, session),
    );
    return supplied.ok;
  }

  /** False when it was answered meanwhile. */
  withdraw(id: string, accountId: string): Promise<boolean> {
    return this.#deps.database.transaction((session: ClientSession) =>
      this.#deps.desk.withdraw(id, accountId, session),
    );
  }
}
