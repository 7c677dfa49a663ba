// What the pages of the account centre are given; `ctx.render` is checked against it.
import type { AccountKind } from '../accounts/account.ts';
import type {
  PasskeyFormView,
  ProofOfWorkView,
  SecondFactorProblem,
  SignInProblem,
} from '../credentials/credentials.views.ts';
import type { KeptView } from '../registration-mode/hand-over.views.ts';
import type { KeptMeans } from '../registration-mode/province-residents.ts';
import type { FieldError, FormTarget, ItemView, Words } from '../platform/http/view-locals.ts';

/** A form came after the sign-in had ended: nothing was changed, nothing is lost. */
export interface SignInAgainLocals {
  signInHref: string;
}

export interface SignInProblemLocals {
  reason: 'refused' | 'answer_invalid' | 'ended_meanwhile';
  onwardHref: string;
}

export interface AccountFrame {
  /** Shown above the navigation. */
  maskedName: string;
  signOutForm: FormTarget;
  /** People may act for organisations and have children in their care; others have no such pages. */
  hasEntities?: true;
  /** An organisation has a space of its own. */
  hasSpace?: true;
  /** Other platforms are connected that people may come from. */
  hasLinks?: true;
  /** Administers a department. */
  hasDepartments?: true;
  /** A confirmation of what was just done. */
  notice?: { key: AccountNotice };
}

export interface OverviewLocals extends AccountFrame {
  kind: AccountKind;
  maskedCertificate?: string;
  maskedPhone?: string;
  maskedEmail?: string;
  realNameLevel: number;
  hasSecondFactor: boolean;
  sessionCount: number;
  serviceCount: number;
  lastSignIn?: { at: Date; address: string };
  /** The province keeps name and number. */
  kept?: KeptView & { means: readonly KeptMeans[] };
  /** Another account of the same person is to be joined with this one then, unless it is stopped. */
  mergeReadyAt?: Date;
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
  /** False under notice: it works by law and can only be signed out. */
  canWithdraw: boolean;
  /** It is signed in somewhere. */
  isOpen: boolean;
  name: string;
  purpose?: string;
  /** Organisations that the person acts for there now. */
  actingFor: readonly string[];
  /** Opens it, signed in. */
  homeUrl?: string;
  items: readonly ItemView[];
  basis: 'consent' | 'notice';
  firstAt: Date;
  lastAt: Date;
}

/** A device that was signed in with a code. */
export interface CodeDeviceView {
  id: string;
  /** Browser and system, when they are known. */
  device?: string;
  system: string;
  since: Date;
  until: Date;
}

export interface ServicesLocals extends AccountFrame {
  services: readonly ServiceView[];
  devices: readonly CodeDeviceView[];
  /** Posts `device=<id>`. */
  endDeviceForm: FormTarget;
  /** Both post `client=<id>`. */
  withdrawForm: FormTarget;
  signOutSystemForm: FormTarget;
}

