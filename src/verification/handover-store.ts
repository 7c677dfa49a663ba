// Hand-overs to a service elsewhere that are under way: each is used once, by the sign-in that began
// it, and forgotten an hour later.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

export interface Handover {
  accountId: string;
  /** Of the sign-in at the account centre. */
  sid: string;
  consentedAt: Date;
}

interface HandoverDocument {
  /** Keyed hash of `state`. */
  _id: string;
  accountId: string;
  sealed: Buffer;
  consentedAt: Date;
  usedAt?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

/** Where hand-overs of one kind lie, and under which label they are sealed. */
export interface HandoverPlace {
  collection: string;
  /** e.g. `verification.face` */
  label: string;
}

const KEPT_SECONDS = 3600;

export class HandoverStore<T extends Handover> {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };
  readonly #place: HandoverPlace;

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }, place: HandoverPlace) {
    this.#deps = deps;
    this.#place = place;
  }

  async insert(state: string, request: T, session: ClientSession): Promise<void> {
    const { keyring, clock } = this.#deps;
    const { accountId, consentedAt, ...rest } = request;
    const _id = this.#id(state);
    const sealed = keyring.encryptJson(rest, contextOf(this.#place, _id));
    const expiresAt = secondsFromNow(clock, KEPT_SECONDS);
    const document = { _id, accountId, sealed, consentedAt, expiresAt, schemaVersion: 1 } as const;
    await this.#requests.insertOne(document, { session });
  }

  /** Not used yet; undefined for one that is unknown, used, expired, or of another account. */
  async find(state: string, accountId: string): Promise<T | undefined> {
    const document = await this.#requests.findOne({
      _id: this.#id(state),
      accountId,
      usedAt: { $exists: false },
      expiresAt: { $gt: this.#deps.clock.now() },
    });
    if (!document) return undefined;
    const { _id, sealed, consentedAt } = document;
    const rest = this.#deps.keyring.decryptJson(sealed, contextOf(this.#place, _id)) as object;
    // Sealed by `insert` under this very label; the context proves it.
    return { ...rest, accountId, consentedAt } as T;
  }

  /** True for the one call that uses it. */
  async use(state: string): Promise<boolean> {
    const { modifiedCount } = await this.#requests.updateOne(
      { _id: this.#id(state), usedAt: { $exists: false } },
      { $set: { usedAt: this.#deps.clock.now() } },
    );
    return modifiedCount === 1;
  }

  /** By who used it and got no answer: it can be used again. */
  async release(state: string): Promise<void> {
    await this.#requests.updateOne({ _id: this.#id(state) }, { $unset: { usedAt: 1 } });
  }

  /** Part of the removal of the account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#requests.deleteMany({ accountId }, { session });
  }

  #id(state: string): string {
    const label = `${this.#place.label}-state`;
    return this.#deps.keyring.mac('artefactId', label, state).toString('base64url');
  }

  get #requests() {
    return this.#deps.database.collection<HandoverDocument>(this.#place.collection);
  }
}

function contextOf({ label }: HandoverPlace, id: string): string {
  return `${label}:${id}`;
}

export function sealedHandovers(place: HandoverPlace): SealedPlace {
  return {
    collection: place.collection,
    fields: ['sealed'],
    valuesOf: (document) => {
      const { _id, sealed } = document as HandoverDocument;
      return [{ path: 'sealed', sealed, context: contextOf(place, _id) }];
    },
  };
}
