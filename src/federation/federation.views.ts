// What the pages of people who come from another platform are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import type { FieldError, FormTarget, RelyingPartyView } from '../platform/http/view-locals.ts';

/** What the peer says of the person, masked. */
export interface ArrivedView {
  maskedName?: string;
  maskedNumber?: string;
  /** Within the peer's cap. */
  level: number;
  /** The peer states more than it is trusted with. */
  isCapped: boolean;
}

/** A first arrival: what is taken over, and whether the person wants it. */
export interface ArrivalLocals {
  relyingParty?: RelyingPartyView;
  peerName: string;
  peerNotice: string;
  arrived: ArrivedView;
  /** The number has an account here: it is linked once that is proven. */
  isKnown: boolean;
  /** Makes an account. */
  createForm?: FormTarget;
  /** Signs in to the account one has, and links it then. */
  proveForm: FormTarget;
  declineForm: FormTarget;
  errors: readonly FieldError<'federation.arrival.not_an_account'>[];
}

export type BindProblem =
  | 'federation.bind.problem.other_person'
  | 'federation.bind.problem.linked_elsewhere'
  | 'federation.bind.problem.has_other_link'
  | 'federation.bind.problem.account_unavailable'
  | 'federation.bind.problem.minor'
  | 'federation.bind.problem.kind_not_served'
  | 'federation.bind.problem.rejected'
  | 'federation.bind.problem.conflict'
  | 'federation.bind.problem.changed_meanwhile';

/** Signed in to an account here, with an identity that has arrived. */
export interface BindLocals {
  relyingParty?: RelyingPartyView;
  peerName: string;
  maskedAccount: string;
  arrived: ArrivedView;
  bindForm: FormTarget;
  /** Goes on without the link. */
  skipForm: FormTarget;
  errors: readonly FieldError<BindProblem>[];
}

/** Why nobody is signed in by the peer: words `federation.stopped.<reason>.…`. */
export type StopReason =
  | 'refused'
  | 'replayed'
  | 'invalid'
  | 'contradictory'
  | 'unavailable'
  | 'over'
  | 'changed_there'
  | 'suspended'
  /** The same of a platform whose name is not known here. */
  | 'unnamed'
  | 'not_trusted'
  | 'busy'
  | 'frozen'
  | 'conflict'
  | 'minor'
  | 'kind_not_served'
  | 'account_unavailable'
  | 'rejected'
  | 'other_account';

export interface OnwardLocals {
  onwardHref: string;
}

export interface StoppedLocals {
  relyingParty?: RelyingPartyView;
  peerName?: string;
  reason: StopReason;
  /** Both sides have it in their records. */
  traceId?: string;
  /** Of `not_trusted`: words `federation-trust.reason.<reason>`, and whose statement it was. */
  trust?: Pick<TrustRefusal, 'reason' | 'entity'>;
  /** Asks the peer once more. */
  againHref?: string;
  /** Ways in that need no peer. */
  signInHref: string;
  /** For who has no account here, and cannot come from anywhere. */
  signUpHref?: string;
  recoverHref: string;
  cancelForm?: FormTarget;
}

/** An organisation has arrived by itself: how it signs in here, with the request kept. */
export interface OrganisationArrivedLocals {
  relyingParty?: RelyingPartyView;
  peerName: string;
  traceId: string;
  /** A person signs in, and chooses whom to act for. */
  personHref: string;
  /** The same at the peer, anew; absent where it cannot be asked for another sign-in. */
  personThereHref?: string;
  /** The organisation's own sign-in here; absent where the system is not made for it. */
  ownHref?: string;
  /** Where a legal representative registers it. */
  registerHref: string;
  cancelForm: FormTarget;
}

export type ElsewhereProblem =
  | 'federation.elsewhere.number_missing'
  | 'federation.elsewhere.number_wrong'
  | 'federation.elsewhere.unavailable';

/** Where a stranger says who she is; the same for everybody until she has signed in at her home. */
export interface ElsewhereLocals {
  relyingParty?: RelyingPartyView;
  form: FormTarget;
  backHref: string;
  signUpHref: string;
  errors: readonly FieldError<ElsewhereProblem>[];
}

export interface LinkView {
  id: string;
  peerName: string;
  level: number;
  linkedAt: Date;
  usedAt: Date;
  /** Reviewers look at it. */
  isFrozen: boolean;
  /** The platform is not connected at present. */
  isPaused: boolean;
  /** False where nothing else opens the account. */
  canRemove: boolean;
}

export interface LinksLocals extends AccountFrame {
  links: readonly LinkView[];
  removeForm: FormTarget;
  addHref?: string;
}

export interface AddLinkLocals extends AccountFrame {
  peers: readonly { name: string; notice: string; href: string }[];
  backHref: string;
}

export interface ConfirmLinkLocals extends AccountFrame {
  peerName: string;
  peerNotice: string;
  arrived: ArrivedView;
  bindForm: FormTarget;
  backHref: string;
  errors: readonly FieldError<BindProblem>[];
}

export interface LinkStoppedLocals extends AccountFrame {
  peerName?: string;
  reason: StopReason;
  traceId?: string;
  backHref: string;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'federation/arrival': ArrivalLocals;
    'federation/bind': BindLocals;
    'federation/onward': OnwardLocals;
    'federation/stopped': StoppedLocals;
    'federation/organisation': OrganisationArrivedLocals;
    'federation/elsewhere': ElsewhereLocals;
    'federation/links': LinksLocals;
    'federation/add-link': AddLinkLocals;
    'federation/confirm-link': ConfirmLinkLocals;
    'federation/link-stopped': LinkStoppedLocals;
  }
}
