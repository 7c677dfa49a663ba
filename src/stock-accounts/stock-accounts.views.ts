// What the pages of taking over an old account are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { ProofOfWorkView } from '../credentials/credentials.views.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { CaseStatusLocals, PaperFilesLocals } from '../papers/papers.views.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import type { ReviewFilesProblem } from '../verification/review.views.ts';
import type { IdentityFormProblem } from '../verification/verification.views.ts';

export interface OldSystemsLocals {
  /** Empty where the city has imported nothing. */
  systems: readonly { name: string; href: string }[];
  /** Of who is signed in and has sent one to staff. */
  reviewHref?: string;
}

export type OldPasswordProblem = `migrate.problem.${
  | 'login_missing'
  | 'password_missing'
  | 'refused'
  | 'proof_missing'
  | 'wait_not_over'}`;

export interface OldPasswordLocals {
  system: string;
  login: string;
  form: FormTarget;
  keepForm: { id: string; action: string };
  otherHref: string;
  errors: readonly FieldError<OldPasswordProblem>[];
  proofOfWork?: ProofOfWorkView;
  /** Too many tries from here: passwords are not looked at for so long. */
  retryMinutes?: number;
}

export interface MigrationConfirmLocals {
  system: string;
  /** As typed there, masked. */
  oldLogin: string;
  /** Who is signed in; absent: nobody, and `signInHref` leads there. */
  account?: { name: string; form: FormTarget };
  signInHref: string;
  accountHref: string;
  /** The real-name level that comes along; absent when the old account was not verified. */
  level?: number;
}

export type MigrationEndReason =
  | 'bound'
  | 'bound_unverified'
  | 'used'
  | 'ended'
  | 'not_completed'
  | 'not_for_kind'
  | 'other_account';

export interface MigrationEndLocals {
  reason: MigrationEndReason;
  system?: string;
  level?: number;
  /** Where the real name is verified; absent where it is not offered. */
  verificationHref?: string;
  /** Where it is sent to staff. */
  reviewHref?: string;
  accountHref: string;
  againHref: string;
}

export type StockReviewProblem = ReviewFilesProblem | IdentityFormProblem | 'migrate.review.minor';

export interface StockReviewFilesLocals
  extends AccountFrame, PaperFilesLocals<ReviewSlot, StockReviewProblem> {
  system: string;
  /** Of the document. */
  type: string;
  /** Of an account that is verified: nothing is typed. */
  own?: { maskedName: string; maskedNumber: string };
  typed: { name: string; number: string; birthDate: string };
  asksBirthDate: boolean;
}

export interface StockReviewStatusLocals extends AccountFrame, CaseStatusLocals {
  system: string;
  backHref: string;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'stock-accounts/migrate-systems': OldSystemsLocals;
    'stock-accounts/migrate-password': OldPasswordLocals;
    'stock-accounts/migrate-confirm': MigrationConfirmLocals;
    'stock-accounts/migrate-end': MigrationEndLocals;
    'stock-accounts/review-files': StockReviewFilesLocals;
    'stock-accounts/review-status': StockReviewStatusLocals;
  }
}
