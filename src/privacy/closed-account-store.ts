// What the law keeps of an account that was closed: sealed, found by nobody but by the id that systems
// and audit records know, and removed when its time is over.
import type { AttributeGrade } from '../accounts/account.ts';
import type { Certificate } from '../accounts/identity-number.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

/** Times in ISO 8601. */
export interface KeptOfAccount {
  kind: string;
  name: string | undefined;
  certificate: Certificate | undefined;
  uscc: string | undefined;
  opaqueId: string | undefined;
  realNameLevel: number;
  createdAt: string;
  requestedAt: string | undefined;
  evidence: {
    source: string;
    method: string;
    at: string;
    resultCode: string;
    grade: AttributeGrade;
    level: number;
  }[];
  agreements: { name: string; version: number; hash: string; acceptedAt: string }[];
}

interface ClosedAccountDocument {
  /** The account. */
  _id: string;
  sealed: Buffer;
  closedAt: Date;
  /** The day on which the law keeps it no longer. */
  keptUntil: Date;
  schemaVersion: 1;
}

const COLLECTION = 'closedAccounts';

export class ClosedAccountStore {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  async keep(
    accountId: string,
    of: { kept: KeptOfAccount; closedAt: Date; keptUntil: Date },
    session: ClientSession,
  ): Promise<void> {
    const { kept, closedAt, keptUntil } = of;
    const sealed = this.#deps.keyring.encryptJson(kept, context(accountId));
    const document = { _id: accountId, sealed, closedAt, keptUntil, schemaVersion: 1 as const };
    await this.#closed.insertOne(document, { session });
  }

  async find(
    accountId: string,
  ): Promise<{ kept: KeptOfAccount; closedAt: Date; keptUntil: Date } | undefined> {
    const document = await this.#closed.findOne({ _id: accountId });
    if (!document) return undefined;
    const { sealed, closedAt, keptUntil } = document;
    const kept = this.#deps.keyring.decryptJson(sealed, context(accountId)) as KeptOfAccount;
    return { kept, closedAt, keptUntil };
  }

  /** How many were removed of those whose time was over at `now`. */
  async removeOver(now: Date, limit: number): Promise<number> {
    const over = await this.#closed
      .find({ keptUntil: { $lte: now } })
      .project<{ _id: string }>({ _id: 1 })
      .limit(limit)
      .toArray();
    const { deletedCount } = await this.#closed.deleteMany({
      _id: { $in: over.map(({ _id }) => _id) },
    });
    return deletedCount;
  }

  get #closed() {
    return this.#deps.database.collection<ClosedAccountDocument>(COLLECTION);
  }
}

function context(accountId: string): string {
  return `privacy.closed-account:${accountId}`;
}

export const sealedClosedAccounts: SealedPlace = {
  collection: COLLECTION,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as ClosedAccountDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
