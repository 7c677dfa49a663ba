// What the pages of the review by staff are given; `ctx.render` is checked against it.
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { CaseStatusLocals, PaperFilesLocals, PaperProblem } from '../papers/papers.views.ts';
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

export type ReviewFilesProblem =
  | PaperProblem<ReviewSlot>
  | 'verification-review.problem.consent_missing';

export interface ReviewFilesLocals
  extends VerificationFrame, PaperFilesLocals<ReviewSlot, ReviewFilesProblem> {
  typed: { type: string; maskedName: string; maskedNumber: string };
  detailsHref: string;
}

export interface ReviewStatusLocals extends VerificationFrame, CaseStatusLocals {}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'verification/certificates': CertificatesLocals;
    'verification/review-details': ReviewDetailsLocals;
    'verification/review-files': ReviewFilesLocals;
    'verification/review-status': ReviewStatusLocals;
  }
}
