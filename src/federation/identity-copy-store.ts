// What a peer that keeps the number has said at a sign-in, sealed, for as long as the sign-in lasts and never
// longer than a session may: for the systems that may have the number.
import type { Certificate } from '../accounts/identity-number.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

interface CopyDocument {
  /** Of the sign-in. */
  _id: string;
  accountId: string;
  linkId: string;
  peerId: string;
  sealed: Buffer;
  expiresAt: Date;
  schemaVersion: 1;
}

export const IDENTITY_COPIES = 'upstreamIdentityCopies';
/** As long as a session at most. */
const KEPT_SECONDS = 12 * 3600;
/** By then a session stands on the sign-in, or none ever will. */
const SETTLED_SECONDS = 1800;

export class IdentityCopyStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  async insert(
    signInId: string,
    {
      certificate,
      ...of
    }: Omit<CopyDocument, '_id' | 'sealed' | 'expiresAt' | 'schemaVersion'> & {
      certificate: Certificate;
    },
    session: ClientSession,
  ): Promise<void> {
    const { keyring, clock } = this.#deps;
    const sealed = keyring.encryptJson(certificate, context(signInId));
    const expiresAt = secondsFromNow(clock, KEPT_SECONDS);
    const document: CopyDocument = { _id: signInId, ...of, sealed, expiresAt, schemaVersion: 1 };
    await this.#copies.insertOne(document, { session });
  }

  /** Undefined where there is none, or none any more. */
  async find(signInId: string, accountId: string): Promise<Certificate | undefined> {
    const { keyring, clock } = this.#deps;
    const filter = { _id: signInId, accountId, expiresAt: { $gt: clock.now() } };
    const document = await this.#copies.findOne(filter);
    // Sealed by `insert` under this very id; the context proves it.
    return document
      ? (keyring.decryptJson(document.sealed, context(signInId)) as Certificate)
      : undefined;
  }

  /** Sign-ins of some time ago that a copy is kept of, in the order of their ids. */
  async listSettled(after: string, limit: number): Promise<string[]> {
    const expiresAt = { $lte: secondsFromNow(this.#deps.clock, KEPT_SECONDS - SETTLED_SECONDS) };
    const found = await this.#copies
      .find({ _id: { $gt: after }, expiresAt }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id }) => _id);
  }

  async remove(signInIds: readonly string[]): Promise<void> {
    await this.#copies.deleteMany({ _id: { $in: [...signInIds] } });
  }

  /** Part of the removal of an account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#copies.deleteMany({ accountId }, { session });
  }

  get #copies() {
    return this.#deps.database.collection<CopyDocument>(IDENTITY_COPIES);
  }
}

function context(id: string): string {
  return `upstream-identity-copy:${id}`;
}

export const sealedIdentityCopies: SealedPlace = {
  collection: IDENTITY_COPIES,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as CopyDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
