// A review case: what somebody claims, what the sources answered, and who decided what about it. The
// closed lists here have their words in locales (`review.kind.…`, `review.field.…`, `review.source.…`).
import { maskEmail, maskName, maskNumber, maskPhone } from '../accounts/masking.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { HistoryEntry, SecondLook } from './case-history.ts';
import type { CaseTrouble } from './case-troubles.ts';

export const reviewKinds = [
  'natural_person',
  'legal_entity',
  'merge',
  'recovery',
  'stock_account',
  'data_request',
  'guardianship',
  'intermediary',
  'mandate_letter',
  'federation',
] as const;
export type ReviewKind = (typeof reviewKinds)[number];

/** Of these an approval always needs two reviewers, whatever who opens them says. */
const ALWAYS_TWO: ReadonlySet<ReviewKind> = new Set([
  'merge',
  'recovery',
  'guardianship',
  'mandate_letter',
  'federation',
]);

export function approvalsOf(kind: ReviewKind, asked: 1 | 2): 1 | 2 {
  return ALWAYS_TWO.has(kind) ? 2 : asked;
}

const maskMiddle = (text: string) => maskNumber(text, 'signedIn');
const open = (text: string) => text;

/** What may be claimed or answered, and how it is shown until somebody has a reason to see it. */
const FIELD_MASKS = {
  name: maskName,
  formerName: maskName,
  gender: open,
  birthDate: maskMiddle,
  nationality: open,
  certificateType: open,
  certificateNumber: maskMiddle,
  certificateCountry: open,
  certificateValidUntil: open,
  lifeState: open,
  phone: maskPhone,
  newPhone: maskPhone,
  email: maskEmail,
  newEmail: maskEmail,
  address: maskName,
  guardianName: maskName,
  guardianCertificateNumber: maskMiddle,
  relationship: open,
  entityName: open,
  uscc: open,
  entityType: open,
  entityState: open,
  registeredAddress: open,
  legalRepresentative: maskName,
  legalRepresentativeNumber: maskMiddle,
  qualification: open,
  qualificationNumber: open,
  issuingAuthority: open,
  approvingDepartment: open,
  mandateServices: open,
  mandateClients: open,
  mandateUse: open,
  validFrom: open,
  validUntil: open,
  legacySystem: open,
  legacyLogin: maskName,
  lostFactors: open,
  requestedChange: open,
  realNameLevel: open,
  source: open,
  reason: open,
  remark: open,
} as const satisfies Record<string, (text: string) => string>;

export type ReviewField = keyof typeof FIELD_MASKS;
export const reviewFields = Object.keys(FIELD_MASKS) as ReviewField[];
export type FieldTexts = Readonly<Partial<Record<ReviewField, string>>>;

/** Of the fields that say who somebody is: earlier cases of the same identity are found by them. */
export const IDENTITY_FIELDS = [
  'certificateNumber',
  'uscc',
  'guardianCertificateNumber',
  'legalRepresentativeNumber',
] as const satisfies readonly ReviewField[];

export const answerSources = [
  'account',
  'population',
  'household',
  'face',
  'social_security',
  'operator',
  'bank',
  'network_identity',
  'legal_entity_register',
  'e_licence',
  'certificate_authority',
  'bank_transfer',
  'window',
  'legacy_system',
] as const;
export type AnswerSource = (typeof answerSources)[number];

export const answerOutcomes = [
  'matched',
  'different',
  'not_found',
  'unclear',
  'unavailable',
] as const;

export interface SourceAnswer {
  source: AnswerSource;
  outcome: (typeof answerOutcomes)[number];
  /** In the words of the source, e.g. `00`, `timeout`. */
  resultCode: string;
  at: Date;
  /** What the source says itself; compared with the claimed text of the same field. */
  values: FieldTexts;
}

/**
 * `pending`: waits for a reviewer. `asked`: waits for the applicant. `decided`: the time to undo is
 * running. `closed`: carried out.
 */
export const reviewStates = ['pending', 'asked', 'decided', 'closed'] as const;
export type ReviewState = (typeof reviewStates)[number];

export const verdicts = ['approve', 'reject', 'ask'] as const;
export type Verdict = (typeof verdicts)[number];
export type ReviewOutcome = 'approved' | 'rejected' | 'withdrawn';

