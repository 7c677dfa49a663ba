// The queue as the console shows it: pages by cursor, oldest first (closed ones newest first), from
// conditions that are built here alone. Reads no sealed text.
import type { Clock } from '../platform/clock.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database, Document } from '../platform/mongo.ts';
import { REVIEW_CASES, factsOf } from './review-case-document.ts';
import type { ReviewCaseDocument } from './review-case-document.ts';
import { reviewStates } from './review-case.ts';
import type { ReviewCaseFacts, ReviewState } from './review-case.ts';
import type { FilterState, FilterTerm } from './review-filter.ts';

export interface QueueCursor {
  openedAt: Date;
  id: string;
}

export interface QueuePage {
  cases: ReviewCaseFacts[];
  /** Of the last case, when there are more. */
  next: QueueCursor | undefined;
  /** At most `MOST_COUNTED`, which then means: that many or more. */
  count: number;
  isNewestFirst: boolean;
}

export const QUEUE_PAGE = 25;
export const MOST_COUNTED = 20_000;

interface QueueDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
}

export class ReviewQueueStore {
  readonly #deps: QueueDependencies;

  constructor(deps: QueueDependencies) {
    this.#deps = deps;
  }

  async page(
    terms: readonly FilterTerm[],
    {
      reviewerId,
      after,
      limit = QUEUE_PAGE,
      isForClaim = false,
    }: {
      reviewerId: string;
      after?: QueueCursor | undefined;
      limit?: number;
      /** Without what this reviewer has voted on, which somebody else must go on with. */
      isForClaim?: boolean;
    },
  ): Promise<QueuePage> {
    const states = statesOf(terms);
    const wanted = this.#filterOf(terms, { reviewerId, states });
    const filter = isForClaim ? { ...wanted, 'votes.by': { $ne: reviewerId } } : wanted;
    const isNewestFirst = states.every((state) => state === 'closed');
    const direction = isNewestFirst ? -1 : 1;
    const beyond = isNewestFirst ? '$lt' : '$gt';
    const from = after && {
      $or: [
        { openedAt: { [beyond]: after.openedAt } },
        { openedAt: after.openedAt, _id: { [beyond]: after.id } },
      ],
    };
    const [documents, count] = await Promise.all([
      this.#cases
        .find(from ? { $and: [filter, from] } : filter, { projection: { sealed: 0, history: 0 } })
        .sort({ openedAt: direction, _id: direction })
        .limit(limit + 1)
        .toArray(),
      this.#cases.countDocuments(filter, { limit: MOST_COUNTED }),
    ]);
    const cases = documents
      .slice(0, limit)
      .map((document) => factsOf(this.#deps.keyring, document));
    const last = cases.at(-1);
    const next =
      last && documents.length > limit ? { openedAt: last.openedAt, id: last.id } : undefined;
    return { cases, next, count, isNewestFirst };
  }

  /** How many wait for a reviewer, and since when the oldest does. */
  async pending(): Promise<{ count: number; oldestAt: Date | undefined }> {
    const filter = { state: 'pending' } as const;
    const [count, oldest] = await Promise.all([
      this.#cases.countDocuments(filter),
      this.#cases.findOne(filter, { sort: { openedAt: 1 }, projection: { openedAt: 1 } }),
    ]);
    return { count, oldestAt: oldest?.openedAt };
  }

  #filterOf(
    terms: readonly FilterTerm[],
    by: { reviewerId: string; states: readonly ReviewState[] },
  ): Document {
    const conditions = terms.map((term) => {
      const condition = this.#conditionOf(term, by.reviewerId);
      return term.isNegated ? { $nor: [condition] } : condition;
    });
    // Named always, so that an index gives the order.
    return { state: { $in: [...by.states] }, ...(conditions.length > 0 && { $and: conditions }) };
  }

  #conditionOf(term: FilterTerm, reviewerId: string): Document {
    const now = this.#deps.clock.now();
    switch (term.key) {
      case 'is':
        return isCondition(term.value, now);
      case 'kind':
        return { kind: term.value };
      case 'older':
        return { openedAt: { $lte: secondsFromNow(this.#deps.clock, -term.value) } };
      case 'newer':
        return { openedAt: { $gt: secondsFromNow(this.#deps.clock, -term.value) } };
      case 'assigned':
        return term.value === 'me'
          ? { 'claim.by': reviewerId, 'claim.expiresAt': { $gt: now } }
          : isCondition(term.value === 'none' ? 'free' : 'claimed', now);
      case 'approvals':
        return { approvals: term.value };
      case 'votes':
        return { votes: { $size: term.value } };
      case 'with':
        return term.value === 'files'
          ? { 'fileIds.0': { $exists: true } }
          : { note: { $exists: true } };
      case 'case':
        return { _id: term.value };
      case 'account':
        return { $or: [{ applicantId: term.value }, { involvedIds: term.value }] };
      default:
        return term satisfies never;
    }
  }

  get #cases() {
    return this.#deps.database.collection<ReviewCaseDocument>(REVIEW_CASES);
  }
}

function isCondition(value: FilterState, now: Date): Document {
  switch (value) {
    case 'open':
      return { state: { $in: ['pending', 'asked'] } };
    case 'pending':
    case 'asked':
    case 'decided':
    case 'closed':
      return { state: value };
    case 'approved':
    case 'rejected':
    case 'withdrawn':
      return { outcome: value };
    case 'claimed':
      return { 'claim.expiresAt': { $gt: now } };
    case 'free':
      return { $nor: [{ 'claim.expiresAt': { $gt: now } }] };
    case 'overdue':
      return { dueAt: { $lte: now }, state: { $in: ['pending', 'decided'] } };
    case 'stuck':
      return { trouble: { $exists: true } };
    case 'drawn':
      return { 'secondLook.state': 'due' };
    default:
      return value satisfies never;
  }
}

const IMPLIED: Partial<Record<FilterState, readonly ReviewState[]>> = {
  open: ['pending', 'asked'],
  pending: ['pending'],
  asked: ['asked'],
  decided: ['decided'],
  closed: ['closed'],
  approved: ['closed'],
  rejected: ['closed'],
  withdrawn: ['closed'],
  drawn: ['closed'],
  claimed: ['pending', 'asked'],
  overdue: ['pending', 'decided'],
  stuck: ['pending', 'asked'],
};

/** Which states a filter can match at all. */
function statesOf(terms: readonly FilterTerm[]): ReviewState[] {
  return reviewStates.filter((state) =>
    terms.every((term) => {
      if (term.isNegated || term.key !== 'is') return true;
      return IMPLIED[term.value]?.includes(state) ?? true;
    }),
  );
}
