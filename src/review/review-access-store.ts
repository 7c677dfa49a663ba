// What a reviewer may see of a case beyond its number, for a while: a look at one that is not claimed,
// and what is masked. Both were given a reason, which is in the audit log. Also that it was read at all:
// nobody decides what he has not seen, and nobody reads the whole queue.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

export type AccessKind = 'look' | 'reveal' | 'read';

interface ReviewAccessDocument {
  _id: string;
  reviewerId: string;
  /** Of the last time. */
  at?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

const LASTS_SECONDS = { look: 900, reveal: 1800, read: 3600 } as const satisfies Record<
  AccessKind,
  number
>;

export class ReviewAccessStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async grant(
    kind: AccessKind,
    of: { caseId: string; reviewerId: string },
    session?: ClientSession,
  ): Promise<void> {
    const expiresAt = secondsFromNow(this.#deps.clock, LASTS_SECONDS[kind]);
    await this.#access.updateOne(
      { _id: idOf(kind, of) },
      {
        $set: {
          reviewerId: of.reviewerId,
          at: this.#deps.clock.now(),
          expiresAt,
          schemaVersion: 1,
        },
      },
      { upsert: true, ...(session ? { session } : {}) },
    );
  }

  /** Those of this reviewer and case that have not ended. */
  async list(of: { caseId: string; reviewerId: string }): Promise<ReadonlySet<AccessKind>> {
    const kinds = ['look', 'reveal', 'read'] as const;
    const found = await this.#access
      .find({
        _id: { $in: kinds.map((kind) => idOf(kind, of)) },
        expiresAt: { $gt: this.#deps.clock.now() },
      })
      .toArray();
    const ids = new Set(found.map(({ _id }) => _id));
    return new Set(kinds.filter((kind) => ids.has(idOf(kind, of))));
  }

  /** Whether this reviewer has read the case since then. */
  hasRead(of: { caseId: string; reviewerId: string }, since: Date): Promise<boolean> {
    return this.#hasHad('read', of, since);
  }

  /** Whether what is masked, the pictures too, was shown to this reviewer since then. */
  hasRevealed(of: { caseId: string; reviewerId: string }, since: Date): Promise<boolean> {
    return this.#hasHad('reveal', of, since);
  }

  async #hasHad(
    kind: AccessKind,
    of: { caseId: string; reviewerId: string },
    since: Date,
  ): Promise<boolean> {
    const found = await this.#access.findOne({ _id: idOf(kind, of), at: { $gte: since } });
    return found !== null;
  }

  get #access() {
    return this.#deps.database.collection<ReviewAccessDocument>('reviewAccess');
  }
}

function idOf(kind: AccessKind, { caseId, reviewerId }: { caseId: string; reviewerId: string }) {
  return `${kind}:${caseId}:${reviewerId}`;
}
