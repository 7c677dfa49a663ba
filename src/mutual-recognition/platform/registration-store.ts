// Which of our people are in the index: the platform's side of each entry.
import type { Database } from '../../platform/mongo.ts';
import { partitionOf } from '../hub/partition-digests.ts';
import type { DigestedEntry } from '../hub/partition-digests.ts';

export const RECOGNITION_REGISTRATIONS = 'recognitionRegistrations';

/** `conflict`: another platform has the person in the index. `lost`: the hub has not what we think. */
export type RegistrationState = 'registered' | 'conflict' | 'lost';

export interface Registration {
  accountId: string;
  epoch: number;
  index: string;
  /** Keyed hash of what the index was computed from. */
  identity: string;
  level: number;
  version: number;
  expiresAt: Date;
  state: RegistrationState;
  /** Of the account, when it was last compared. */
  revision: number;
  /** When that was. */
  at: Date;
}

interface RegistrationDocument extends Registration {
  /** `<account>/<epoch>` */
  _id: string;
}

export class RegistrationStore {
  readonly #deps: { database: Database };

  constructor(deps: { database: Database }) {
    this.#deps = deps;
  }

  async ofAccounts(accountIds: readonly string[]): Promise<Registration[]> {
    const found = await this.#registrations.find({ accountId: { $in: [...accountIds] } }).toArray();
    return found.map(withoutId);
  }

  async put(registrations: readonly Registration[]): Promise<void> {
    if (registrations.length === 0) return;
    const operations = registrations.map((registration) => {
      const _id = `${registration.accountId}/${registration.epoch}`;
      return { replaceOne: { filter: { _id }, replacement: registration, upsert: true } };
    });
    await this.#registrations.bulkWrite(operations, { ordered: false });
  }

  async remove(registrations: readonly Pick<Registration, 'accountId' | 'epoch'>[]): Promise<void> {
    if (registrations.length === 0) return;
    const ids = registrations.map(({ accountId, epoch }) => `${accountId}/${epoch}`);
    await this.#registrations.deleteMany({ _id: { $in: ids } });
  }

  /** Of an epoch whose key is destroyed. */
  async dropEpochsBut(epochs: readonly number[]): Promise<void> {
    await this.#registrations.deleteMany({ epoch: { $nin: [...epochs] } });
  }

  /** What the hub should have, in the order of the indexes. */
  async *registered(epoch: number, partitions?: readonly string[]): AsyncIterable<DigestedEntry> {
    const within = partitions?.map((each) => ({ index: { $gte: each, $lt: `${each}~` } }));
    const found = this.#registrations
      .find({ epoch, state: 'registered', ...(within ? { $or: within } : {}) })
      .sort({ index: 1 });
    for await (const { index, version, level, expiresAt } of found) {
      yield { index, version, level, expiresAt: Math.floor(expiresAt.getTime() / 1000) };
    }
  }

  /** Marks what the hub has not as we think; returns whose it is. */
  async lose(epoch: number, indexes: readonly string[]): Promise<string[]> {
    const filter = { epoch, index: { $in: [...indexes] } };
    const found = await this.#registrations
      .find(filter, { projection: { accountId: 1 } })
      .toArray();
    await this.#registrations.updateMany(filter, { $set: { state: 'lost' } });
    return found.map(({ accountId }) => accountId);
  }

  async counts(): Promise<{ epoch: number; state: RegistrationState; count: number }[]> {
    const groups = await this.#registrations
      .aggregate<{ _id: { epoch: number; state: RegistrationState }; count: number }>([
        { $group: { _id: { epoch: '$epoch', state: '$state' }, count: { $sum: 1 } } },
        { $sort: { '_id.epoch': 1, '_id.state': 1 } },
      ])
      .toArray();
    return groups.map(({ _id, count }) => ({ ..._id, count }));
  }

  /** How many registrations there are in each partition, to send a few partitions at a time. */
  async partitionSizes(epoch: number, partitions: readonly string[]): Promise<Map<string, number>> {
    const sizes = new Map(partitions.map((each) => [each, 0]));
    if (partitions.length === 0) return sizes;
    for await (const { index } of this.registered(epoch, partitions)) {
      const partition = partitionOf(index);
      sizes.set(partition, (sizes.get(partition) ?? 0) + 1);
    }
    return sizes;
  }

  /** Of these, the indexes that other accounts are registered under: an identity that went over. */
  async heldByOthers(
    epoch: number,
    of: readonly { index: string; accountId: string }[],
  ): Promise<ReadonlySet<string>> {
    if (of.length === 0) return new Set();
    const $or = of.map(({ index, accountId }) => ({ epoch, index, accountId: { $ne: accountId } }));
    const found = await this.#registrations.find({ $or }, { projection: { index: 1 } }).toArray();
    return new Set(found.map(({ index }) => index));
  }

  /** Compared at this revision of the account, and all was as it should. */
  async noteRevision(accountId: string, revision: number): Promise<void> {
    await this.#registrations.updateMany({ accountId }, { $set: { revision } });
  }

  get #registrations() {
    return this.#deps.database.collection<RegistrationDocument>(RECOGNITION_REGISTRATIONS);
  }
}

function withoutId({ _id: _own, ...registration }: RegistrationDocument): Registration {
  return registration;
}
