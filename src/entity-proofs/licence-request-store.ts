// Licences that are being presented: each belongs to the sign-in that asked for it, ends after some
// minutes, and is used once.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

const sealedSchema = z.object({
  handle: z.string(),
  nonce: z.string(),
  /** Where a telephone presents it. */
  page: z.string(),
  /** To compare on both screens. */
  number: z.string(),
  /** That is to show more; absent: one is to be registered. */
  entityId: z.string().optional(),
});

export type LicenceRequest = z.infer<typeof sealedSchema> & { expiresAt: Date };

/** By whose sign-in it was asked for. */
export interface LicenceRequester {
  accountId: string;
  sid: string;
}

interface LicenceRequestDocument {
  /** Keyed hash of the state and of the sign-in. */
  _id: string;
  accountId: string;
  sealed: Buffer;
  usedAt?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

export const LICENCE_REQUESTS = 'licenceRequests';
export const LICENCE_REQUEST_SECONDS = 300;

export class LicenceRequestStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  async insert(
    state: string,
    by: LicenceRequester,
    request: Omit<LicenceRequest, 'expiresAt'>,
  ): Promise<void> {
    const { keyring, clock } = this.#deps;
    const _id = this.#id(state, by);
    await this.#requests.insertOne({
      _id,
      accountId: by.accountId,
      sealed: keyring.encryptJson(sealedSchema.parse(request), context(_id)),
      expiresAt: secondsFromNow(clock, LICENCE_REQUEST_SECONDS),
      schemaVersion: 1,
    });
  }

  /** Undefined for one that is unknown, used, over, or of another sign-in. */
  async find(state: string, by: LicenceRequester): Promise<LicenceRequest | undefined> {
    const document = await this.#requests.findOne({
      _id: this.#id(state, by),
      usedAt: { $exists: false },
      expiresAt: { $gt: this.#deps.clock.now() },
    });
    if (!document) return undefined;
    const { _id, sealed, expiresAt } = document;
    const opened = this.#deps.keyring.decryptJson(sealed, context(_id));
    return { ...sealedSchema.parse(opened), expiresAt };
  }

  /** True for the one call that uses it. */
  async use(state: string, by: LicenceRequester): Promise<boolean> {
    const now = this.#deps.clock.now();
    const { modifiedCount } = await this.#requests.updateOne(
      { _id: this.#id(state, by), usedAt: { $exists: false }, expiresAt: { $gt: now } },
      { $set: { usedAt: now } },
    );
    return modifiedCount === 1;
  }

  #id(state: string, { accountId, sid }: LicenceRequester): string {
    const of = JSON.stringify([state, accountId, sid]);
    return this.#deps.keyring.mac('artefactId', 'entity-proofs.licence', of).toString('base64url');
  }

  get #requests() {
    return this.#deps.database.collection<LicenceRequestDocument>(LICENCE_REQUESTS);
  }
}

/** Part of the removal of the account. */
export async function eraseLicenceRequests(
  database: Database,
  accountId: string,
  session: ClientSession,
): Promise<void> {
  const requests = database.collection<LicenceRequestDocument>(LICENCE_REQUESTS);
  await requests.deleteMany({ accountId }, { session });
}

function context(id: string): string {
  return `entity-proofs.licence:${id}`;
}

export const sealedLicenceRequests: SealedPlace = {
  collection: LICENCE_REQUESTS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as LicenceRequestDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
