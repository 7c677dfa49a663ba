// What the pages about a protocol request are given; `ctx.render` is checked against it.
import type { FormTarget, RelyingPartyView } from '../platform/http/view-locals.ts';

export interface LevelUnmetLocals {
  relyingParty: RelyingPartyView;
  currentLevel: number;
  neededLevel: number;
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

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'oidc/level-unmet': LevelUnmetLocals;
    'oidc/interaction-expired': InteractionExpiredLocals;
    'oidc/form-post': FormPostLocals;
  }
}
