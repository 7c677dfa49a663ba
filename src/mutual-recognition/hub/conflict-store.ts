// Persons whom two platforms claim. The first has the entry until staff of both have found out; both are
// told, and the record counts how often it was claimed.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/mongo.ts';

export const RECOGNITION_CONFLICTS = 'recognitionConflicts';

interface ConflictDocument {
  /** `<index>/<claimant>` */
  _id: string;
  epoch: number;
  index: string;
  home: string;
  claimant: string;
  firstAt: Date;
  lastAt: Date;
  times: number;
  expiresAt: Date;
}

export type Conflict = Omit<ConflictDocument, '_id' | 'expiresAt'>;

const KEPT_MS = 180 * 86_400_000;
const MOST_LISTED = 1000;

export class ConflictStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async note(
    claims: readonly Pick<Conflict, 'epoch' | 'index' | 'home' | 'claimant'>[],
  ): Promise<void> {
    if (claims.length === 0) return;
    const lastAt = this.#deps.clock.now();
    const expiresAt = new Date(lastAt.getTime() + KEPT_MS);
    const operations = claims.map(({ epoch, index, home, claimant }) => {
      const $setOnInsert = { epoch, index, claimant, firstAt: lastAt };
      const update = { $setOnInsert, $set: { home, lastAt, expiresAt }, $inc: { times: 1 } };
      return { updateOne: { filter: { _id: `${index}/${claimant}` }, update, upsert: true } };
    });
    await this.#conflicts.bulkWrite(operations, { ordered: false });
  }

  /** Of a platform on either side, or of all, since a moment; the latest first. */
  async list(of: { platformId?: string; since?: Date }): Promise<Conflict[]> {
    const { platformId, since } = of;
    const sides =
      platformId === undefined ? {} : { $or: [{ home: platformId }, { claimant: platformId }] };
    const found = await this.#conflicts
      .find({ ...sides, ...(since ? { lastAt: { $gte: since } } : {}) })
      .sort({ lastAt: -1 })
      .limit(MOST_LISTED)
      .toArray();
    return found.map(({ _id: _own, expiresAt: _kept, ...conflict }) => conflict);
  }

  get #conflicts() {
    return this.#deps.database.collection<ConflictDocument>(RECOGNITION_CONFLICTS);
  }
}
