// What the pages of the account centre are given; see view-locals.ts.
import type {
  AccountKindView,
  FieldError,
  FormTarget,
  ItemView,
  SecondFactorProblem,
} from './view-locals.ts';

export interface AccountFrame {
  /** Shown above the navigation. */
  maskedName: string;
  signOutForm: FormTarget;
  /** A confirmation of what was just done. */
  notice?: { key: AccountNotice };
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
  items: readonly ItemView[];
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
  /** An audit event; the words are `account-activity.event.<type, dots as underscores>`. */
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

export type PasswordProblemKey =
  | 'account-security.password.current_missing'
  | 'account-security.password.current_refused'
  | 'account-security.password.new_missing'
  | 'account-security.password.same'
  | `account-security.password.problem.${
      'too_short' | 'too_long' | 'four_kinds_needed' | 'too_common' | 'contains_personal'}`;

export type AccountNotice =
  | 'account.notice.session_ended'
  | 'account.notice.others_ended'
  | 'account.notice.withdrawn'
  | 'account.notice.totp_enrolled'
  | 'account.notice.totp_removed'
  | 'account.notice.password_changed';

export interface SecurityLocals extends AccountFrame {
  secondFactor?: { enrolledAt: Date };
  enrolForm: FormTarget;
  removeForm: FormTarget;
  passwordForm: FormTarget;
  passwordChangedAt?: Date;
  errors: readonly FieldError<PasswordProblemKey | SecondFactorProblem>[];
}
