// Seals stored values anew under the present encryption key, collection by collection in the order
// of their ids: any number of documents in little memory. A value that somebody writes at the same
// moment is left alone, because what he writes is under the present key.
import type { Keyring } from './crypto.ts';
import { sealedKeyNumber } from './crypto.ts';
import type { Database, Document } from './mongo.ts';
import type { SealedPlace, SealedValue } from './sealed-place.ts';

export interface ResealPass {
  /** Values that were under another key when they were read. */
  found: number;
  /** Of these, altered ones that no key opens. They stay as they are. */
  unreadable: number;
}

export interface ResealOptions {
  /** Ids up to this one are done. */
  after?: string | undefined;
  /** Called after each batch; what it returns is awaited. */
  onBatch?: (progress: { lastId: string; documents: number }) => Promise<void>;
}

interface StoredDocument extends Document {
  _id: string;
}

const BATCH = 500;

export class Resealer {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  /** One walk through one collection, to the key that writes now. */
  async pass(place: SealedPlace, options: ResealOptions = {}): Promise<ResealPass> {
    const [present] = this.#deps.keyring.writingNumbers('encryption');
    const pass: ResealPass = { found: 0, unreadable: 0 };
    await this.#walk(place, options, async (documents) => {
      const operations = documents.flatMap((document) => {
        const outdated = place
          .valuesOf(document)
          .filter(({ sealed }) => numberOf(sealed) !== present);
        pass.found += outdated.length;
        const renewed = outdated.flatMap((value) => this.#renew(value));
        pass.unreadable += outdated.length - renewed.length;
        return renewed.length > 0 ? [updateOf(document._id, renewed)] : [];
      });
      if (operations.length === 0) return;
      await this.#collection(place).bulkWrite(operations, { ordered: false });
    });
    return pass;
  }

  /** How many values there are under each key. */
  async count(places: readonly SealedPlace[]): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    for (const place of places) {
      await this.#walk(place, {}, (documents) => {
        for (const { sealed } of documents.flatMap((document) => place.valuesOf(document))) {
          const number = numberOf(sealed);
          if (number !== undefined) counts.set(number, (counts.get(number) ?? 0) + 1);
        }
        return Promise.resolve();
      });
    }
    return counts;
  }

  async #walk(
    place: SealedPlace,
    { after, onBatch }: ResealOptions,
    work: (documents: StoredDocument[]) => Promise<void>,
  ): Promise<void> {
    const projection = Object.fromEntries(place.fields.map((field) => [field, 1]));
    let lastId = after;
    for (;;) {
      const documents = await this.#collection(place)
        .find(lastId === undefined ? {} : { _id: { $gt: lastId } }, { projection })
        .sort({ _id: 1 })
        .limit(BATCH)
        .toArray();
      await work(documents);
      const last = documents.at(-1);
      if (last) await onBatch?.({ lastId: last._id, documents: documents.length });
      if (!last || documents.length < BATCH) return;
      lastId = last._id;
    }
  }

  #renew({ path, sealed, context }: SealedValue) {
    const { keyring } = this.#deps;
    try {
      const renewed = keyring.encrypt(keyring.decrypt(sealed, context), context);
      return [{ path, sealed, renewed }];
    } catch {
      return [];
    }
  }

  #collection(place: SealedPlace) {
    return this.#deps.database.collection<StoredDocument>(place.collection);
  }
}

/** Only if each value still is what was read: no two ciphertexts are the same. */
function updateOf(_id: string, values: { path: string; sealed: Buffer; renewed: Buffer }[]) {
  const unchanged = values.map(({ path, sealed }) => [path, sealed] as const);
  const renewed = values.map((value) => [value.path, value.renewed] as const);
  return {
    updateOne: {
      filter: { _id, ...Object.fromEntries(unchanged) },
      update: { $set: Object.fromEntries(renewed) },
    },
  };
}

function numberOf(sealed: Buffer): number | undefined {
  try {
    return sealedKeyNumber(sealed);
  } catch {
    return undefined;
  }
}
