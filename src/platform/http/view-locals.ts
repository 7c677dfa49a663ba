// What each page is given. Plain data only, made by presenters: masked where it must be, dates as
// Date, words as locale keys. `ctx.render` is checked against this map.

import type {
  ActivityLocals,
  OverviewLocals,
  SecurityLocals,
  ServicesLocals,
  SessionsLocals,
  SignInAgainLocals,
  SignInProblemLocals,
  TotpRemoveLocals,
} from './view-locals-account.ts';

/** Words that a template translates: `{ key: 'sign-in.refused' }`. */
export interface Words {
  key: string;
  values?: Readonly<Record<string, string | number>>;
}

/**
 * An entry of the error summary: `field` is the id of the control it belongs to; without one,
 * `href` may lead on, e.g. `{ key: 'sign-in.refused', href: '/help#password' }`.
 */
export interface FieldError<Key extends string = string> extends Words {
  key: Key;
  field?: string;
  href?: string;
}

/** Where a form goes, and what it carries unseen beside the CSRF token. */
export interface FormTarget {
  action: string;
  fields?: Readonly<Record<string, string>>;
}

export interface RelyingPartyView {
  name: string;
  /** Its start page, when it registered one. */
  homeUrl?: string;
}

export interface ErrorLocals {
  /** Of the error table; the words are `error.<code>.title|what|next`. */
  code: string;
  retryAfterSeconds?: number;
  /** For developers: what of a protocol request was wrong. */
  protocol?: ProtocolErrorView;
}

export interface ProtocolErrorView {
  error: string;
  description?: string;
  clientName?: string;
  parameter?: string;
  /** What was sent, shortened; never a secret. */
  received?: string;
  /** What would have been accepted. */
  registered?: readonly string[];
  /** What to correct: a word under `error.developer.reasons`, in place of the description. */
  reason?: string;
}

/** The ways a sign-in can go beside the script that solves a proof of work. */
export interface ProofOfWorkView {
  /** JSON of the challenge for the widget; its solution comes back in the field `altcha`. */
  challenge: string;
  /** Without script: the form may be sent again after this long, with `waitToken`. */
  waitSeconds: number;
  waitToken: string;
}

export type AccountKindView = 'naturalPerson' | 'legalEntity' | 'civilServant';

export type SignInProblem =
  | 'sign-in.refused'
  | 'sign-in.login_missing'
  | 'sign-in.password_missing'
  | 'sign-in.proof_missing'
  /** With `count`: the seconds left. */
  | 'sign-in.wait_not_over'
  | 'sign-in.busy';

export interface SignInLocals {
  relyingParty?: RelyingPartyView;
  /** At least one; links, so that they work without script. */
  tabs: readonly { kind: AccountKindView; href: string; isCurrent: boolean }[];
  form: FormTarget;
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
  | 'second-factor.otp_missing'
  | 'second-factor.refused'
  /** With `minutes`. */
  | 'second-factor.exhausted';

export interface SecondFactorLocals {
  relyingParty?: RelyingPartyView;
  form: FormTarget;
  errors: readonly FieldError<SecondFactorProblem>[];
  cancelForm?: FormTarget;
}

export type TotpEnrolProblem = SecondFactorProblem | 'totp-enrol.refused';

export interface TotpEnrolLocals {
  relyingParty?: RelyingPartyView;
  form: FormTarget;
  /** An SVG document (`qrcode`), drawn on the server. */
  qrSvg: string;
  /** Base32; shown in groups of four. */
  secret: string;
  /** The same as a link that opens an authenticator on this phone. */
  otpauthUrl: string;
  /** Why it is asked here: a system wants a second factor, or the person chose to. */
  reason: 'demanded' | 'chosen';
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
  /** Posts `channel=<channel>`; at least one. */
  contacts: readonly ContactView[];
  sendForm: FormTarget;
  /** Where a code is under way to; then it can be typed in. */
  sentTo?: ContactView;
  form: FormTarget;
  errors: readonly FieldError<ContactCodeProblem>[];
  cancelForm?: FormTarget;
  cancelHref?: string;
}

export interface ContactMissingLocals {
  relyingParty: RelyingPartyView;
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

export interface LevelUnmetLocals {
  relyingParty: RelyingPartyView;
  currentLevel: number;
  neededLevel: number;
  /** Returns to the application with `unmet_authentication_requirements`. */
  form: FormTarget;
}

/** Something a system receives. */
export interface ItemView {
  /** A scope, with the words `consent.item.<name>`, unless `words` says otherwise. */
  name: string;
  /** For a single claim `consent.claim.<claim>`, for a scope of an interface `consent.resource`. */
  words?: Words;
}

export interface ConsentItemView extends ItemView {
  /** Agreed to one by one: comes back as `item=<name>`. */
  isSensitive: boolean;
}

export type ConsentProblem = 'consent.sensitive_missing';

export interface ConsentLocals {
  relyingParty: RelyingPartyView;
  /** Who runs the recipient, when registered. */
  operator?: string;
  /** The registered purpose, in the recipient's own words. */
  purpose?: string;
  items: readonly ConsentItemView[];
  /** The recipient may go on reading while the person is away (offline_access). */
  isOffline: boolean;
  form: FormTarget;
  cancelForm: FormTarget;
  errors: readonly FieldError<ConsentProblem>[];
}

export interface SignOutConfirmLocals {
  relyingParty?: RelyingPartyView;
  /** Sends `logout=yes` to end everything, and nothing to leave only the relying party. */
  form: FormTarget;
  /** Names of the systems that are open in this session. */
  openSystems: readonly string[];
}

export interface SignedOutLocals {
  /** Absent where nobody can tell any more: the page was opened again. */
  isGlobal?: boolean;
  relyingParty?: RelyingPartyView;
}

export interface InteractionExpiredLocals {
  /** `finished`: signed in already, the page came back from history. */
  reason: 'expired' | 'finished';
  /** Begins the same request again, when that is possible. */
  restart?: FormTarget;
  relyingParty?: RelyingPartyView;
}

export interface FormPostLocals {
  /** Another origin or our own; must also be admitted with `allowFormAction`. */
  action: string;
  fields: Readonly<Record<string, string>>;
  relyingParty?: RelyingPartyView;
}

/** View name (the template's path below `views/`) → its locals. */
export interface ViewLocals {
  'platform/index': Record<never, never>;
  'platform/help': Record<never, never>;
  'platform/privacy': Record<never, never>;
  'platform/accessibility': Record<never, never>;
  'platform/error': ErrorLocals;
  'platform/cookies-required': Record<never, never>;
  'credentials/sign-in': SignInLocals;
  'credentials/second-factor': SecondFactorLocals;
  'credentials/totp-enrol': TotpEnrolLocals;
  'credentials/contact-code': ContactCodeLocals;
  'credentials/contact-missing': ContactMissingLocals;
  'credentials/new-password': NewPasswordLocals;
  'oidc/level-unmet': LevelUnmetLocals;
  'oidc/interaction-expired': InteractionExpiredLocals;
  'oidc/form-post': FormPostLocals;
  'consent/consent': ConsentLocals;
  'sessions/sign-out-confirm': SignOutConfirmLocals;
  'sessions/signed-out': SignedOutLocals;
  'account/sign-in-again': SignInAgainLocals;
  'account/sign-in-problem': SignInProblemLocals;
  'account/overview': OverviewLocals;
  'account/sessions': SessionsLocals;
  'account/services': ServicesLocals;
  'account/activity': ActivityLocals;
  'account/security': SecurityLocals;
  'account/totp-remove': TotpRemoveLocals;
}

export type ViewName = keyof ViewLocals;
