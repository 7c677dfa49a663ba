// Passkeys: one document per account, so that their number, their counters and the last of them are
// decided by one atomic write. Key and credential id lie sealed; a keyed hash of the credential id,
// unique over all accounts, is what a passkey is found by.
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

interface PasskeyEntry {
  /** Keyed hash of the credential id. */
  key: string;
  sealed: Buffer;
  counter: number;
  createdAt: Date;
  lastUsedAt: Date | null;
}

interface PasskeyDocument {
  _id: string;
  passkeys: PasskeyEntry[];
  schemaVersion: 1;
}

export interface NewPasskey {
  /** Base64url, as the browser names it. */
  credentialId: string;
  /** COSE_Key (RFC 9052), base64url. */
  publicKey: string;
  transports: readonly string[];
  /** Chosen by the person. */
  name: string;
  /** The authenticator's signature counter (WebAuthn 6.1.1); 0 where it keeps none. */
  counter: number;
}

export interface Passkey extends NewPasskey {
  /** For forms; opens nothing. */
  id: string;
  createdAt: Date;
  lastUsedAt: Date | undefined;
}

type SealedContent = Omit<NewPasskey, 'counter'>;

const COLLECTION = 'passkeyCredentials';
export const MAX_PASSKEYS = 10;

export class PasskeyStore {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  /** In the order in which they were added. */
  async list(accountId: string): Promise<Passkey[]> {
    const document = await this.#accounts.findOne({ _id: accountId });
    return document?.passkeys.map((entry) => this.#open(accountId, entry)) ?? [];
  }

  async count(accountId: string): Promise<number> {
    const document = await this.#accounts.findOne(
      { _id: accountId },
      { projection: { 'passkeys.key': 1 } },
    );
    return document?.passkeys.length ?? 0;
  }

  async has(accountId: string, id: string): Promise<boolean> {
    return (await this.#accounts.findOne({ _id: accountId, 'passkeys.key': id })) !== null;
  }

  async findByCredentialId(
    credentialId: string,
  ): Promise<{ accountId: string; passkey: Passkey } | undefined> {
    const keys = this.#keys(credentialId);
    const document = await this.#accounts.findOne({ 'passkeys.key': { $in: keys } });
    const entry = document?.passkeys.find(({ key }) => keys.includes(key));
    if (!document || !entry) return undefined;
    return { accountId: document._id, passkey: this.#open(document._id, entry) };
  }

  /**
   * Its id; undefined when the account has as many as it may have.
   * @throws a duplicate key error when the credential is registered already.
   */
  async add(
    accountId: string,
    passkey: NewPasskey & { createdAt: Date },
    session: ClientSession,
  ): Promise<string | undefined> {
    const { counter, createdAt, ...content } = passkey;
    const [key = ''] = this.#keys(content.credentialId);
    const sealed = this.#seal(accountId, key, content);
    await this.#accounts.updateOne(
      { _id: accountId },
      { $setOnInsert: { passkeys: [], schemaVersion: 1 } },
      { upsert: true, session },
    );
    const { matchedCount } = await this.#accounts.updateOne(
      { _id: accountId, [`passkeys.${MAX_PASSKEYS - 1}`]: { $exists: false } },
      { $push: { passkeys: { key, sealed, counter, createdAt, lastUsedAt: null } } },
      { session },
    );
    return matchedCount === 1 ? key : undefined;
  }

  /**
   * True when the counter went forward, or the authenticator keeps none (WebAuthn 7.2 step 22);
   * decided by compare-and-set, so that of two equal signatures one counts.
   */
  async noteUse(
    accountId: string,
    id: string,
    { counter, at }: { counter: number; at: Date },
  ): Promise<boolean> {
    const former = counter === 0 ? 0 : { $lt: counter };
    const { matchedCount } = await this.#accounts.updateOne(
      { _id: accountId, passkeys: { $elemMatch: { key: id, counter: former } } },
      { $set: { 'passkeys.$.counter': counter, 'passkeys.$.lastUsedAt': at } },
    );
    return matchedCount === 1;
  }

  /** False when it is not there. */
  async rename(
    accountId: string,
    { id, name }: { id: string; name: string },
    session: ClientSession,
  ): Promise<boolean> {
    const document = await this.#accounts.findOne({ _id: accountId }, { session });
    const entry = document?.passkeys.find(({ key }) => key === id);
    if (!entry) return false;
    const { credentialId, publicKey, transports } = this.#open(accountId, entry);
    const sealed = this.#seal(accountId, id, { credentialId, publicKey, transports, name });
    const { matchedCount } = await this.#accounts.updateOne(
      { _id: accountId, 'passkeys.key': id },
      { $set: { 'passkeys.$.sealed': sealed } },
      { session },
    );
    return matchedCount === 1;
  }

  /** `mayBeLast`: there is another way into the account. */
  async remove(
    accountId: string,
    { id, mayBeLast }: { id: string; mayBeLast: boolean },
    session: ClientSession,
  ): Promise<boolean> {
    const { modifiedCount } = await this.#accounts.updateOne(
      {
        _id: accountId,
        'passkeys.key': id,
        ...(mayBeLast ? {} : { 'passkeys.1': { $exists: true } }),
      },
      { $pull: { passkeys: { key: id } } },
      { session },
    );
    return modifiedCount === 1;
  }

  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#accounts.deleteOne({ _id: accountId }, { session });
  }

  #keys(credentialId: string): string[] {
    return this.#deps.keyring
      .macs('artefactId', 'credentials.passkey', credentialId)
      .map((mac) => mac.toString('base64url'));
  }

  #seal(accountId: string, key: string, content: SealedContent): Buffer {
    return this.#deps.keyring.encryptJson(content, context(accountId, key));
  }

  #open(accountId: string, entry: PasskeyEntry): Passkey {
    const { key, sealed, counter, createdAt, lastUsedAt } = entry;
    const content = this.#deps.keyring.decryptJson(sealed, context(accountId, key));
    return {
      ...(content as SealedContent),
      id: key,
      counter,
      createdAt,
      lastUsedAt: lastUsedAt ?? undefined,
    };
  }

  get #accounts() {
    return this.#deps.database.collection<PasskeyDocument>(COLLECTION);
  }
}

function context(accountId: string, key: string): string {
  return `credentials.passkey:${accountId}:${key}`;
}

export const sealedPasskeys: SealedPlace = {
  collection: COLLECTION,
  fields: ['passkeys'],
  valuesOf: (document) => {
    const { _id, passkeys } = document as PasskeyDocument;
    return passkeys.map(({ key, sealed }, index) => ({
      path: `passkeys.${index}.sealed`,
      sealed,
      context: context(_id, key),
    }));
  },
};
