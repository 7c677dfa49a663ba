// What the pages of signing in are given; `ctx.render` is checked against it.
import type { AccountKind } from '../accounts/account.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { DemandView } from '../oidc/oidc.views.ts';
import type {
  FieldError,
  FormTarget,
  KeptForm,
  RelyingPartyView,
} from '../platform/http/view-locals.ts';

/** The ways a sign-in can go beside the script that solves a proof of work. */
export interface ProofOfWorkView {
  /** JSON of the challenge for the widget; its solution comes back in the field `altcha`. */
  challenge: string;
  /** Without script: the form may be sent again after this long, with `waitToken`. */
  waitSeconds: number;
  waitToken: string;
}

/** Filled in by a script, which asks `optionsAction` for what to sign; hidden without one. */
export interface PasskeyFormView {
  form: FormTarget;
  optionsAction: string;
}

export type PasskeyProblem =
  | 'passkey.refused'
  /** With `minutes`. */
  | 'passkey.exhausted';

export type SignInProblem =
  | PasskeyProblem
  | 'sign-in.refused'
  /** Of the account that the page names. */
  | 'confirm-code.password_refused'
  | 'sign-in.login_missing'
  | 'sign-in.password_missing'
  | 'sign-in.proof_missing'
  /** With `count`: the seconds left. */
  | 'sign-in.wait_not_over'
  | 'sign-in.busy';

export interface SignInLocals {
  relyingParty?: RelyingPartyView;
  /** At least one; links, so that they work without script. */
  tabs: readonly { kind: AccountKind; href: string; isCurrent: boolean }[];
  form: FormTarget;
  /** Takes the form as it stands and shows it again, with the language or display chosen. */
  keepForm?: KeptForm;
  /** Where persons register, when the system serves any. */
  signUpHref?: string;
  /** Goes on with the account that was registered in this browser a moment ago. */
  registeredForm?: FormTarget;
  /** The same for one that was recovered. */
  recoveredForm?: FormTarget;
  /** Where a forgotten password is replaced. */
  recoverHref: string;
  /** Signs in with a code to a confirmed contact. */
  codeHref?: string;
  /** An organisation shows its licence or its certificate instead. */
  licenceHref?: string;
  certificateHref?: string;
  /** Where people register at the province: it comes first, or alone. */
  province?: {
    id: string;
    names: Readonly<Record<Locale, string>>;
    /** Absent while nobody can come from there. */
    href?: string;
    /** There is no form of ours. */
    isAlone?: true;
    /** The way to it, for who is not linked to the province yet. */
    localHref?: string;
  };
  /** Other platforms at which one may sign in. */
  upstreams?: readonly { id: string; names: Readonly<Record<Locale, string>>; href: string }[];
  /** For who registered in another city and does not know how to come from there. */
  elsewhereHref?: string;
  /** An identity of one of them waits until an account is proven. */
  isToBind?: boolean;
  passkey?: PasskeyFormView;
  /** Signed in already, and wanted once more: no login is asked for. */
  held?: {
    maskedName: string;
    maskedPhone?: string;
    /** Where somebody else signs in, if the system lets anybody. */
    changeHref?: string;
  };
  /** Another account is wanted than the one that is signed in. */
  otherThan?: { maskedName?: string };
  /** What was typed; the password never comes back. */
  login: string;
  errors: readonly FieldError<SignInProblem>[];
  proofOfWork?: ProofOfWorkView;
  /** Passwords are not verified at present: shown alike for every login name. */
  isExhausted?: boolean;
  /** When they are again. */
  retryMinutes?: number;
  cancelForm?: FormTarget;
}

export type SecondFactorProblem =
  | PasskeyProblem
  | 'second-factor.otp_missing'
  | 'second-factor.refused'
  | 'second-factor.recovery.refused'
  /** With `minutes`. */
  | 'second-factor.exhausted';

export interface SecondFactorLocals {
  relyingParty?: RelyingPartyView;
  demand?: DemandView;
  /** For the code of an authenticator, where there is one. */
  form?: FormTarget;
  /** Takes a recovery code, in the same field `otp`. */
  recovery?: FormTarget;
  passkey?: PasskeyFormView;
  /** The way back from the recovery leads here. */
  recoverHref?: string;
  errors: readonly FieldError<SecondFactorProblem>[];
  cancelForm?: FormTarget;
  cancelHref?: string;
}

export type TotpEnrolProblem =
  | SecondFactorProblem
  | 'totp-enrol.refused'
  | 'totp-enrol.passkey_refused';

