// Figures of the console, counted by the database: how old the queue is, what was decided a day, and how
// often two reviewers came to the same.
import type { Clock } from '../platform/clock.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import { REVIEW_CASES } from './review-case-document.ts';
import type { ReviewCaseDocument } from './review-case-document.ts';

export const ageBands = ['day', 'two_days', 'week', 'longer'] as const;
export type AgeBand = (typeof ageBands)[number];

export interface DayFigures {
  /** In the city's time: 2026-11-22. */
  day: string;
  approved: number;
  rejected: number;
}

export interface ReviewFigures {
  ages: Readonly<Record<AgeBand, number>>;
  overdue: number;
  days: readonly DayFigures[];
  /** Of cases that two reviewers decided, and of second looks. */
  agreed: number;
  disagreed: number;
  /** Drawn and not looked at yet. */
  due: number;
}

const DAY_SECONDS = 86_400;
const DAYS = 14;
const AGREEMENT_DAYS = 90;
const KEPT_MS = 30_000;
const TIME_ZONE = 'Asia/Shanghai';
const TIME_ZONE_SECONDS = 8 * 3600;

export class ReviewFiguresStore {
  readonly #deps: { database: Database; clock: Clock };
  #counted: { at: number; figures: Promise<ReviewFigures> } | undefined;

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  /** At most half a minute old. */
  async read(): Promise<ReviewFigures> {
    const now = this.#deps.clock.now().getTime();
    if (!this.#counted || now - this.#counted.at >= KEPT_MS) {
      this.#counted = { at: now, figures: this.#count() };
    }
    try {
      return await this.#counted.figures;
    } catch (error) {
      this.#counted = undefined;
      throw error;
    }
  }

  async #count(): Promise<ReviewFigures> {
    const [ages, overdue, days, agreement, due] = await Promise.all([
      this.#ages(),
      this.#cases.countDocuments({ state: 'pending', dueAt: { $lte: this.#deps.clock.now() } }),
      this.#days(),
      this.#agreement(),
      this.#cases.countDocuments({ 'secondLook.state': 'due' }),
    ]);
    return { ages, overdue, days, ...agreement, due };
  }

  async #ages(): Promise<Record<AgeBand, number>> {
    const from = (days: number) => secondsFromNow(this.#deps.clock, -days * DAY_SECONDS);
    const count = (openedAt: { $gt?: Date; $lte?: Date }) =>
      this.#cases.countDocuments({ state: 'pending', openedAt });
    const [day, twoDays, week, longer] = await Promise.all([
      count({ $gt: from(1) }),
      count({ $gt: from(2), $lte: from(1) }),
      count({ $gt: from(7), $lte: from(2) }),
      count({ $lte: from(7) }),
    ]);
    return { day, two_days: twoDays, week, longer };
  }

  /** The last two weeks, days without a decision included. */
  async #days(): Promise<DayFigures[]> {
    const found = await this.#cases
      .aggregate<{ _id: { day: string; outcome: string }; count: number }>([
        { $match: { closedAt: { $gte: secondsFromNow(this.#deps.clock, -DAYS * DAY_SECONDS) } } },
        {
          $group: {
            _id: {
              day: {
                $dateToString: { date: '$closedAt', format: '%Y-%m-%d', timezone: TIME_ZONE },
              },
              outcome: '$outcome',
            },
            count: { $sum: 1 },
          },
        },
      ])
      .toArray();
    const counts = new Map(found.map(({ _id, count }) => [`${_id.day} ${_id.outcome}`, count]));
    return Array.from({ length: DAYS }, (_, index) => {
      const seconds = TIME_ZONE_SECONDS - (DAYS - 1 - index) * DAY_SECONDS;
      const day = secondsFromNow(this.#deps.clock, seconds).toISOString().slice(0, 10);
      const of = (outcome: string) => counts.get(`${day} ${outcome}`) ?? 0;
      return { day, approved: of('approved'), rejected: of('rejected') };
    });
  }

  async #agreement(): Promise<{ agreed: number; disagreed: number }> {
    const since = secondsFromNow(this.#deps.clock, -AGREEMENT_DAYS * DAY_SECONDS);
    const isSecondVote = { 'votes.1': { $exists: true } };
    const isLookedAt = { 'secondLook.state': { $in: ['agreed', 'disagreed'] } };
    const found = await this.#cases
      .aggregate<{ _id: boolean; count: number }>([
        { $match: { closedAt: { $gte: since }, $or: [isSecondVote, isLookedAt] } },
        {
          $group: {
            _id: {
              $and: [
                { $ne: ['$secondLook.state', 'disagreed'] },
                { $eq: [{ $size: { $setUnion: ['$votes.verdict'] } }, 1] },
              ],
            },
            count: { $sum: 1 },
          },
        },
      ])
      .toArray();
    const of = (agreed: boolean) => found.find(({ _id }) => _id === agreed)?.count ?? 0;
    return { agreed: of(true), disagreed: of(false) };
  }

  get #cases() {
    return this.#deps.database.collection<ReviewCaseDocument>(REVIEW_CASES);
  }
}
