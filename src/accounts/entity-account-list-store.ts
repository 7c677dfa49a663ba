// Organisations with a verified identity of their own, for background work that looks at all of them.
import { VERIFIED_LEVEL } from './account.ts';
import type { AccountDocument } from './account-document.ts';
import type { Database } from '../platform/mongo.ts';

export class EntityAccountList {
  readonly #deps: { database: Database };

  constructor(deps: { database: Database }) {
    this.#deps = deps;
  }

  /** Ids that come after this one, in order. */
  async after(id: string, limit: number): Promise<string[]> {
    const found = await this.#deps.database
      .collection<AccountDocument>('accounts')
      .find(
        {
          kind: 'legalEntity',
          realNameLevel: { $gte: VERIFIED_LEVEL },
          state: { $ne: 'closed' },
          parentId: { $exists: false },
          _id: { $gt: id },
        },
        { projection: { _id: 1 } },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id }) => _id);
  }
}
