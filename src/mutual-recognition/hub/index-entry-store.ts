// The index: one document per epoch and person, under an id that nobody can compute without the key
// holder. Versions decide by compare-and-set; a person has one home, by the id. What was removed is
// remembered for a while, so that no older version brings it back.
import { refusedStatements } from '../../platform/mongo.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/mongo.ts';
import { readById } from '../../platform/grouped-reads-store.ts';
import type { EntryChange, EntryOutcome } from './hub-interface.ts';
import type { DigestedEntry } from './partition-digests.ts';

export const RECOGNITION_ENTRIES = 'recognitionEntries';

interface EntryDocument {
  /** The index. */
  _id: string;
  epoch: number;
  home: string;
  level: number;
  version: number;
  expiresAt: Date;
  removedAt?: Date;
  /** When nothing is left of it. */
  purgeAt: Date;
}

/** Later than any request that is still on its way. */
const REMEMBERED_MS = 30 * 86_400_000;

export interface HeldEntry {
  index: string;
  home: string;
  version: number;
}

export class IndexEntryStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  /** The home of whoever has this index; undefined also for one that has expired or was removed. */
  async homeOf(index: string): Promise<string | undefined> {
    const found = await readById<EntryDocument>(this.#deps.database, RECOGNITION_ENTRIES, index);
    const isStanding = found && !found.removedAt && found.expiresAt > this.#deps.clock.now();
    return isStanding ? found.home : undefined;
  }

  /**
   * Carries out the changes of one platform, each by itself, and returns what became of each. Of several
   * of one index the caller sends the last only.
   */
  async change(
    home: string,
    epoch: number,
    changes: readonly EntryChange[],
  ): Promise<EntryOutcome[]> {
    const first = await this.#insertNew(home, epoch, changes);
    const others = changes.filter((change) => !first.has(change.index));
    if (others.length === 0) return changes.map(() => 'done');
    const operations = others.map((change) => this.#operation(home, epoch, change));
    let refused: ReadonlyMap<number, Error> = new Map();
    try {
      await this.#entries.bulkWrite(operations, { ordered: false });
    } catch (error) {
      refused = refusedStatements(error);
    }
    const refusedOnes = [...refused.keys()].map((place) => others[place]?.index ?? '');
    const isRefused = new Set(refusedOnes);
    const held = new Map((await this.held(refusedOnes)).map((each) => [each.index, each]));
    return changes.map((change) => {
      if (!isRefused.has(change.index)) return 'done';
      const holder = held.get(change.index);
      if (holder && holder.home !== home) return 'conflict';
      return holder?.version === change.version ? 'unchanged' : 'older';
    });
  }

  /** Most are new, and to insert costs a fraction of an upsert. Returns the indexes that were. */
  async #insertNew(
    home: string,
    epoch: number,
    changes: readonly EntryChange[],
  ): Promise<ReadonlySet<string>> {
    const documents = changes.flatMap((change) => {
      if (change.action === 'remove') return [];
      return [{ _id: change.index, ...this.#facts(home, epoch, change) }];
    });
    if (documents.length === 0) return new Set();
    let refused: ReadonlyMap<number, Error> = new Map();
    try {
      await this.#entries.insertMany(documents, { ordered: false });
    } catch (error) {
      refused = refusedStatements(error);
    }
    return new Set(documents.flatMap(({ _id }, place) => (refused.has(place) ? [] : [_id])));
  }

  /** Who has these, standing or not. */
  async held(indexes: readonly string[]): Promise<HeldEntry[]> {
    if (indexes.length === 0) return [];
    const found = await this.#entries.find({ _id: { $in: [...indexes] } }).toArray();
    return found.map(({ _id: index, home, version }) => ({ index, home, version }));
  }

  /** In the order of their indexes; of the given partitions only. */
  async *ofHome(
    home: string,
    epoch: number,
    partitions?: readonly string[],
  ): AsyncIterable<DigestedEntry> {
    const within = partitions?.map((each) => ({ _id: { $gte: each, $lt: `${each}~` } }));
    const found = this.#entries
      .find({ home, epoch, removedAt: { $exists: false }, ...(within ? { $or: within } : {}) })
      .sort({ _id: 1 });
    for await (const { _id: index, version, level, expiresAt } of found) {
      yield { index, version, level, expiresAt: Math.floor(expiresAt.getTime() / 1000) };
    }
  }

  /** How many stand, by epoch and home. */
  async counts(): Promise<{ epoch: number; home: string; count: number }[]> {
    const groups = await this.#entries
      .aggregate<{ _id: { epoch: number; home: string }; count: number }>([
        { $match: { removedAt: { $exists: false } } },
        { $group: { _id: { epoch: '$epoch', home: '$home' }, count: { $sum: 1 } } },
        { $sort: { '_id.epoch': 1, '_id.home': 1 } },
      ])
      .toArray();
    return groups.map(({ _id, count }) => ({ ..._id, count }));
  }

  /** All of an epoch whose key is destroyed. Returns how many there were. */
  async dropEpoch(epoch: number): Promise<number> {
    return (await this.#entries.deleteMany({ epoch })).deletedCount;
  }

  /** Refused by the unique id where another platform has it, or this one in the same or a later version. */
  #operation(home: string, epoch: number, change: EntryChange) {
    const { index, version } = change;
    const now = this.#deps.clock.now();
    const own = { home, version: { $lt: version } };
    if (change.action === 'remove') {
      const purgeAt = new Date(now.getTime() + REMEMBERED_MS);
      const facts = { epoch, home, version, level: 0, expiresAt: now, removedAt: now, purgeAt };
      return {
        updateOne: { filter: { _id: index, ...own }, update: { $set: facts }, upsert: true },
      };
    }
    const facts = this.#facts(home, epoch, change);
    const isOver = [{ removedAt: { $exists: true } }, { expiresAt: { $lte: now } }];
    const abandoned = { home: { $ne: home }, $or: isOver };
    const filter = { _id: index, $or: [own, abandoned] };
    return {
      updateOne: { filter, update: { $set: facts, $unset: { removedAt: 1 } }, upsert: true },
    } as const;
  }

  #facts(home: string, epoch: number, change: Extract<EntryChange, { action: 'put' }>) {
    const { version, level } = change;
    const expiresAt = new Date(change.expires_at * 1000);
    const purgeAt = new Date(expiresAt.getTime() + REMEMBERED_MS);
    return { epoch, home, version, level, expiresAt, purgeAt };
  }

  get #entries() {
    return this.#deps.database.collection<EntryDocument>(RECOGNITION_ENTRIES);
  }
}
