// What we know of our anchors' keys beyond those that an operator gave us: an anchor announces its next
// ones under those that are known, so that a change of keys needs nobody.
import { createHash } from 'node:crypto';
import type { Database } from '../platform/mongo.ts';
import { jwksSchema } from '../clients/client-keys.ts';
import type { StatementKeys } from './entity-statement.ts';

interface AnchorDocument {
  _id: string;
  /** Of the given keys that the announced ones go back to: others given later begin anew. */
  given: string;
  keys: string;
  /** Of the configuration, in seconds: an older one teaches nothing. */
  issuedAt: number;
  schemaVersion: 1;
}

export class TrustAnchorStore {
  readonly #database: Database;

  constructor(deps: { database: Database }) {
    this.#database = deps.database;
  }

  /** Those announced last, or the given ones. */
  async keysOf(anchor: { entityId: string; keys: StatementKeys }): Promise<StatementKeys> {
    const found = await this.#anchors.findOne({ _id: anchor.entityId });
    if (!found || found.given !== digest(anchor.keys)) return anchor.keys;
    return jwksSchema.parse(JSON.parse(found.keys));
  }

  /** Only with keys from a configuration that was signed with a known one. */
  async learn(
    anchor: { entityId: string; keys: StatementKeys },
    announced: { keys: StatementKeys; issuedAt: number },
  ): Promise<void> {
    const given = digest(anchor.keys);
    const { issuedAt } = announced;
    const keys = JSON.stringify(announced.keys);
    const isNewer = {
      $or: [{ given: { $ne: given } }, { issuedAt: { $lt: issuedAt }, keys: { $ne: keys } }],
    };
    const found = await this.#anchors.findOne({ _id: anchor.entityId });
    if (!found) {
      const document = { _id: anchor.entityId, given, keys, issuedAt, schemaVersion: 1 as const };
      await this.#anchors.updateOne(
        { _id: anchor.entityId },
        { $setOnInsert: document },
        { upsert: true },
      );
      return;
    }
    const $set = { given, keys, issuedAt };
    await this.#anchors.updateOne({ _id: anchor.entityId, ...isNewer }, { $set });
  }

  get #anchors() {
    return this.#database.collection<AnchorDocument>('federationAnchors');
  }
}

function digest(keys: StatementKeys): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('base64url');
}
