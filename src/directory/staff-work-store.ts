// What is still to be done for entries of the staff directory, marked in the transaction that made it due.
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { STAFF, entryOf } from './staff-document.ts';
import type { StaffDocument } from './staff-document.ts';
import type { StaffEntry } from './staff-entry.ts';

const IS_ENDING = { isEnding: true } as const;
const IS_KEEPING = { keepsContacts: true, isPresent: true } as const;
const IS_INVITED = { isInvitationDue: true, isActive: true } as const;

export class StaffWorkStore {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  /** Whether anything is to be done for anybody. */
  isAnyDue(): Promise<boolean> {
    return isAny(this.#deps.database, STAFF, IS_ENDING, IS_KEEPING, IS_INVITED);
  }

  async ending(limit: number): Promise<{ id: string; accountId: string }[]> {
    const found = await this.#staff
      .find(IS_ENDING, { projection: { accountId: 1 } })
      .limit(limit)
      .toArray();
    return found.map(({ _id: id, accountId }) => ({ id, accountId }));
  }

  async isEnding(id: string): Promise<boolean> {
    const found = await this.#staff.findOne({ _id: id, ...IS_ENDING }, { projection: { _id: 1 } });
    return found !== null;
  }

  async ended(id: string): Promise<void> {
    await this.#staff.updateOne({ _id: id }, { $unset: { isEnding: 1 } });
  }

  async invitationsDue(limit: number): Promise<StaffEntry[]> {
    const found = await this.#staff.find(IS_INVITED).limit(limit).toArray();
    return found.map((document) => entryOf(this.#deps.keyring, document));
  }

  /** Whether the account keeps contacts that the directory does not name; no new version of the entry. */
  async noteKept(id: string, keepsContacts: boolean, session: ClientSession): Promise<void> {
    const change = keepsContacts
      ? { $set: { keepsContacts: true as const } }
      : { $unset: { keepsContacts: 1 as const } };
    await this.#staff.updateOne({ _id: id }, change, { session });
  }

  /** Those whose accounts keep contacts that the directory does not name. */
  async keeping(limit: number): Promise<StaffEntry[]> {
    const found = await this.#staff.find(IS_KEEPING).limit(limit).toArray();
    return found.map((document) => entryOf(this.#deps.keyring, document));
  }

  /** False when another process was first. */
  async takeInvitation(id: string, session: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.#staff.updateOne(
      { _id: id, ...IS_INVITED },
      { $unset: { isInvitationDue: 1 } },
      { session },
    );
    return modifiedCount === 1;
  }

  get #staff() {
    return this.#deps.database.collection<StaffDocument>(STAFF);
  }
}
