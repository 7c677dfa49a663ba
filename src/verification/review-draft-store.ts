// What somebody has typed for a review and not sent yet, with what the sources said of it. Sealed;
// one for each account; forgotten a week after it was last touched.
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { AnswerSource } from '../review/review-case.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

/** An answer of a source to the same claim; the instant as ISO 8601. */
export interface DraftAnswer {
  source: AnswerSource;
  outcome: 'matched' | 'different' | 'not_found' | 'unavailable';
  resultCode: string;
  at: string;
}

export interface ReviewDraft {
  type: CertificateType;
  country: string | undefined;
  name: string;
  number: string;
  /** YYYY-MM-DD */
  birthDate: string;
  answers: readonly DraftAnswer[];
}

interface ReviewDraftDocument {
  /** The account's id. */
  _id: string;
  sealed: Buffer;
  expiresAt: Date;
  schemaVersion: 1;
}

const COLLECTION = 'reviewDrafts';
const KEPT_SECONDS = 7 * 86_400;

export class ReviewDraftStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  /** In place of what there was. */
  async save(accountId: string, draft: ReviewDraft): Promise<void> {
    const { keyring, clock } = this.#deps;
    const sealed = keyring.encryptJson(draft, context(accountId));
    const expiresAt = secondsFromNow(clock, KEPT_SECONDS);
    await this.#drafts.replaceOne(
      { _id: accountId },
      { sealed, expiresAt, schemaVersion: 1 },
      { upsert: true },
    );
  }

  async find(accountId: string): Promise<ReviewDraft | undefined> {
    const document = await this.#drafts.findOne({
      _id: accountId,
      expiresAt: { $gt: this.#deps.clock.now() },
    });
    if (!document) return undefined;
    return this.#deps.keyring.decryptJson(document.sealed, context(accountId)) as ReviewDraft;
  }

  /** Sent, or part of the removal of the account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#drafts.deleteOne({ _id: accountId }, { session });
  }

  get #drafts() {
    return this.#deps.database.collection<ReviewDraftDocument>(COLLECTION);
  }
}

function context(accountId: string): string {
  return `verification.review-draft:${accountId}`;
}

export const sealedReviewDrafts: SealedPlace = {
  collection: COLLECTION,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as ReviewDraftDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
