// What the pages about a protocol request are given; `ctx.render` is checked against it.
import type { AccountKind } from '../accounts/account.ts';
import type { EndNote } from '../mandates/mandate-document.ts';
import type { MandateRole } from '../mandates/mandate.ts';
import type { FieldError, FormTarget, RelyingPartyView } from '../platform/http/view-locals.ts';
import type { IdentityRefusal } from './identity/identity-at-client.ts';
import type { identityEndReasons } from './identity/identity-end-reasons.ts';
import type { DeviceEnd } from './pages/device-pages.ts';

/** Who asks for more than the application itself does. */
export type DemandView = { by: 'suspicion' } | { by: 'service'; name: string };

export interface LevelUnmetLocals {
  relyingParty: RelyingPartyView;
  /** The service that asks for it, where it is not the application. */
  serviceName?: string;
  currentLevel: number;
  neededLevel: number;
  /** After the verification a second factor is asked for, too. */
  needsFactorToo: boolean;
  /** Where the level can be reached online. */
  verifyHref?: string;
  /** Returns to the application with `unmet_authentication_requirements`. */
  form: FormTarget;
}

export interface LevelUnknownLocals {
  relyingParty: RelyingPartyView;
  /** Returns to the application with `unmet_authentication_requirements`. */
  form: FormTarget;
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

export type DeviceCodeProblem =
  `device.code_${'missing' | 'form' | 'unknown' | 'expired' | 'used' | 'exhausted' | 'busy'}`;

export interface DeviceCodeLocals {
  form: FormTarget;
  /** As typed, or as the device's address brought it. */
  userCode: string;
  /** It came with the address: to be compared, not typed. */
  isPrefilled: boolean;
  /** Only people who are signed in may try at the moment. */
  needsSignIn: boolean;
  errors: readonly FieldError<DeviceCodeProblem>[];
}

export interface DeviceConfirmLocals {
  relyingParty: RelyingPartyView;
  userCode: string;
  /** Browser and system of the device, when they are known. */
  device?: string;
  /** It asked from the network of this browser. */
  isSameNetwork: boolean;
  askedAt: Date;
  endsAt: Date;
  /** Who is signed in at this browser. */
  maskedName?: string;
  approveForm: FormTarget;
  refuseForm: FormTarget;
}

export interface DeviceEndLocals {
  end: DeviceEnd;
  relyingParty?: RelyingPartyView;
  /** Where another code can be typed. */
  codeHref: string;
}

/** An organisation that the person may act for, and how far. */
export interface IdentityView {
  /** Comes back as `identity`. */
  value: string;
  name: string;
  uscc: string;
  role: MandateRole;
  /** The person acts through an agency that holds the mandate. */
  isThroughAgency: boolean;
  isSingleUse: boolean;
  /** Codes; absent: all of the system's. */
  services?: readonly string[];
  expiresAt?: Date;
}

/** One that cannot be used here, with who can change that: masked names. */
export interface UnusableIdentityView extends IdentityView {
  reason: IdentityRefusal;
  administrators: readonly string[];
}

export interface EndedIdentityView {
  name?: string;
  reason: (typeof identityEndReasons)[number];
  /** What who took it back has said. */
  note?: EndNote;
  at?: Date;
}

export type ChooseIdentityProblem =
  | 'identity.nothing_chosen'
  | 'identity.not_offered'
  | `identity.refused.${IdentityRefusal}`;

export interface ChooseIdentityLocals {
  relyingParty: RelyingPartyView;
  /** Where the system serves the account that is signed in as itself. */
  self?: { value: string; kind: AccountKind; name: string };
  /** Those of this page of the list. */
  identities: readonly IdentityView[];
  preselected: string;
  /** Among many. */
  search?: {
    action: string;
    q: string;
    found: number;
    total: number;
    page: number;
    pages: number;
    /** There may be more, which only their whole number finds. */
    isCut: boolean;
    previousHref?: string;
    nextHref?: string;
  };
  unusable: readonly UnusableIdentityView[];
  /** The system asked for an organisation that is not among these. */
  isHintUnmet: boolean;
  /** As whom the person was here before, when that is over. */
  ended?: EndedIdentityView;
  form: FormTarget;
  cancelForm: FormTarget;
  errors: readonly FieldError<ChooseIdentityProblem>[];
}

export interface NoIdentityLocals {
  relyingParty: RelyingPartyView;
  /**
   * `other_account`: an organisation or a member of staff where those are not served;
   * `other_organisation`: one that is signed in itself where another is asked for.
   */
  reason: 'no_mandate' | 'unserved' | 'other_account' | 'other_organisation';
  unusable: readonly UnusableIdentityView[];
  cancelForm: FormTarget;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'oidc/level-unmet': LevelUnmetLocals;
    'oidc/level-unknown': LevelUnknownLocals;
    'oidc/interaction-expired': InteractionExpiredLocals;
    'oidc/form-post': FormPostLocals;
    'oidc/device-code': DeviceCodeLocals;
    'oidc/device-confirm': DeviceConfirmLocals;
    'oidc/device-end': DeviceEndLocals;
    'oidc/choose-identity': ChooseIdentityLocals;
    'oidc/no-identity': NoIdentityLocals;
  }
}
