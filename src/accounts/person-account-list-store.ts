// Accounts of people with a verified identity, for background work that looks at all of them.
import { VERIFIED_LEVEL } from './account.ts';
import type { AccountDocument } from './account-document.ts';
import type { Database } from '../platform/mongo.ts';

export class PersonAccountList {
  readonly #deps: { database: Database };

  constructor(deps: { database: Database }) {
    this.#deps = deps;
  }

  /** Ids that come after this one, in order. */
  async after(id: string, limit: number): Promise<{ id: string; revision: number }[]> {
    const found = await this.#deps.database
      .collection<AccountDocument>('accounts')
      .find(
        { kind: 'naturalPerson', realNameLevel: { $gte: VERIFIED_LEVEL }, _id: { $gt: id } },
        { projection: { revision: 1 } },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id, revision }) => ({ id: _id, revision }));
  }
}
