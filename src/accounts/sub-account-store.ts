// Sub-accounts 子账号: accounts of branches and departments, which have no identity of their own and
// rest on the organisation whose account they name as their parent. Read by the account store's users;
// they are made, renamed and closed like every account.
import type mongoose from 'mongoose';
import type { Account } from './account.ts';
import { accountOf } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession } from '../platform/mongo.ts';

/** A sub-account with the organisation that it rests on. */
export interface Parentage {
  id: string;
  parentId: string;
}

export class SubAccounts {
  readonly #deps: { keyring: Keyring; model: mongoose.Model<AccountDocument> };

  constructor(deps: { keyring: Keyring; model: mongoose.Model<AccountDocument> }) {
    this.#deps = deps;
  }

  /** Those of an organisation that are not closed, oldest first. */
  async of(parentId: string, session?: ClientSession): Promise<Account[]> {
    const filter = { parentId, state: { $ne: 'closed' as const } };
    const found = await this.#deps.model
      .find(filter, null, session ? { session } : {})
      .sort({ createdAt: 1, _id: 1 })
      .lean<AccountDocument[]>();
    return found.map((document) => accountOf(this.#deps.keyring, document));
  }

  /** Of these accounts, those that are sub-accounts. */
  async among(ids: readonly string[], session?: ClientSession): Promise<Parentage[]> {
    if (ids.length === 0) return [];
    const filter = { _id: { $in: [...ids] }, parentId: { $exists: true } };
    const found = await this.#deps.model
      .find(filter, { parentId: 1 }, session ? { session } : {})
      .lean<Pick<AccountDocument, '_id' | 'parentId'>[]>();
    return found.flatMap(({ _id: id, parentId }) =>
      parentId === undefined ? [] : [{ id, parentId }],
    );
  }
}
