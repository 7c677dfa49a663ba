// Reports of comparisons between hub and platforms 对账, for the administrators of the hub.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/mongo.ts';

export const RECOGNITION_REPORTS = 'recognitionReports';

interface ReportDocument {
  _id: string;
  platformId: string;
  epoch: number;
  at: Date;
  /** That differed. */
  partitions: number;
  missing: number;
  surplus: number;
  differing: number;
  expiresAt: Date;
}

export type ReconciliationReport = Omit<ReportDocument, '_id' | 'expiresAt'>;
type Counts = Pick<ReconciliationReport, 'missing' | 'surplus' | 'differing'>;

const KEPT_MS = 180 * 86_400_000;
const MOST_LISTED = 100;

export class ReconciliationStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async begin(
    id: string,
    facts: Pick<ReconciliationReport, 'platformId' | 'epoch' | 'partitions'>,
  ): Promise<void> {
    const at = this.#deps.clock.now();
    const expiresAt = new Date(at.getTime() + KEPT_MS);
    const counts = { missing: 0, surplus: 0, differing: 0 };
    await this.#reports.insertOne({ _id: id, ...facts, at, ...counts, expiresAt });
  }

  /** False when this platform has begun no such report. */
  async add(id: string, platformId: string, counts: Counts): Promise<boolean> {
    const update = { $inc: { ...counts } };
    return (await this.#reports.updateOne({ _id: id, platformId }, update)).matchedCount === 1;
  }

  /** The latest first. */
  async list(): Promise<ReconciliationReport[]> {
    const found = await this.#reports.find().sort({ at: -1 }).limit(MOST_LISTED).toArray();
    return found.map(({ _id: _own, expiresAt: _kept, ...report }) => report);
  }

  /** When each platform compared last; those that have not within the time reports are kept are missing. */
  async latest(): Promise<ReadonlyMap<string, Date>> {
    const found = await this.#reports
      .aggregate<{ _id: string; at: Date }>([
        { $group: { _id: '$platformId', at: { $max: '$at' } } },
      ])
      .toArray();
    return new Map(found.map(({ _id, at }) => [_id, at]));
  }

  get #reports() {
    return this.#deps.database.collection<ReportDocument>(RECOGNITION_REPORTS);
  }
}
