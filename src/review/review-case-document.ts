// The stored form of a review case: facts in the clear, what people claimed and sources answered
// sealed, and keyed hashes of the numbers in it, by which other cases of the same identity are found.
import { z } from 'zod';
import type { Keyring } from '../platform/crypto.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { HistoryEntry } from './case-history.ts';
import { caseTroubles } from './case-troubles.ts';
import { IDENTITY_FIELDS, answerOutcomes, answerSources, reviewFields } from './review-case.ts';
import type {
  Decision,
  FieldTexts,
  ReviewCase,
  ReviewCaseFacts,
  SourceAnswer,
} from './review-case.ts';

export const REVIEW_CASES = 'reviewCases';

export interface ReviewCaseDocument extends Omit<ReviewCaseFacts, 'id' | 'decision'> {
  _id: string;
  decision?: Omit<Decision, 'note'>;
  /** Of the decision; sealed. */
  note?: Buffer;
  /** Claimed texts and answers. */
  sealed: Buffer;
  history: HistoryEntry[];
  identityMacs: Buffer[];
  /** Present while the case is open. */
  openKey?: string;
  /** Who carries out the decision, and until when nobody else tries. */
  leasedUntil?: Date;
  attempts?: number;
  schemaVersion: 1;
}

const texts = z.partialRecord(z.enum(reviewFields), z.string());
const contentSchema = z.object({
  claimed: texts,
  answers: z.array(
    z.object({
      source: z.enum(answerSources),
      outcome: z.enum(answerOutcomes),
      resultCode: z.string(),
      at: z.coerce.date(),
      values: texts,
    }),
  ),
});

export interface ReviewContent {
  claimed: FieldTexts;
  answers: readonly SourceAnswer[];
}

export function sealContent(keyring: Keyring, id: string, content: ReviewContent): Buffer {
  return keyring.encryptJson(content, contentContext(id));
}

export function sealNote(keyring: Keyring, id: string, note: string): Buffer {
  return keyring.encrypt(note, noteContext(id));
}

/** Under the present key; these keys are never retired. */
export function identityMacs(keyring: Keyring, claimed: FieldTexts): Buffer[] {
  return numbersOf(claimed).map((number) => keyring.mac('artefactId', MAC_LABEL, number));
}

/** Under every key that finds. */
export function identityLookUps(keyring: Keyring, claimed: FieldTexts): Buffer[] {
  return numbersOf(claimed).flatMap((number) => keyring.macs('artefactId', MAC_LABEL, number));
}

const MAC_LABEL = 'review.identity';

function numbersOf(claimed: FieldTexts): string[] {
  const numbers = IDENTITY_FIELDS.flatMap((field) => claimed[field]?.trim().toUpperCase() ?? []);
  return [...new Set(numbers)].filter((number) => number !== '');
}

export function factsOf(keyring: Keyring, document: ReviewCaseDocument): ReviewCaseFacts {
  const { _id: id, decision, note } = document;
  return {
    id,
    kind: document.kind,
    state: document.state,
    applicantId: document.applicantId,
    involvedIds: document.involvedIds,
    approvals: document.approvals,
    openedAt: document.openedAt,
    dueAt: document.dueAt,
    notBefore: document.notBefore,
    claim: document.claim,
    votes: document.votes,
    decision: decision && {
      ...decision,
      ...(note ? { note: keyring.decrypt(note, noteContext(id)).toString('utf8') } : {}),
    },
    outcome: document.outcome,
    closedAt: document.closedAt,
    secondLook: document.secondLook,
    trouble: caseTroubles.find((known) => known === document.trouble),
    fileIds: document.fileIds,
    revision: document.revision,
  };
}

export function caseOf(keyring: Keyring, document: ReviewCaseDocument): ReviewCase {
  const { _id: id, sealed, history } = document;
  const content = contentSchema.parse(keyring.decryptJson(sealed, contentContext(id)));
  return { ...factsOf(keyring, document), ...content, history };
}

function contentContext(id: string): string {
  return `review.case:${id}`;
}

function noteContext(id: string): string {
  return `review.note:${id}`;
}

export const sealedReviewCases: SealedPlace = {
  collection: REVIEW_CASES,
  fields: ['sealed', 'note'],
  valuesOf: (document) => {
    const { _id, sealed, note } = document as ReviewCaseDocument;
    return [
      { path: 'sealed', sealed, context: contentContext(_id) },
      ...(note ? [{ path: 'note', sealed: note, context: noteContext(_id) }] : []),
    ];
  },
};
