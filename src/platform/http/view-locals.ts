// What each page is given. Plain data only, made by presenters: masked where it must be, dates as
// Date, words as locale keys. `ctx.render` is checked against this map.

/** Words that a template translates: `{ key: 'sign-in.refused' }`. */
export interface Words {
  key: string;
  values?: Readonly<Record<string, string | number>>;
}

/**
 * An entry of the error summary: `field` is the id of the control it belongs to; without one,
 * `href` may lead on, e.g. `{ key: 'sign-in.refused', href: '/help#password' }`.
 */
export interface FieldError extends Words {
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
  requestId: string;
  retryAfterSeconds?: number;
  /** Where the reader can go on: a link with words of its own. */
  onward?: { href: string; words: Words };
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

export interface SignInLocals {
  relyingParty?: RelyingPartyView;
  /** All three kinds, in this order; links, so that they work without script. */
  tabs: readonly { kind: AccountKindView; href: string; isCurrent: boolean }[];
  form: FormTarget;
  /** What was typed; the password never comes back. */
  login: string;
  errors: readonly FieldError[];
  proofOfWork?: ProofOfWorkView;
  /** Passwords are not verified at present: shown alike for every login name. */
  isExhausted?: boolean;
  cancelForm?: FormTarget;
}

export interface SecondFactorLocals {
  relyingParty?: RelyingPartyView;
  form: FormTarget;
  errors: readonly FieldError[];
  cancelForm?: FormTarget;
}

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
  errors: readonly FieldError[];
  cancelForm?: FormTarget;
  cancelHref?: string;
}

export interface LevelUnmetLocals {
  relyingParty: RelyingPartyView;
  currentLevel: number;
  neededLevel: number;
  /** Returns to the application with `unmet_authentication_requirements`. */
  form: FormTarget;
}

export interface ConsentItemView {
  /** A claim or scope; the words are `consent.item.<name>`. */
  name: string;
  isSensitive: boolean;
}

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
  errors: readonly FieldError[];
}

export interface SignOutConfirmLocals {
  relyingParty?: RelyingPartyView;
  /** Sends `scope=all` or `scope=client`. */
  form: FormTarget;
  /** Names of the systems that are open in this session. */
  openSystems: readonly string[];
  stayHref?: string;
}

export interface SignedOutLocals {
  isGlobal: boolean;
  relyingParty?: RelyingPartyView;
}

export interface InteractionExpiredLocals {
  /** `finished`: signed in already, the page came back from history. */
  reason: 'expired' | 'finished';
  /** Begins the same request again, when that is possible. */
  restart?: FormTarget;
  relyingParty?: RelyingPartyView;
}

export interface CookiesRequiredLocals {
  retryHref?: string;
}

export interface AlreadySignedInLocals {
  maskedName: string;
  relyingParty?: RelyingPartyView;
  continueForm?: FormTarget;
  switchForm?: FormTarget;
}

export interface FormPostLocals {
  /** Another origin or our own; must also be admitted with `allowFormAction`. */
  action: string;
  fields: Readonly<Record<string, string>>;
  relyingParty?: RelyingPartyView;
}

export interface AccountFrame {
  /** Shown above the navigation. */
  maskedName: string;
  signOutForm: FormTarget;
  /** A confirmation of what was just done, e.g. `account.notice.session_ended`. */
  notice?: Words;
}

export interface OverviewLocals extends AccountFrame {
  kind: AccountKindView;
  maskedCertificate?: string;
  maskedPhone?: string;
  maskedEmail?: string;
  realNameLevel: number;
  hasSecondFactor: boolean;
  sessionCount: number;
  serviceCount: number;
  lastSignIn?: { at: Date; address: string };
}

export interface SessionView {
  id: string;
  /** Browser and system in words the reader knows, e.g. 「Chrome · Windows」. */
  device: string;
  address: string;
  signedInAt: Date;
  lastSeenAt: Date;
  isCurrent: boolean;
  /** Systems opened in this session. */
  systems: readonly string[];
}

export interface SessionsLocals extends AccountFrame {
  sessions: readonly SessionView[];
  /** Posts `session=<id>`. */
  endForm: FormTarget;
  /** Ends all but the current one. */
  endOthersForm: FormTarget;
}

export interface ServiceView {
  clientId: string;
  name: string;
  purpose?: string;
  /** `consent.item.<name>`. */
  items: readonly string[];
  basis: 'consent' | 'notice';
  firstAt: Date;
  lastAt: Date;
}

export interface ServicesLocals extends AccountFrame {
  services: readonly ServiceView[];
  /** Posts `client=<id>`. */
  withdrawForm: FormTarget;
}

export interface ActivityEntryView {
  at: Date;
  /** The words are `account-activity.event.<type with dots as underscores>`. */
  event: string;
  isRefused: boolean;
  address: string;
  device: string;
  system?: string;
}

export interface ActivityLocals extends AccountFrame {
  entries: readonly ActivityEntryView[];
  olderHref?: string;
}

export interface SecurityLocals extends AccountFrame {
  secondFactor?: { enrolledAt: Date };
  enrolForm: FormTarget;
  removeForm: FormTarget;
  passwordForm: FormTarget;
  passwordChangedAt?: Date;
  errors: readonly FieldError[];
}

/** View name (the template's path below `views/`) → its locals. */
export interface ViewLocals {
  'platform/index': Record<never, never>;
  'platform/help': Record<never, never>;
  'platform/privacy': Record<never, never>;
  'platform/accessibility': Record<never, never>;
  'platform/error': ErrorLocals;
  'platform/cookies-required': CookiesRequiredLocals;
  'credentials/sign-in': SignInLocals;
  'credentials/second-factor': SecondFactorLocals;
  'credentials/totp-enrol': TotpEnrolLocals;
  'oidc/level-unmet': LevelUnmetLocals;
  'oidc/interaction-expired': InteractionExpiredLocals;
  'oidc/already-signed-in': AlreadySignedInLocals;
  'oidc/form-post': FormPostLocals;
  'consent/consent': ConsentLocals;
  'sessions/sign-out-confirm': SignOutConfirmLocals;
  'sessions/signed-out': SignedOutLocals;
  'account/overview': OverviewLocals;
  'account/sessions': SessionsLocals;
  'account/services': ServicesLocals;
  'account/activity': ActivityLocals;
  'account/security': SecurityLocals;
}

export type ViewName = keyof ViewLocals;
