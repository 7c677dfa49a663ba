// Mandates as pages and background work read them: with those that have ended, in pages, and those
// whose term is over or nearly so.
import type { Clock } from '../platform/clock.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { filterOf, mandateOf, MANDATES, notOver, recordOf } from './mandate-document.ts';
import type { MandateDocument, MandateFilter, MandateRecord } from './mandate-document.ts';
import type { Mandate } from './mandate.ts';

interface Page {
  from: number;
  limit: number;
}

export class MandateRecordStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  /** Not over and not ended, also those that have not begun; representative and administrators first. */
  async open(
    of: MandateFilter,
    { from, limit }: Page,
  ): Promise<{ total: number; page: Mandate[] }> {
    const filter = { ...filterOf(of), ...notOver(this.#deps.clock.now()) };
    const [total, found] = await Promise.all([
      this.#mandates.countDocuments(filter),
      this.#mandates
        .aggregate<MandateDocument>([
          { $match: filter },
          { $set: { rank: { $indexOfArray: [RANKS, '$role'] } } },
          { $sort: { rank: 1, since: -1, _id: 1 } },
          { $skip: from },
          { $limit: limit },
        ])
        .toArray(),
    ]);
    return { total, page: found.map(mandateOf) };
  }

  /** Ended, the last one first; one whose term is over has, whether or not that was noted. */
  async ended(of: MandateFilter, limit: number): Promise<MandateRecord[]> {
    const now = this.#deps.clock.now();
    const over = [{ endedAt: { $exists: true } }, { expiresAt: { $lte: now } }];
    const found = await this.#mandates
      .find({ ...filterOf(of), $or: over })
      .sort({ endedAt: -1, _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(recordOf);
  }

  async find(id: string): Promise<MandateRecord | undefined> {
    const document = await this.#mandates.findOne({ _id: id });
    return document ? recordOf(document) : undefined;
  }

  /** Whether `over` or `endingSoon` would find something. */
  isAnyDue(): Promise<boolean> {
    return isAny(this.#deps.database, MANDATES, this.#isOver(), this.#endsSoon());
  }

  /** Whose term is over and that nobody has ended yet. */
  async over(limit: number): Promise<Mandate[]> {
    return (await this.#mandates.find(this.#isOver()).limit(limit).toArray()).map(mandateOf);
  }

  /** That end soon, and nobody was told. */
  async endingSoon(limit: number): Promise<Mandate[]> {
    return (await this.#mandates.find(this.#endsSoon()).limit(limit).toArray()).map(mandateOf);
  }

  /** True for the one call that is to tell them. */
  async noteWarned(id: string, session: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.#mandates.updateOne(
      { _id: id, warnAt: { $lte: this.#deps.clock.now() } },
      { $unset: { warnAt: 1 } },
      { session },
    );
    return modifiedCount === 1;
  }

  #isOver() {
    return { isActive: true, expiresAt: { $lte: this.#deps.clock.now() } } as const;
  }

  #endsSoon() {
    return { isActive: true, warnAt: { $lte: this.#deps.clock.now() } } as const;
  }

  get #mandates() {
    return this.#deps.database.collection<MandateDocument>(MANDATES);
  }
}

const RANKS = ['legalRepresentative', 'administrator', 'handler'];
