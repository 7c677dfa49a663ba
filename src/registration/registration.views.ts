// What the pages of a registration are given; `ctx.render` is checked against it.
import type { AccountKind } from '../accounts/account.ts';
import type { ContactCodeProblem, ContactView } from '../credentials/credentials.views.ts';
import type { FieldError, FormTarget, KeptForm } from '../platform/http/view-locals.ts';

export type SignUpContactProblem =
  | ContactCodeProblem
  | `sign-up.problem.${
      | 'missing_sms'
      | 'missing_mail'
      | 'phone_invalid'
      | 'phone_region_needed'
      | 'email_wrong'}`;

export interface SignUpContactLocals {
  /** Links, so that they work without script. */
  tabs: readonly {
    kind: Exclude<AccountKind, 'civilServant'>;
    href: string;
    isCurrent: boolean;
  }[];
  channel: 'sms' | 'mail';
  /** The same form with the other way. */
  otherHref: string;
  /** What was typed. */
  contact: string;
  form: FormTarget;
  keepForm: KeptForm;
  signInHref: string;
  /** For who has an account of an old system; absent where there is none to take over. */
  migrateHref?: string;
  errors: readonly FieldError<SignUpContactProblem>[];
}

export interface SignUpEntityLocals {
  /** Where legal representatives register online; absent where that is done at windows only. */
  onlineHref?: string;
  tabs: SignUpContactLocals['tabs'];
}

export interface SignUpCodeLocals {
  sentTo: ContactView;
  /** None is under way by now: only another one can be sent. */
  isOver: boolean;
  form: FormTarget;
  sendForm: FormTarget;
  changeHref: string;
  errors: readonly FieldError<ContactCodeProblem>[];
}

/** The proven number opens an account already. */
export interface SignUpKnownLocals {
  masked: string;
  signInHref: string;
  recoveryHref: string;
  /** Goes on with a new account. */
  form: FormTarget;
}

export type SignUpDetailsProblem =
  | `sign-up.problem.${
      | 'login_format_wrong'
      | 'login_looks_like_number'
      | 'login_needed'
      | 'login_taken'
      | 'login_guessed'
      | 'password_missing'}`
  | 'new-password.repeat_differs'
  | `new-password.problem.${
      | 'too_short'
      | 'too_long'
      | 'four_kinds_needed'
      | 'too_common'
      | 'contains_personal'}`
  | 'agreement.not_ticked'
  | 'agreement.changed';

export interface SignUpDetailsLocals {
  contact: ContactView;
  changeHref: string;
  agreement: { title: string; href: string };
  login: string;
  isTicked: boolean;
  form: FormTarget;
  keepForm: KeptForm;
  errors: readonly FieldError<SignUpDetailsProblem>[];
}

export interface SignUpRegisteredLocals {
  contact: ContactView;
  /** Into the sign-in that the registration began from, or else the account centre. */
  onward: { form: FormTarget } | { href: string };
  /** Where the real name is verified; absent where it is not offered. */
  verificationHref?: string;
}

export interface SignUpEndedLocals {
  againHref: string;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'registration/sign-up-contact': SignUpContactLocals;
    'registration/sign-up-entity': SignUpEntityLocals;
    'registration/sign-up-code': SignUpCodeLocals;
    'registration/sign-up-known': SignUpKnownLocals;
    'registration/sign-up-details': SignUpDetailsLocals;
    'registration/registered': SignUpRegisteredLocals;
    'registration/sign-up-ended': SignUpEndedLocals;
  }
}
