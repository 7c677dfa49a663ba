// TOTP secrets, sealed, one per account, and the last time step that was used: a code opens once,
// decided by compare-and-set. A secret that is being enrolled waits beside the active one.
import type { Keyring } from '../platform/crypto.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

interface SealedSecret {
  sealed: Buffer;
  /** Tells one pending secret from the next. */
  id: string;
}

interface TotpDocument {
  _id: string;
  active?: SealedSecret & { enrolledAt: Date };
  lastStep?: number;
  pending?: SealedSecret & { boundTo: Buffer; expiresAt: Date; replaces?: string };
  schemaVersion: 1;
}

export interface ActiveTotp {
  id: string;
  secret: string;
  enrolledAt: Date;
}

export interface PendingTotp {
  id: string;
  secret: string;
  expiresAt: Date;
  /** The active one whose place it takes; without, it is a first one. */
  replaces?: string | undefined;
}

const COLLECTION = 'totpCredentials';

export class TotpStore {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  async findActive(accountId: string): Promise<ActiveTotp | undefined> {
    const document = await readById<TotpDocument>(this.#deps.database, COLLECTION, accountId);
    if (!document?.active) return undefined;
    const { id, sealed, enrolledAt } = document.active;
    return { id, secret: this.#open(accountId, sealed), enrolledAt };
  }

  /** True for the first use of this step or a later one; a used or older step never opens again. */
  async useStep(accountId: string, active: ActiveTotp, step: number): Promise<boolean> {
    const { matchedCount } = await this.#secrets.updateOne(
      {
        _id: accountId,
        'active.id': active.id,
        $or: [{ lastStep: { $lt: step } }, { lastStep: { $exists: false } }],
      },
      { $set: { lastStep: step } },
    );
    return matchedCount === 1;
  }

  /** Only for the session that began the enrolment: nobody else may read the secret. */
  async findPending(
    accountId: string,
    boundTo: string,
    now: Date,
  ): Promise<PendingTotp | undefined> {
    const document = await this.#secrets.findOne({ _id: accountId });
    const pending = document?.pending;
    if (!pending || pending.expiresAt <= now) return undefined;
    if (!pending.boundTo.equals(this.#binding(boundTo))) return undefined;
    const { id, sealed, expiresAt, replaces } = pending;
    return { id, secret: this.#open(accountId, sealed), expiresAt, replaces };
  }

  async putPending(accountId: string, boundTo: string, pending: PendingTotp): Promise<void> {
    const { id, secret, expiresAt, replaces } = pending;
    const sealed = this.#seal(accountId, secret);
    await this.#secrets.updateOne(
      { _id: accountId },
      {
        $set: {
          pending: {
            id,
            sealed,
            boundTo: this.#binding(boundTo),
            expiresAt,
            ...(replaces === undefined ? {} : { replaces }),
          },
        },
        $setOnInsert: { schemaVersion: 1 },
      },
      { upsert: true },
    );
  }

  /**
   * The pending secret becomes the active one; false when it is not the pending one any more, or
   * another one than it was to replace was activated meanwhile.
   */
  async activate(
    accountId: string,
    confirmed: { pending: PendingTotp; step: number; enrolledAt: Date },
    session: ClientSession,
  ): Promise<boolean> {
    const { pending, step, enrolledAt } = confirmed;
    const active =
      pending.replaces === undefined
        ? { active: { $exists: false } }
        : { 'active.id': pending.replaces };
    const { matchedCount } = await this.#secrets.updateOne(
      { _id: accountId, 'pending.id': pending.id, ...active },
      {
        $set: {
          active: { id: pending.id, sealed: this.#seal(accountId, pending.secret), enrolledAt },
          lastStep: step,
        },
        $unset: { pending: 1 },
      },
      { session },
    );
    return matchedCount === 1;
  }

  /** A secret enrolled elsewhere, e.g. an imported one. */
  async putActive(accountId: string, active: ActiveTotp, session: ClientSession): Promise<void> {
    const { id, secret, enrolledAt } = active;
    await this.#secrets.replaceOne(
      { _id: accountId },
      { active: { id, sealed: this.#seal(accountId, secret), enrolledAt }, schemaVersion: 1 },
      { upsert: true, session },
    );
  }

  /** True when there was an active or pending secret. */
  async erase(accountId: string, session: ClientSession): Promise<boolean> {
    const { deletedCount } = await this.#secrets.deleteOne({ _id: accountId }, { session });
    return deletedCount === 1;
  }

  #seal(accountId: string, secret: string): Buffer {
    return this.#deps.keyring.encrypt(secret, context(accountId));
  }

  #open(accountId: string, sealed: Buffer): string {
    return this.#deps.keyring.decrypt(sealed, context(accountId)).toString('utf8');
  }

  #binding(boundTo: string): Buffer {
    return this.#deps.keyring.mac('artefactId', 'credentials.totp-binding', boundTo);
  }

  get #secrets() {
    return this.#deps.database.collection<TotpDocument>(COLLECTION);
  }
}

function context(accountId: string): string {
  return `credentials.totp:${accountId}`;
}

export const sealedTotpSecrets: SealedPlace = {
  collection: COLLECTION,
  fields: ['active.sealed', 'pending.sealed'],
  valuesOf: (document) => {
    const { _id, active, pending } = document as TotpDocument;
    return Object.entries({ active, pending }).flatMap(([place, secret]) =>
      secret ? [{ path: `${place}.sealed`, sealed: secret.sealed, context: context(_id) }] : [],
    );
  },
};
