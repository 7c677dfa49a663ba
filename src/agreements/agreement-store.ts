// Who agreed to which version of what, in which language, and when. Only ever added to: a record
// goes when its account is deleted. The network address stands in the audit record alone.
import type { Locale } from '../platform/http/locale.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

export interface Acceptance {
  accountId: string;
  name: string;
  version: number;
  /** In which it was shown. */
  language: Locale;
  /** SHA-256 of the text in that language, hexadecimal. */
  hash: string;
  acceptedAt: Date;
}

interface AcceptanceDocument extends Acceptance {
  _id: string;
  schemaVersion: 1;
}

export class AgreementStore {
  readonly #deps: { database: Database; random: Random };

  constructor(deps: { database: Database; random: Random }) {
    this.#deps = deps;
  }

  /** False when this account had accepted this version before: the first record stands. */
  async add(acceptance: Acceptance, session: ClientSession): Promise<boolean> {
    const { accountId, name, version, ...rest } = acceptance;
    const { upsertedCount } = await this.#acceptances.updateOne(
      { accountId, name, version },
      { $setOnInsert: { _id: this.#deps.random.id(), ...rest, schemaVersion: 1 } },
      { upsert: true, session },
    );
    return upsertedCount === 1;
  }

  /** The newest version the account has accepted, if any. */
  async newestVersion(accountId: string, name: string): Promise<number | undefined> {
    const [newest] = await this.#acceptances
      .find({ accountId, name }, { projection: { version: 1 } })
      .sort({ version: -1 })
      .limit(1)
      .toArray();
    return newest?.version;
  }

  /** Newest first. */
  async listOf(accountId: string): Promise<Acceptance[]> {
    return this.#acceptances
      .find({ accountId }, { projection: { _id: 0, schemaVersion: 0 } })
      .sort({ acceptedAt: -1 })
      .toArray();
  }

  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#acceptances.deleteMany({ accountId }, { session });
  }

  get #acceptances() {
    return this.#deps.database.collection<AcceptanceDocument>('agreementAcceptances');
  }
}