export interface ActivityEntryView {
  at: Date;
  /** An audit event; the words are `account-activity.event.<type, dots as underscores>`. */
  event: string;
  isRefused: boolean;
  address?: string;
  system?: string;
  /** Why or how, when that helps. */
  detail?: Words;
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
      | 'too_short'
      | 'too_long'
      | 'four_kinds_needed'
      | 'too_common'
      | 'contains_personal'}`
  | 'account-security.password.used_before'
  | 'account-security.password.changed_meanwhile'
  /** With `minutes`. */
  | 'account-security.password.exhausted';

export type AccountNotice =
  | 'account.notice.session_ended'
  | 'account.notice.session_gone'
  | 'account.notice.others_ended'
  | 'account.notice.system_signed_out'
  | 'account.notice.device_ended'
  | 'account.notice.device_gone'
  | 'account.notice.nothing_to_withdraw'
  | 'account.notice.withdrawn'
  | 'account.notice.level_raised'
  | 'account.notice.verified'
  | 'account.notice.review_sent'
  | 'account.notice.review_withdrawn'
  | 'account.notice.file_added'
  | 'account.notice.file_removed'
  | 'account.notice.totp_enrolled'
  | 'account.notice.totp_removed'
  | 'account.notice.password_changed'
  | `account.notice.passkey_${'added' | 'renamed' | 'removed' | 'gone'}`
  | `account.notice.${'phone' | 'mail'}_${'changed' | 'removed'}`
  | 'account.notice.contact_meanwhile'
  | `account.notice.data_request_${'filed' | 'supplied' | 'withdrawn' | 'answered'}`
  | `account.notice.merge_${'stopped' | 'over'}`
  | `account.notice.entity_${'registered' | 'raised' | 'shown'}`
  | `account.notice.entity_password_${'set' | 'changed' | 'removed' | 'meanwhile'}`
  | `account.notice.${'administrator_invited' | 'connection_ended' | 'entity_not_changed' | 'sub_account_made' | 'sub_account_closed'}`
  | 'account.notice.qualification_saved'
  | `account.notice.invitation_${'accepted' | 'declined' | 'withdrawn' | 'gone' | 'administrators_full'}`
  | 'account.notice.offer_to_accept'
  | 'account.notice.handler_invited'
  | `account.notice.mandate_${'changed' | 'resigned' | 'removed'}`
  | `account.notice.${'linked' | 'unlinked' | 'link_over' | 'link_kept'}`
  | 'account.notice.may_not_invite'
  | 'account.notice.no_space'
  | 'account.notice.mandate_gone'
  | `account.notice.request_${'withdrawn' | 'gone' | 'granted' | 'confirmed' | 'declined'}`
  | `account.notice.child_${'added' | 'withdrawn' | 'erased' | 'consented' | 'joined' | 'meanwhile'}`;

export interface ContactLineView {
  channel: 'sms' | 'mail';
  /** Absent when there is none. */
  masked?: string;
  /** It was typed once, or came with the account, and no code to it ever came back. */
  isUnconfirmed?: true;
  /** Absent where there is nothing that the person could be asked for first. */
  href?: string;
}

export interface SecurityLocals extends AccountFrame {
  /** What the province keeps is named, and has no section here. */
  kept?: KeptView & { means: readonly KeptMeans[] };
  contacts: readonly ContactLineView[];
  secondFactor?: { enrolledAt: Date };
  /** Absent without a confirmed contact, which could be asked for a code first. */
  enrolHref?: string;
  passkeyCount: number;
  recoveryCodeCount: number;
  /** Only for who has a second factor that could be lost. */
  recoveryCodesHref?: string;
  /** Absent as `enrolHref` is. */
  passkeysHref?: string;
  /** Begins with a fresh sign-in where the last one is not recent, as enrolling does. */
  removeHref: string;
  /** Absent for an organisation without a password. */
  passwordForm?: FormTarget;
  /** Which rules a new password has to follow. */
  rules: 'citizen' | 'level3';
  passwordChangedAt?: Date;
  proofOfWork?: ProofOfWorkView;
  errors: readonly FieldError<PasswordProblemKey | SignInProblem>[];
}

export interface TotpRemoveLocals extends AccountFrame {
  form: FormTarget;
  /** The fresh sign-in already took a code. */
  needsCode: boolean;
  cancelHref: string;
  errors: readonly FieldError<SecondFactorProblem>[];
}

export interface AgreementsLocals extends AccountFrame {
  agreements: readonly { title: string; version: number; acceptedAt: Date; href: string }[];
}

export type PasskeyManageProblem =
  | 'account-passkeys.name_missing'
  | 'account-passkeys.refused'
  | 'account-passkeys.taken'
  | 'account-passkeys.too_many'
  | 'account-passkeys.last_way_in';

export interface PasskeyView {
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt?: Date;
}

export interface PasskeysLocals extends AccountFrame {
  passkeys: readonly PasskeyView[];
  /** Absent when there are as many as there may be. */
  add?: PasskeyFormView;
  /** New ones are set up at the province. */
  isKept?: true;
  /** In the field of the name. */
  suggestedName: string;
  /** Both post `passkey=<id>`. */
  renameForm: FormTarget;
  removeForm: FormTarget;
  backHref: string;
  errors: readonly FieldError<PasskeyManageProblem>[];
}

export interface RecoveryCodesLocals extends AccountFrame {
  /** Those made last. */
  present?: { remaining: number; madeAt: Date };
  /** Just made: shown this once. */
  codes?: readonly string[];
  makeForm: FormTarget;
  backHref: string;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'account/sign-in-again': SignInAgainLocals;
    'account/sign-in-problem': SignInProblemLocals;
    'account/overview': OverviewLocals;
    'account/sessions': SessionsLocals;
    'account/services': ServicesLocals;
    'account/agreements': AgreementsLocals;
    'account/activity': ActivityLocals;
    'account/security': SecurityLocals;
    'account/totp-remove': TotpRemoveLocals;
    'account/passkeys': PasskeysLocals;
    'account/recovery-codes': RecoveryCodesLocals;
  }
}