/** Words: `review.reason.<verdict>.<reason>`; what the applicant reads is `….applicant`. */
export const reviewReasons = {
  approve: [
    'evidence_clear',
    'register_confirms',
    'seen_at_window',
    'clerical_difference',
    'request_fulfilled',
    'department_confirms',
  ],
  reject: [
    'evidence_unclear',
    'evidence_altered',
    'not_the_person',
    'register_contradicts',
    'document_expired',
    'not_entitled',
    'duplicate',
    'conditions_unmet',
  ],
  ask: ['file_unreadable', 'file_missing', 'newer_document', 'correct_details', 'explain'],
} as const satisfies Record<Verdict, readonly string[]>;
export type ReviewReason = (typeof reviewReasons)[Verdict][number];

export interface Vote {
  /** Account id of the reviewer. */
  by: string;
  verdict: Verdict;
  reason: ReviewReason;
  at: Date;
}

export interface Claim {
  by: string;
  at: Date;
  expiresAt: Date;
}

export interface Decision {
  by: string;
  verdict: Verdict;
  reason: ReviewReason;
  at: Date;
  /** From then on it is carried out, and the applicant is told. */
  effectiveAt: Date;
  /** For the applicant, in the reviewer's own words. */
  note?: string | undefined;
}

/** All of a case but what somebody claimed and sources answered. */
export interface ReviewCaseFacts {
  /** Twelve digits, so that it can be read out on the telephone. */
  id: string;
  kind: ReviewKind;
  state: ReviewState;
  applicantId: string;
  /** Accounts that the decision touches besides. */
  involvedIds: readonly string[];
  approvals: 1 | 2;
  openedAt: Date;
  dueAt: Date;
  /** No decision takes effect earlier: somebody was given that long to object. */
  notBefore: Date | undefined;
  claim: Claim | undefined;
  /** Of the present round; undone ones are gone. */
  votes: readonly Vote[];
  decision: Decision | undefined;
  outcome: ReviewOutcome | undefined;
  closedAt: Date | undefined;
  secondLook: SecondLook | undefined;
  /** Why a decision could not be carried out. */
  trouble: CaseTrouble | undefined;
  fileIds: readonly string[];
  revision: number;
}

export interface ReviewCase extends ReviewCaseFacts {
  claimed: FieldTexts;
  answers: readonly SourceAnswer[];
  history: readonly HistoryEntry[];
}

export interface NewReviewCase {
  kind: ReviewKind;
  /** The account that asks for something, and is told how it ended. */
  applicantId: string;
  involvedIds: readonly string[];
  claimed: FieldTexts;
  answers: readonly SourceAnswer[];
  fileIds: readonly string[];
  approvals: 1 | 2;
  /** Of all cases with the same one only one is open at a time. Made of ids, never of person data. */
  uniqueKey?: string | undefined;
  /** No decision takes effect earlier: somebody is given that long to object. */
  notBefore?: Date | undefined;
  /** `anonymous`, or who acts for the applicant. Absent: the applicant. */
  openedBy?: string | undefined;
  /** Where the law says until when; absent: as the operator has set. */
  dueAt?: Date | undefined;
}

/** `ok: false`: nothing of it was done, and the case goes back to the reviewers with that word. */
export type CarryOutcome =
  | { ok: true; afterCommit?: (() => Promise<void> | void) | undefined }
  /** `approvals`: so many have to agree from now on; `involvedIds`: whom it touches besides. */
  | { ok: false; reason: CaseTrouble; approvals?: 2; involvedIds?: readonly string[] };

/**
 * What a decision does, given in the composition root by the domain that the case is of. Called in
 * the transaction that closes the case and records it; may run several times until it commits.
 */
export interface DecisionHandler {
  approve(reviewCase: ReviewCase, transaction: ClientSession): Promise<CarryOutcome>;
  reject(
    reviewCase: ReviewCase,
    reason: ReviewReason,
    transaction: ClientSession,
  ): Promise<CarryOutcome>;
  /** Asks the sources again, outside of any transaction. Absent: there is none to ask. */
  askSources?(reviewCase: ReviewCase): Promise<readonly SourceAnswer[]>;
  /** True: it tells people itself; nobody else does. */
  tellsItself?: boolean;
  /**
   * Who is told of a decision, a request for more too, in its transaction; what it returns is called
   * after the commit. Absent: the applicant.
   */
  tell?(
    of: { reviewCase: ReviewCase; decision: Decision },
    transaction: ClientSession,
  ): Promise<() => void>;
}

export function isClaimed(claim: Claim | undefined, now: Date): claim is Claim {
  return claim !== undefined && claim.expiresAt > now;
}

export function isOpen(state: ReviewState): boolean {
  return state === 'pending' || state === 'asked';
}

/** As it is shown until somebody has given a reason to see it. */
export function maskField(field: ReviewField, text: string): string {
  return FIELD_MASKS[field](text);
}
