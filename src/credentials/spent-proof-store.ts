// Proofs that were used: insert-only, so that of two parallel uses one wins.
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
      await this.#database.collection<SpentProof>('spentProofs').insertOne({ _id: id, expiresAt });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}
