// What a hub remembers of itself: the secret that decoys are chosen with, and how many entries each
// platform had when they were last counted.
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Database } from '../../platform/mongo.ts';
import { secureBytes } from '../../platform/random.ts';
import type { SealedPlace } from '../../platform/sealed-place.ts';

export const RECOGNITION_HUB = 'recognitionHub';

interface HubDocument {
  _id: 'hub';
  sealed?: Buffer;
  counts: { home: string; entries: number }[];
  countedAt: Date;
}

const ID = 'hub';
const CONTEXT = `${RECOGNITION_HUB}.sealed:${ID}`;

export interface HubState {
  secret: Buffer;
  counts: ReadonlyMap<string, number>;
  countedAt: Date;
}

export class HubStateStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  /** Made by the first that asks. */
  async load(): Promise<HubState> {
    const sealed = this.#deps.keyring.encrypt(secureBytes(32), CONTEXT);
    const found = await this.#hub.findOneAndUpdate(
      { _id: ID },
      { $setOnInsert: { sealed, counts: [], countedAt: new Date(0) } },
      { upsert: true, returnDocument: 'after' },
    );
    if (!found?.sealed) throw new Error('the hub has no secret');
    return {
      secret: this.#deps.keyring.decrypt(found.sealed, CONTEXT),
      counts: new Map(found.counts.map(({ home, entries }) => [home, entries])),
      countedAt: found.countedAt,
    };
  }

  /** True for one of all processes when the last counting is older than that. */
  async takeTurn(seconds: number): Promise<boolean> {
    const countedAt = this.#deps.clock.now();
    const before = new Date(countedAt.getTime() - seconds * 1000);
    const { modifiedCount } = await this.#hub.updateOne(
      { _id: ID, countedAt: { $lt: before } },
      { $set: { countedAt } },
    );
    return modifiedCount === 1;
  }

  async setCounts(counts: ReadonlyMap<string, number>): Promise<void> {
    const listed = [...counts].map(([home, entries]) => ({ home, entries }));
    await this.#hub.updateOne({ _id: ID }, { $set: { counts: listed } });
  }

  get #hub() {
    return this.#deps.database.collection<HubDocument>(RECOGNITION_HUB);
  }
}

const sealedHub = z.looseObject({ sealed: z.instanceof(Buffer).optional() });

export const sealedHubState: SealedPlace = {
  collection: RECOGNITION_HUB,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { sealed } = sealedHub.parse(document);
    return sealed ? [{ path: 'sealed', sealed, context: CONTEXT }] : [];
  },
};
