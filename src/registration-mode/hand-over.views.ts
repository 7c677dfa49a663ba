// What the pages are given that hand people over to the province; `ctx.render` is checked against it.

import type { AccountFrame } from '../account/account.views.ts';
import type { FormTarget, RelyingPartyView } from '../platform/http/view-locals.ts';
import type { KeptMeans } from './province-residents.ts';

/** Words `mode.hand_over.<what>.…`. */
export type HandedOver = 'registration' | 'verification' | 'recovery';

export interface HandOverLocals {
  what: HandedOver;
  /** Absent where it is not known here at present. */
  peerName?: string;
  /** Where it goes on; absent while nobody can come from there. */
  goHref?: string;
  /** What was sent was not taken: the form stood on a page of former times. */
  isRefused: boolean;
  /** Organisations register here in every mode. */
  entityHref?: string;
  /** For who has an account here that is not the province's. */
  localHref?: string;
  /** Links an account of ours to the province. */
  linkHref?: string;
  /** For who has an account here. */
  backHref: string;
}

/** Who keeps something, and where its owner looks after it. */
export interface KeptView {
  peerName: string;
  /** Absent where the platform has not said it. */
  peerHref?: string;
}

export interface KeptLocals extends AccountFrame, KeptView {
  what: KeptMeans;
  /** What was sent was not taken. */
  isRefused: boolean;
  /** Requests about what is kept here. */
  requestsHref?: string;
  backHref: string;
}

interface ProvincePage {
  relyingParty?: RelyingPartyView;
  peerId: string;
  peerName: string;
  goHref: string;
  cancelForm: FormTarget;
}

/** Proven here, linked to the province. */
export interface AtProvinceLocals extends ProvincePage {
  /** Signed in already, and more is wanted than was shown. */
  isStronger: boolean;
}

/** Proven here, not linked yet. */
export interface LinkDueLocals extends ProvincePage {
  /** Goes on without. */
  laterForm: FormTarget;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'registration-mode/hand-over': HandOverLocals;
    'registration-mode/at-province': AtProvinceLocals;
    'registration-mode/kept': KeptLocals;
    'registration-mode/link-due': LinkDueLocals;
  }
}
