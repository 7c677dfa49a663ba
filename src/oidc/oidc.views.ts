// What the pages about a protocol request are given; `ctx.render` is checked against it.
import type { FieldError, FormTarget, RelyingPartyView } from '../platform/http/view-locals.ts';
import type { DeviceEnd } from './pages/device-pages.ts';

export interface LevelUnmetLocals {
  relyingParty: RelyingPartyView;
  currentLevel: number;
  neededLevel: number;
  /** Where the level can be reached online. */
  verifyHref?: string;
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

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'oidc/level-unmet': LevelUnmetLocals;
    'oidc/interaction-expired': InteractionExpiredLocals;
    'oidc/form-post': FormPostLocals;
    'oidc/device-code': DeviceCodeLocals;
    'oidc/device-confirm': DeviceConfirmLocals;
    'oidc/device-end': DeviceEndLocals;
  }
}
