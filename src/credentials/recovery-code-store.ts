// Recovery codes of an account, as keyed hashes: each opens once, decided by the write that takes it
// away. New ones replace all that were there.
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

interface RecoveryCodesDocument {
  _id: string;
  /** Of the codes that were not used yet. */
  macs: string[];
  madeAt: Date;
  schemaVersion: 1;
}

export class RecoveryCodeStore {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  async state(accountId: string): Promise<{ remaining: number; madeAt: Date } | undefined> {
    const document = await this.#codes.findOne({ _id: accountId });
    return document ? { remaining: document.macs.length, madeAt: document.madeAt } : undefined;
  }

  async replace(
    accountId: string,
    made: { codes: readonly string[]; madeAt: Date },
    session: ClientSession,
  ): Promise<void> {
    const macs = made.codes.map((code) => this.#macs(accountId, code)[0] ?? '');
    await this.#codes.replaceOne(
      { _id: accountId },
      { macs, madeAt: made.madeAt, schemaVersion: 1 },
      { upsert: true, session },
    );
  }

  /** How many are left after this one; undefined when it is none of them, or was used. */
  async use(accountId: string, code: string): Promise<number | undefined> {
    const macs = this.#macs(accountId, code);
    const after = await this.#codes.findOneAndUpdate(
      { _id: accountId, macs: { $in: macs } },
      { $pull: { macs: { $in: macs } } },
      { returnDocument: 'after' },
    );
    return after?.macs.length;
  }

  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#codes.deleteOne({ _id: accountId }, { session });
  }

  #macs(accountId: string, code: string): string[] {
    return this.#deps.keyring
      .macs('artefactId', 'credentials.recovery-code', `${accountId}:${code}`)
      .map((mac) => mac.toString('base64url'));
  }

  get #codes() {
    return this.#deps.database.collection<RecoveryCodesDocument>('recoveryCodes');
  }
}
