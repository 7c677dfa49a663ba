// What the pages of the real-name verification are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { ElementSource } from '../platform/verification-config.ts';

export interface WayView {
  way: ElementSource | 'networkIdentity' | 'face' | 'review' | 'window';
  /** Absent for the window, which is not online. */
  href?: string;
  level: number;
  /** Only together with another source. */
  isPart?: boolean;
}

export interface VerificationFrame extends AccountFrame {
  /** Back to the system that asked for a higher level. */
  onwardHref?: string;
}

export interface VerificationOverviewLocals extends VerificationFrame {
  realNameLevel: number;
  /** What is above the present level, lowest first. */
  higherLevels: readonly number[];
  /** Verified without a number; the ways may add one. */
  lacksNumber: boolean;
  /** That have confirmed an identity which needs another one. */
  confirmed: readonly ElementSource[];
  /** The window is always the last. */
  ways: readonly WayView[];
  /** A review is under way: its button says so. */
  hasReviewCase: boolean;
  /** To the choice of other documents, where they can be verified. */
  certificatesHref?: string;
}

export type IdentityFormProblem = `verification.form.${
  | 'name_missing'
  | 'name_wrong'
  | 'number_missing'
  | 'number_length'
  | 'number_old'
  | 'number_permit'
  | 'number_wrong'
  | 'number_format'
  | 'country_missing'
  | 'birth_date_wrong'
  | 'consent_missing'
  | 'own_consent_missing'
  | 'card_missing'
  | 'card_wrong'
  | 'mismatched_with_phone'
  | 'mismatched'}`;

/** `partial`: one source has confirmed it, this one is wanted too. */
export type MatchState = 'unavailable' | 'partial';

export interface MatchLocals extends VerificationFrame {
  form: FormTarget;
  source: ElementSource;
  state?: MatchState;
  /** Told to the source beside name and number. */
  maskedPhone?: string;
  hasCard: boolean;
  needsConsent: boolean;
  /** Sources that what was typed may be sent to instead. */
  others: readonly { source: ElementSource; action: string }[];
  isResidentId: boolean;
  type: string;
  name: string;
  number: string;
  errors: readonly FieldError<IdentityFormProblem>[];
  hasFace: boolean;
  hasNetwork?: boolean;
  hasReview: boolean;
  certificatesHref?: string;
}

export interface FaceLocals extends VerificationFrame {
  form: FormTarget;
  /** Absent for who is verified already: then that identity is the one to show. */
  typed?: { name: string; number: string };
  maskedNumber?: string;
  errors: readonly FieldError<IdentityFormProblem>[];
}

/** `verified`: the number of the account is compared; `number`: one is added; `first`: neither. */
export type NetworkPurpose = 'first' | 'number' | 'verified';

export interface NetworkIdentityLocals extends VerificationFrame {
  form: FormTarget;
  purpose: NetworkPurpose;
  /** Of `number`. */
  typed: { name: string; number: string };
  /** Of `verified`. */
  maskedNumber?: string;
  errors: readonly FieldError<IdentityFormProblem>[];
  hasFace: boolean;
  hasReview: boolean;
}

export type UnfinishedReason =
  | 'not_completed'
  | 'sources_disagree'
  | 'unavailable'
  | 'tries_used_up'
  | 'face_refused'
  | 'face_cancelled'
  | 'face_invalid'
  | 'network_cancelled'
  | 'network_invalid'
  | 'network_refused'
  | 'network_other_person'
  | 'minor';

export interface UnfinishedLocals extends VerificationFrame {
  reason: UnfinishedReason;
  retryHref?: string;
  /** Reviewers have it already. */
  isUnderReview: boolean;
  /** Where it may be that the person has another account. */
  mergeHref?: string;
  hasFace: boolean;
  hasNetwork?: boolean;
  hasReview: boolean;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'verification/overview': VerificationOverviewLocals;
    'verification/match': MatchLocals;
    'verification/face': FaceLocals;
    'verification/network-identity': NetworkIdentityLocals;
    'verification/unfinished': UnfinishedLocals;
  }
}
