// Waiting times of accounts whose every factor is lost: one per account, decided by compare-and-set.
// Until it is over, whoever holds a confirmed contact can cancel it.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

export type PendingState = 'waiting' | 'cancelled' | 'done';

/** The contact that the person can be reached at now. */
export interface PendingContact {
  channel: 'sms' | 'mail';
  address: string;
}

export interface PendingRecovery {
  id: string;
  accountId: string;
  state: PendingState;
  contact: PendingContact;
  readyAt: Date;
  endsAt: Date;
}

interface PendingDocument {
  /** The account. */
  _id: string;
  pendingId: string;
  state: PendingState;
  sealed: Buffer;
  startedAt: Date;
  readyAt: Date;
  endsAt: Date;
  purgeAt: Date;
  schemaVersion: 1;
}

interface PendingDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
}

/** In which each contact can object (docs/decisions/0011). */
export const COOLING_SECONDS = 86_400;
/** Whoever is not told in time, begins anew. */
const COMPLETION_SECONDS = 7 * 86_400;
const KEPT_SECONDS = 30 * 86_400;
const COLLECTION = 'pendingRecoveries';

export class PendingRecoveryStore {
  readonly #deps: PendingDependencies;

  constructor(deps: PendingDependencies) {
    this.#deps = deps;
  }

  /** Takes the place of any other of the account: of two that could wait, the later proof counts. */
  async begin(
    of: { id: string; accountId: string; contact: PendingContact },
    session: ClientSession,
  ): Promise<PendingRecovery> {
    const { keyring, clock } = this.#deps;
    const { id, accountId, contact } = of;
    const readyAt = secondsFromNow(clock, COOLING_SECONDS);
    const endsAt = new Date(readyAt.getTime() + COMPLETION_SECONDS * 1000);
    const content: Omit<PendingDocument, '_id'> = {
      pendingId: id,
      state: 'waiting',
      sealed: keyring.encryptJson(contact, context(accountId)),
      startedAt: clock.now(),
      readyAt,
      endsAt,
      purgeAt: new Date(endsAt.getTime() + KEPT_SECONDS * 1000),
      schemaVersion: 1,
    };
    await this.#pending.replaceOne({ _id: accountId }, content, { upsert: true, session });
    return { id, accountId, state: 'waiting', contact, readyAt, endsAt };
  }

  /** This very one, whatever became of it; undefined when another took its place or it is over. */
  async find(accountId: string, id: string): Promise<PendingRecovery | undefined> {
    const { keyring, clock } = this.#deps;
    const document = await this.#pending.findOne({
      _id: accountId,
      pendingId: id,
      endsAt: { $gt: clock.now() },
    });
    if (!document) return undefined;
    const { state, readyAt, endsAt, sealed } = document;
    const contact = keyring.decryptJson(sealed, context(accountId)) as PendingContact;
    return { id, accountId, state, contact, readyAt, endsAt };
  }

  /** True for the one call that ends it. */
  async cancel(accountId: string, id: string | undefined, session: ClientSession) {
    const { modifiedCount } = await this.#pending.updateOne(
      { _id: accountId, state: 'waiting', ...(id === undefined ? {} : { pendingId: id }) },
      { $set: { state: 'cancelled' } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** True for the one call that completes it, after its time and before its end. */
  async complete(accountId: string, id: string, session: ClientSession): Promise<boolean> {
    const now = this.#deps.clock.now();
    const { modifiedCount } = await this.#pending.updateOne(
      {
        _id: accountId,
        pendingId: id,
        state: 'waiting',
        readyAt: { $lte: now },
        endsAt: { $gt: now },
      },
      { $set: { state: 'done' } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Part of the removal of the account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#pending.deleteOne({ _id: accountId }, { session });
  }

  get #pending() {
    return this.#deps.database.collection<PendingDocument>(COLLECTION);
  }
}

function context(accountId: string): string {
  return `recovery.pending:${accountId}`;
}

export const sealedPendingRecoveries: SealedPlace = {
  collection: COLLECTION,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as PendingDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
