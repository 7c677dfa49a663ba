// How far the change notices of the register were read, by whom just now, and what was wrong with them.
import { secondsFromNow } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/mongo.ts';
import type { Random } from '../../platform/random.ts';

export const noticeRefusals = ['forged', 'malformed', 'replayed', 'missed', 'list_reset'] as const;
export type NoticeRefusal = (typeof noticeRefusals)[number];

export interface ChangeFeed {
  /** Number of the last notice that was looked at; undefined before the first reading. */
  after: number | undefined;
  /** Since when the next one is missing although later ones are there. */
  gapSince: Date | undefined;
  readAt: Date | undefined;
  /** Why the list could not be had, the last time. */
  failure: string | undefined;
}

interface FeedDocument {
  _id: 'changes';
  after?: number;
  gapSince?: Date;
  readAt?: Date;
  failure?: string;
  claimedBy?: string;
  claimedUntil?: Date;
  /** Where the reading stood when each kind of refusal was recorded last. */
  refusedAt?: { [Reason in NoticeRefusal]?: number };
  schemaVersion: 1;
}

export const ENTITY_REGISTER_STATE = 'entityRegisterState';
const FEED = { _id: 'changes' } as const;
/** Longer than a round takes. */
const CLAIM_SECONDS = 30;

export class ChangeFeedStore {
  readonly #deps: { database: Database; clock: Clock; random: Random };

  constructor(deps: { database: Database; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  async find(): Promise<ChangeFeed> {
    const document = await this.#feeds.findOne(FEED);
    const { after, gapSince, readAt, failure } = document ?? {};
    return { after, gapSince, readAt, failure };
  }

  /** For one process at a time; the name of the claim, for the rest of the round. */
  async claim(): Promise<string | undefined> {
    const { clock, random } = this.#deps;
    const claim = random.id();
    await this.#feeds.updateOne(FEED, { $setOnInsert: { schemaVersion: 1 } }, { upsert: true });
    const free = [{ claimedUntil: { $exists: false } }, { claimedUntil: { $lte: clock.now() } }];
    const { modifiedCount } = await this.#feeds.updateOne(
      { ...FEED, $or: free },
      { $set: { claimedBy: claim, claimedUntil: secondsFromNow(clock, CLAIM_SECONDS) } },
    );
    return modifiedCount === 1 ? claim : undefined;
  }

  /** The end of a round: when, and why there was none if there was none. */
  async release(claim: string, failure: string | undefined): Promise<void> {
    await this.#feeds.updateOne(
      { ...FEED, claimedBy: claim },
      {
        $set: failure === undefined ? { readAt: this.#deps.clock.now() } : { failure },
        $unset: { claimedBy: 1, claimedUntil: 1, ...(failure === undefined ? { failure: 1 } : {}) },
      },
    );
  }

  /** True for whoever stood where the reading stands; it never goes back. */
  async advance(from: number | undefined, to: number): Promise<boolean> {
    const { modifiedCount } = await this.#feeds.updateOne(
      { ...FEED, after: from ?? { $exists: false } },
      { $set: { after: to }, $unset: { gapSince: 1 } },
    );
    return modifiedCount === 1;
  }

  async noteGap(): Promise<void> {
    const filter = { ...FEED, gapSince: { $exists: false } };
    await this.#feeds.updateOne(filter, { $set: { gapSince: this.#deps.clock.now() } });
  }

  /** True once for each kind at each place: a list that stays wrong does not fill the audit log. */
  async noteRefusal(reason: NoticeRefusal, at: number): Promise<boolean> {
    const field = `refusedAt.${reason}` as const;
    const { modifiedCount } = await this.#feeds.updateOne(
      { ...FEED, [field]: { $ne: at } },
      { $set: { [field]: at } },
    );
    return modifiedCount === 1;
  }

  /** By an operator's word, also backwards. */
  async set(after: number): Promise<void> {
    await this.#feeds.updateOne(
      FEED,
      {
        $set: { after },
        $unset: { gapSince: 1, refusedAt: 1 },
        $setOnInsert: { schemaVersion: 1 },
      },
      { upsert: true },
    );
  }

  get #feeds() {
    return this.#deps.database.collection<FeedDocument>(ENTITY_REGISTER_STATE);
  }
}
