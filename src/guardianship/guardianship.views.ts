// What the pages of guardians are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { CaseStatusLocals, PaperFilesLocals, PaperProblem } from '../papers/papers.views.ts';
import type { ChildFormProblem } from './child-form.ts';
import type { ChildSlot } from './child-review.ts';
import type { Relation, WardState } from './ward.ts';

export interface ChildrenLocals extends AccountFrame {
  /** Where a code of another guardian is typed. */
  joinHref: string;
  children: readonly {
    maskedName: string;
    maskedNumber: string;
    relation: Relation;
    state: WardState;
    href: string;
  }[];
  /** With staff, or decided by them. */
  reviews: readonly {
    maskedName: string;
    state: ChildReviewStatusLocals['state'];
    href: string;
  }[];
  /** Absent where children are added at windows only. */
  addHref?: string;
}

export interface AddChildLocals extends AccountFrame {
  form: FormTarget;
  typed: { type: CertificateType; name: string; number: string; relation: string };
  agreement: { title: string; href: string };
  isTicked: boolean;
  /** For children without an ID card, where staff look at papers. */
  detailsHref?: string;
  errors: readonly FieldError<ChildFormProblem>[];
}

export type ChildUnfinishedReason =
  | 'level_needed'
  | 'unavailable'
  | 'tries_used_up'
  | 'not_confirmed'
  | 'over';

export interface ChildUnfinishedLocals extends AccountFrame {
  reason: ChildUnfinishedReason;
  /** Where the reason lies in another step first. */
  onwardHref?: string;
  /** Back to an empty form. */
  againHref?: string;
  /** Back to the form, with what was typed. */
  againForm?: FormTarget;
  /** Where staff look at papers. */
  reviewHref?: string;
}

export interface ChildDetailsLocals extends AccountFrame {
  form: FormTarget;
  groups: readonly { group: string; types: readonly CertificateType[] }[];
  countries: readonly { value: string; label: string }[];
  typed: {
    type: string;
    name: string;
    number: string;
    country: string;
    birthDate: string;
    relation: string;
  };
  backHref: string;
  errors: readonly FieldError<ChildFormProblem>[];
}

export type ChildReviewProblem =
  | PaperProblem<ChildSlot>
  | `guardianship.review.${'family_missing' | 'consent_missing'}`
  | 'agreement.not_ticked'
  | 'agreement.changed';

/** The child under review. */
interface ReviewedChild {
  maskedName: string;
  certificateType: CertificateType;
  maskedNumber: string;
  birthDate: string;
  relation: Relation;
}

export interface ChildReviewFilesLocals
  extends AccountFrame, ReviewedChild, PaperFilesLocals<ChildSlot, ChildReviewProblem> {
  agreement: { title: string; href: string };
  isTicked: boolean;
}

export interface ChildReviewStatusLocals extends AccountFrame, ReviewedChild, CaseStatusLocals {}

export interface ChildLocals extends AccountFrame {
  maskedName: string;
  certificateType: CertificateType;
  maskedNumber: string;
  relation: Relation;
  state: WardState;
  /** An operator has locked it. */
  isLocked: boolean;
  since: Date;
  consent: { title: string; version: number; at: Date; href: string };
  guardians: readonly {
    maskedName: string;
    relation: Relation;
    isSelf: boolean;
    isResting: boolean;
  }[];
  /** The consent is withdrawn, or of an older text. */
  consentHref?: string;
  /** Absent where there is nothing to withdraw. */
  withdrawHref?: string;
  eraseHref?: string;
  /** Absent where there is no room for another guardian. */
  inviteForm?: FormTarget;
  /** An invitation that nobody has accepted yet. */
  invitation?: { expiresAt: Date; revokeForm: FormTarget };
}

export interface InviteGuardianLocals extends AccountFrame {
  maskedName: string;
  /** Twelve digits in groups of four. */
  code: string;
  expiresAt: Date;
  backHref: string;
}

export interface JoinChildLocals extends AccountFrame {
  form: FormTarget;
  relation: string;
  agreement: { title: string; href: string };
  isTicked: boolean;
  errors: readonly FieldError<
    | `guardianship.join.${'code_missing' | 'code_wrong'}`
    | 'guardianship.form.relation_missing'
    | 'agreement.not_ticked'
    | 'agreement.changed'
  >[];
}

export interface EndConsentLocals extends AccountFrame {
  maskedName: string;
  maskedNumber: string;
  /** Another one is told. */
  hasOther: boolean;
  form: FormTarget;
  backHref: string;
}

export interface ConsentAgainLocals extends AccountFrame {
  maskedName: string;
  agreement: { title: string; href: string };
  isTicked: boolean;
  form: FormTarget;
  backHref: string;
  errors: readonly FieldError<'agreement.not_ticked' | 'agreement.changed'>[];
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'guardianship/children': ChildrenLocals;
    'guardianship/add': AddChildLocals;
    'guardianship/details': ChildDetailsLocals;
    'guardianship/review-files': ChildReviewFilesLocals;
    'guardianship/review-status': ChildReviewStatusLocals;
    'guardianship/unfinished': ChildUnfinishedLocals;
    'guardianship/child': ChildLocals;
    'guardianship/invite': InviteGuardianLocals;
    'guardianship/join': JoinChildLocals;
    'guardianship/withdraw': EndConsentLocals;
    'guardianship/erase': EndConsentLocals;
    'guardianship/consent': ConsentAgainLocals;
  }
}
