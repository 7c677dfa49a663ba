// One-time tokens of links in messages: for one purpose and one account, valid for days. Only keyed
// hashes of them stand in the database.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { insertGrouped } from '../platform/grouped-writes-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

/** `not_me` freezes; `cancel` and `continue` belong to a waiting time. */
export type LinkPurpose = 'not_me' | 'cancel' | 'continue';

export interface LinkToken {
  id: string;
  accountId: string;
  /** Of the waiting time. */
  pendingId: string | undefined;
  usedAt: Date | undefined;
}

interface LinkTokenDocument {
  _id: string;
  purpose: LinkPurpose;
  accountId: string;
  pendingId?: string | undefined;
  usedAt?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

interface LinkTokenDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export const LINK_SECONDS = 7 * 86_400;
const LINK_TOKENS = 'linkTokens';
const TOKEN_BITS = 128;

export class LinkTokenStore {
  readonly #deps: LinkTokenDependencies;

  constructor(deps: LinkTokenDependencies) {
    this.#deps = deps;
  }

  /** A new token, base64url. */
  async issue(
    of: { purpose: LinkPurpose; accountId: string; pendingId?: string; validSeconds?: number },
    session?: ClientSession,
  ): Promise<string> {
    const { random, clock } = this.#deps;
    const { validSeconds = LINK_SECONDS, ...rest } = of;
    const token = random.id(TOKEN_BITS);
    const _id = this.#id(token);
    const expiresAt = secondsFromNow(clock, validSeconds);
    const document: LinkTokenDocument = { _id, ...rest, expiresAt, schemaVersion: 1 };
    if (session) await this.#tokens.insertOne(document, { session });
    else await insertGrouped(this.#deps.database, LINK_TOKENS, document);
    return token;
  }

  /** Valid, used or not. */
  async find(token: string, purpose: LinkPurpose): Promise<LinkToken | undefined> {
    const document = await this.#tokens.findOne({
      _id: this.#id(token),
      purpose,
      expiresAt: { $gt: this.#deps.clock.now() },
    });
    if (!document) return undefined;
    const { _id: id, accountId, pendingId, usedAt } = document;
    return { id, accountId, pendingId, usedAt };
  }

  /** True for the one call that uses it. */
  async use(id: string, session: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.#tokens.updateOne(
      { _id: id, usedAt: { $exists: false } },
      { $set: { usedAt: this.#deps.clock.now() } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** How many links of this purpose have been used since. */
  countUsed(of: { accountId: string; purpose: LinkPurpose; since: Date }, session: ClientSession) {
    const { accountId, purpose, since } = of;
    const filter = { accountId, purpose, usedAt: { $gt: since } };
    return this.#tokens.countDocuments(filter, { session });
  }

  /** Those that were not used yet: the account was recovered. */
  async revoke(accountId: string, session: ClientSession): Promise<void> {
    await this.#tokens.deleteMany({ accountId, usedAt: { $exists: false } }, { session });
  }

  /** Part of the removal of the account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#tokens.deleteMany({ accountId }, { session });
  }

  #id(token: string): string {
    return this.#deps.keyring.mac('artefactId', 'recovery.link-token', token).toString('base64url');
  }

  get #tokens() {
    return this.#deps.database.collection<LinkTokenDocument>(LINK_TOKENS);
  }
}
