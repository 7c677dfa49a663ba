// Grants under which people act for organisations, found by what they stand on: whatever ends a mandate
// ends them.
import type { ClientSession, Database } from '../../platform/mongo.ts';
import { GRANTS } from './grant-document.ts';
import type { GrantDocument } from './grant-document.ts';

/** A grant under which somebody acts for an organisation. */
export interface ActingGrant {
  key: string;
  accountId: string;
  clientId: string;
  entityId: string;
  /** Absent: of a device. */
  sessionKey?: string | undefined;
  since: Date;
}

export class ActingGrantStore {
  readonly #database: Database;

  constructor({ database }: { database: Database }) {
    this.#database = database;
  }

  /** The living grants that stand on one of these mandates. */
  async actingUpon(mandateIds: readonly string[], session?: ClientSession): Promise<ActingGrant[]> {
    const documents = await this.#grants
      .find(
        { mandateIds: { $in: [...mandateIds] }, revokedAt: null },
        { projection: { sealed: 0 }, ...(session ? { session } : {}) },
      )
      .toArray();
    return documents.map(actingGrantOf);
  }

  /** The living grants of an account under which it acts for organisations. */
  async actingOfAccount(accountId: string): Promise<ActingGrant[]> {
    const documents = await this.#grants
      .find(
        { accountId, revokedAt: null, mandateIds: { $exists: true } },
        { projection: { sealed: 0 } },
      )
      .toArray();
    return documents.map(actingGrantOf);
  }

  async find(key: string, session: ClientSession): Promise<ActingGrant | undefined> {
    const found = await this.#grants.findOne({ _id: key, revokedAt: null }, { session });
    return found ? actingGrantOf(found) : undefined;
  }

  get #grants() {
    return this.#database.collection<GrantDocument>(GRANTS);
  }
}

function actingGrantOf(document: GrantDocument): ActingGrant {
  const { _id: key, accountId, clientId, entityId = '', sessionKey, createdAt: since } = document;
  return { key, accountId, clientId, entityId, sessionKey, since };
}
