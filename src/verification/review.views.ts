// What the pages of the review by staff are given; `ctx.render` is checked against it.
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { FileRefusal } from '../evidence-files/conversion.ts';
import type { ReviewSlot } from './review-slots.ts';
import type { IdentityFormProblem, VerificationFrame } from './verification.views.ts';

export interface CertificatesLocals extends VerificationFrame {
  groups: readonly {
    group: string;
    types: readonly { type: string; href: string; isInstant: boolean }[];
  }[];
}

export interface ReviewDetailsLocals extends VerificationFrame {
  form: FormTarget;
  type: string;
  typed: { name: string; number: string; country: string; birthDate: string };
  /** Where the country belongs to the document. */
  countries?: readonly { value: string; label: string }[];
  asksBirthDate: boolean;
  errors: readonly FieldError<IdentityFormProblem>[];
}

export type ReviewFilesProblem = `verification-review.problem.${
  | FileRefusal
  | 'no_file'
  | 'too_large'
  | 'too_many_files'
  | 'consent_missing'
  | 'tries_used_up'
  | 'changed_meanwhile'
  | `missing.${ReviewSlot}`}`;

export interface ReviewFilesLocals extends VerificationFrame {
  form: FormTarget;
  uploadForm: FormTarget;
  removeForm: FormTarget;
  typed: { type: string; maskedName: string; maskedNumber: string };
  detailsHref: string;
  slots: readonly {
    slot: ReviewSlot;
    isRequired: boolean;
    files: readonly { id: string; pages: number; addedAt: Date }[];
  }[];
  remark: string;
  /** After the decision. */
  keptDays: number;
  /** Staff asked for it. */
  isSupply: boolean;
  errors: readonly FieldError<ReviewFilesProblem>[];
}

export interface ReviewStatusLocals extends VerificationFrame {
  state: 'waiting' | 'more_needed' | 'approved' | 'rejected' | 'withdrawn';
  number: string;
  openedAt: Date;
  dueAt?: Date;
  closedAt?: Date;
  /** A locale key. */
  reason?: string;
  note?: string;
  fileCount: number;
  supplyHref?: string;
  /** Approved, but another account has the identity. */
  mergeHref?: string;
  againHref?: string;
  withdrawForm?: FormTarget;
  errors: readonly FieldError<'verification-review.status.too_late'>[];
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'verification/certificates': CertificatesLocals;
    'verification/review-details': ReviewDetailsLocals;
    'verification/review-files': ReviewFilesLocals;
    'verification/review-status': ReviewStatusLocals;
  }
}