export interface TotpEnrolLocals {
  relyingParty?: RelyingPartyView;
  demand?: DemandView;
  form: FormTarget;
  /** An SVG document (`qrcode`), drawn on the server. */
  qrSvg: string;
  /** Base32; shown in groups of four. */
  secret: string;
  /** The same as a link that opens an authenticator on this phone. */
  otpauthUrl: string;
  /** Why it is asked here: a system wants a second factor, or the person chose to. */
  reason: 'demanded' | 'chosen';
  /** A passkey instead, where the browser can make one. */
  passkey?: PasskeyFormView;
  errors: readonly FieldError<TotpEnrolProblem>[];
  cancelForm?: FormTarget;
  cancelHref?: string;
}

export type ContactCodeProblem =
  | 'contact-code.code_missing'
  /** With `count`: the tries left. */
  | 'contact-code.refused'
  | 'contact-code.tries_exhausted'
  | 'contact-code.expired'
  /** With `count`: the seconds left. */
  | 'contact-code.too_soon'
  | 'contact-code.daily_cap';

export interface ContactView {
  channel: 'sms' | 'mail';
  masked: string;
}

export interface ContactCodeLocals {
  relyingParty?: RelyingPartyView;
  demand?: DemandView;
  /** Posts `channel=<channel>`; at least one. */
  contacts: readonly ContactView[];
  sendForm: FormTarget;
  /** Where a code is under way to; then it can be typed in. */
  sentTo?: ContactView;
  form: FormTarget;
  /** It is asked for because a contact is to be changed, not for a first second factor. */
  changes?: 'sms' | 'mail';
  /** Where who can use none of them goes on. */
  lostHref?: string;
  errors: readonly FieldError<ContactCodeProblem>[];
  cancelForm?: FormTarget;
  cancelHref?: string;
}

export type SignInCodeProblem = ContactCodeProblem | 'sign-in.login_missing';

export interface SignInCodeLocals {
  relyingParty: RelyingPartyView;
  kind: AccountKind;
  /** Whom a code was asked for, as it was typed. */
  login: string;
  channel: 'sms' | 'mail';
  /** The code can be typed in: shown alike for every login name. */
  isSent: boolean;
  sendForm: FormTarget;
  form: FormTarget;
  /** The same for another name. */
  otherHref: string;
  passwordHref: string;
  errors: readonly FieldError<SignInCodeProblem>[];
  cancelForm: FormTarget;
}

export type ConfirmCodeProblem =
  | SecondFactorProblem
  | 'sign-in.password_missing'
  | 'sign-in.proof_missing'
  | 'sign-in.wait_not_over'
  | 'confirm-code.password_refused';

export interface ConfirmCodeLocals {
  relyingParty: RelyingPartyView;
  demand?: DemandView;
  passwordForm: FormTarget;
  /** For the code of an authenticator. */
  form?: FormTarget;
  /** Takes a recovery code, in the same field `otp`. */
  recovery?: FormTarget;
  passkey?: PasskeyFormView;
  recoverHref: string;
  proofOfWork?: ProofOfWorkView;
  errors: readonly FieldError<ConfirmCodeProblem>[];
  cancelForm: FormTarget;
}

export interface ContactMissingLocals {
  relyingParty: RelyingPartyView;
  demand?: DemandView;
  /** Returns to the application with `unmet_authentication_requirements`. */
  form: FormTarget;
}

export type NewPasswordProblem =
  | 'new-password.missing'
  | 'new-password.repeat_differs'
  | `new-password.problem.${
      | 'too_short'
      | 'too_long'
      | 'four_kinds_needed'
      | 'too_common'
      | 'contains_personal'
      | 'unchanged'
      | 'used_before'}`;

export interface NewPasswordLocals {
  relyingParty?: RelyingPartyView;
  /** Somebody else chose the present one, or it is too old. */
  reason: 'given' | 'aged';
  rules: 'citizen' | 'level3';
  /** For password managers. */
  login?: string;
  form: FormTarget;
  errors: readonly FieldError<NewPasswordProblem>[];
  cancelForm?: FormTarget;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'credentials/sign-in': SignInLocals;
    'credentials/second-factor': SecondFactorLocals;
    'credentials/totp-enrol': TotpEnrolLocals;
    'credentials/contact-code': ContactCodeLocals;
    'credentials/sign-in-code': SignInCodeLocals;
    'credentials/confirm-code': ConfirmCodeLocals;
    'credentials/contact-missing': ContactMissingLocals;
    'credentials/new-password': NewPasswordLocals;
  }
}
