// Proofs that were used: insert-only, so that of two parallel uses one wins. And turns: a place
// that had one has to wait for the next, however many proofs it holds.
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';

interface SpentProof {
  _id: string;
  expiresAt: Date;
}

export class SpentProofStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** True for the first use. The entry is kept until the proof would have expired by itself. */
  async spend(id: string, expiresAt: Date): Promise<boolean> {
    try {
      await this.#proofs.insertOne({ _id: id, expiresAt });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async isSpent(id: string): Promise<boolean> {
    return (await this.#proofs.findOne({ _id: id })) !== null;
  }

  /**
   * A turn of this place at `now`, the next one not before `nextAt`: of parallel takers one gets
   * it, and the others are told when it is free again.
   */
  async takeTurn(
    place: string,
    { now, nextAt }: { now: Date; nextAt: Date },
  ): Promise<{ ok: true } | { ok: false; freeAt: Date }> {
    const id = `turn:${place}`;
    try {
      await this.#proofs.updateOne(
        { _id: id, expiresAt: { $lte: now } },
        { $set: { expiresAt: nextAt } },
        { upsert: true },
      );
      return { ok: true };
    } catch (error) {
      // The record is there and its time is not over.
      if (!isDuplicateKey(error)) throw error;
      const taken = await this.#proofs.findOne({ _id: id });
      return { ok: false, freeAt: taken?.expiresAt ?? nextAt };
    }
  }

  get #proofs() {
    return this.#database.collection<SpentProof>('spentProofs');
  }
}
