// What a reviewer may see of a case beyond its number, for a while: a look at one that is not claimed,
// and what is masked. Both were given a reason, which is in the audit log.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

export type AccessKind = 'look' | 'reveal';

interface ReviewAccessDocument {
  _id: string;
  reviewerId: string;
  expiresAt: Date;
  schemaVersion: 1;
}

const LASTS_SECONDS = { look: 900, reveal: 1800 } as const satisfies Record<AccessKind, number>;

export class ReviewAccessStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async grant(
    kind: AccessKind,
    of: { caseId: string; reviewerId: string },
    session: ClientSession,
  ): Promise<void> {
    const expiresAt = secondsFromNow(this.#deps.clock, LASTS_SECONDS[kind]);
    await this.#access.updateOne(
      { _id: idOf(kind, of) },
      { $set: { reviewerId: of.reviewerId, expiresAt, schemaVersion: 1 } },
      { upsert: true, session },
    );
  }

  /** Those of this reviewer and case that have not ended. */
  async list(of: { caseId: string; reviewerId: string }): Promise<ReadonlySet<AccessKind>> {
    const kinds = ['look', 'reveal'] as const;
    const found = await this.#access
      .find({
        _id: { $in: kinds.map((kind) => idOf(kind, of)) },
        expiresAt: { $gt: this.#deps.clock.now() },
      })
      .toArray();
    const ids = new Set(found.map(({ _id }) => _id));
    return new Set(kinds.filter((kind) => ids.has(idOf(kind, of))));
  }

  get #access() {
    return this.#deps.database.collection<ReviewAccessDocument>('reviewAccess');
  }
}

function idOf(kind: AccessKind, { caseId, reviewerId }: { caseId: string; reviewerId: string }) {
  return `${kind}:${caseId}:${reviewerId}`;
}
