// Hand-overs to the face service that are under way: each is used once, by the sign-in that began
// it, and forgotten an hour later.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { IdentityClaim } from './provider.ts';

export interface FaceRequest {
  accountId: string;
  /** Of the sign-in at the account centre. */
  sid: string;
  nonce: string;
  claim: IdentityClaim;
  /** By which the service knows it. */
  handle: string;
  consentedAt: Date;
}

interface FaceRequestDocument {
  /** Keyed hash of `state`. */
  _id: string;
  accountId: string;
  sealed: Buffer;
  consentedAt: Date;
  usedAt?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

type SealedPart = Omit<FaceRequest, 'accountId' | 'consentedAt'>;

const COLLECTION = 'faceRequests';
export const FACE_REQUEST_SECONDS = 3600;

export class FaceRequestStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  async insert(state: string, request: FaceRequest, session: ClientSession): Promise<void> {
    const { keyring, clock } = this.#deps;
    const { accountId, consentedAt, ...rest } = request;
    const _id = this.#id(state);
    const sealed = keyring.encryptJson(rest, context(_id));
    const expiresAt = secondsFromNow(clock, FACE_REQUEST_SECONDS);
    const document = { _id, accountId, sealed, consentedAt, expiresAt, schemaVersion: 1 } as const;
    await this.#requests.insertOne(document, { session });
  }

  /** Not used yet; undefined for one that is unknown, used, expired, or of another account. */
  async find(state: string, accountId: string): Promise<FaceRequest | undefined> {
    const document = await this.#requests.findOne({
      _id: this.#id(state),
      accountId,
      usedAt: { $exists: false },
      expiresAt: { $gt: this.#deps.clock.now() },
    });
    if (!document) return undefined;
    const { _id, sealed, consentedAt } = document;
    const rest = this.#deps.keyring.decryptJson(sealed, context(_id)) as SealedPart;
    return { accountId, consentedAt, ...rest };
  }

  /** True for the one call that uses it. */
  async use(state: string): Promise<boolean> {
    const { modifiedCount } = await this.#requests.updateOne(
      { _id: this.#id(state), usedAt: { $exists: false } },
      { $set: { usedAt: this.#deps.clock.now() } },
    );
    return modifiedCount === 1;
  }

  /** Part of the removal of the account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#requests.deleteMany({ accountId }, { session });
  }

  #id(state: string): string {
    return this.#deps.keyring
      .mac('artefactId', 'verification.face-state', state)
      .toString('base64url');
  }

  get #requests() {
    return this.#deps.database.collection<FaceRequestDocument>(COLLECTION);
  }
}

function context(id: string): string {
  return `verification.face:${id}`;
}

export const sealedFaceRequests: SealedPlace = {
  collection: COLLECTION,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as FaceRequestDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
