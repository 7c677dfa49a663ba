// What the pages of a recovery are given; `ctx.render` is checked against it.
import type {
  ContactCodeProblem,
  ContactView,
  NewPasswordProblem,
  PasskeyFormView,
  SecondFactorProblem,
} from '../credentials/credentials.views.ts';
import type { FieldError, FormTarget, KeptForm } from '../platform/http/view-locals.ts';
import type { PaperFilesLocals } from '../papers/papers.views.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import type { ReviewFilesProblem } from '../verification/review.views.ts';
import type { IdentityFormProblem } from '../verification/verification.views.ts';

export type RecoverContactProblem =
  | ContactCodeProblem
  | `sign-up.problem.${
      | 'missing_sms'
      | 'missing_mail'
      | 'phone_invalid'
      | 'phone_region_needed'
      | 'email_wrong'}`
  | 'recover.contact.login_missing';

export interface RecoverContactLocals {
  channel: 'sms' | 'mail';
  /** The same form with the other way. */
  otherHref: string;
  /** Both as they were typed. */
  contact: string;
  login: string;
  form: FormTarget;
  keepForm: KeptForm;
  signInHref: string;
  errors: readonly FieldError<RecoverContactProblem>[];
}

export interface RecoverCodeLocals {
  sentTo: ContactView;
  /** None is under way by now: only another one can be sent. */
  isOver: boolean;
  form: FormTarget;
  sendForm: FormTarget;
  changeHref: string;
  errors: readonly FieldError<ContactCodeProblem>[];
}

/** Ways to show that the account is one's own; the window is always one of them. */
export interface RecoverProofLocals {
  /** For the code of an authenticator. */
  form?: FormTarget;
  /** Takes a recovery code, in the same field `otp`. */
  recovery?: FormTarget;
  passkey?: PasskeyFormView;
  faceHref?: string;
  /** Begins the waiting time. */
  waitForm?: FormTarget;
  /** Where papers are sent to staff. */
  reviewHref?: string;
  isStaff: boolean;
  errors: readonly FieldError<SecondFactorProblem>[];
}

export interface RecoverFaceLocals {
  typed: { name: string; number: string };
  form: FormTarget;
  backHref: string;
  errors: readonly FieldError<IdentityFormProblem>[];
}

export type RecoverReviewProblem = IdentityFormProblem | ReviewFilesProblem;

export interface RecoverReviewLocals extends PaperFilesLocals<ReviewSlot, RecoverReviewProblem> {
  typed: { name: string; number: string };
  contact: ContactView;
}

export interface RecoverSentLocals {
  contact: ContactView;
  againHref: string;
}

export interface RecoverPasswordLocals {
  rules: 'citizen' | 'level3';
  /** The lost factors go with the old password. */
  isFresh: boolean;
  form: FormTarget;
  /** Begins the waiting time after which lost factors go too. */
  waitForm?: FormTarget;
  errors: readonly FieldError<NewPasswordProblem>[];
}

export interface RecoverWaitLocals {
  contact: ContactView;
  form: FormTarget;
}

export interface RecoverWaitingLocals {
  readyAt: Date;
  contact: ContactView;
}

export interface RecoveredLocals {
  /** Into the sign-in that the recovery began from, or else the account centre. */
  onward: { form: FormTarget } | { href: string };
}

export type RecoveryStopReason =
  | 'ended'
  | 'nothing'
  | 'no_account'
  | 'face_refused'
  | 'face_cancelled'
  | 'face_invalid'
  | 'unavailable'
  | 'tries_used_up'
  | 'minor'
  | 'too_many_waits'
  | 'early'
  | 'cancelled'
  | 'over';

export interface RecoveryStoppedLocals {
  reason: RecoveryStopReason;
  /** Where it begins anew, or is tried again. */
  againHref: string;
  faceHref?: string;
  reviewHref?: string;
  signUpHref?: string;
  /** Of `early`. */
  readyAt?: Date;
}

export interface RecoveryLinkLocals {
  /** `continue` leads on; `cancel` and `not_me` object. */
  purpose: 'continue' | 'cancel' | 'not_me';
  form: FormTarget;
}

export interface RecoveryLinkDoneLocals {
  outcome: 'cancelled' | 'over' | 'frozen' | 'used' | 'too_often' | 'link_invalid';
  recoverHref: string;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'recovery/recover-contact': RecoverContactLocals;
    'recovery/recover-code': RecoverCodeLocals;
    'recovery/recover-proof': RecoverProofLocals;
    'recovery/recover-face': RecoverFaceLocals;
    'recovery/recover-review': RecoverReviewLocals;
    'recovery/recover-sent': RecoverSentLocals;
    'recovery/recover-password': RecoverPasswordLocals;
    'recovery/recover-wait': RecoverWaitLocals;
    'recovery/recover-waiting': RecoverWaitingLocals;
    'recovery/recovered': RecoveredLocals;
    'recovery/recover-stopped': RecoveryStoppedLocals;
    'recovery/recover-link': RecoveryLinkLocals;
    'recovery/recover-link-done': RecoveryLinkDoneLocals;
  }
}
