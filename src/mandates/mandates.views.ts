// What the pages of mandates are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { HandlerFormProblem, TypedHandler } from './handler-form.ts';
import type { InvitationOutcome } from './invitation-store.ts';
import type { MandateEndReason, MandateProof, MandateRole } from './mandate.ts';
import type { NamedChoice, ScopeView } from './mandate-choices.ts';
import type { EndNote } from './mandate-document.ts';
import type { RequestView } from './requests/requests.views.ts';

/** `suspended`: an account that it rests on is locked. */
export type MandateState = 'upcoming' | 'active' | 'used' | 'suspended' | 'ended';

/** What somebody may do, from when until when. */
export interface MandateFacts extends ScopeView {
  role: MandateRole;
  /** Absent: from the day it is accepted. */
  since?: Date;
  /** Absent: until it is ended. */
  until?: Date;
  isSingleUse: boolean;
  maySubdelegate: boolean;
  /** By a handler, upon a mandate of his own. */
  isPassedOn: boolean;
  /** How the organisation said yes; absent as long as it has not. */
  proof?: MandateProof;
}

export interface MandateView extends MandateFacts {
  id: string;
  /** Of the holder, masked; of an organisation, as it is. */
  holderName: string;
  isSelf: boolean;
  state: MandateState;
  endedAt?: Date;
  endedFor?: MandateEndReason;
  endedNote?: EndNote;
  endHref?: string;
  termHref?: string;
  passOnHref?: string;
}

export interface InviteHandlerLocals extends AccountFrame {
  entityName: string;
  form: FormTarget;
  backHref: string;
  typed: TypedHandler;
  services: readonly NamedChoice[];
  clients: readonly NamedChoice[];
  /** Whether all services, all systems may be given. */
  mayGiveAll: { services: boolean; clients: boolean };
  maySubdelegate: boolean;
  /** The last day that may be chosen, YYYY-MM-DD, of what is passed on. */
  latest?: string;
  limits: { longestDays: number; singleUseHours: number };
  errors: readonly FieldError<HandlerFormProblem>[];
}

export interface OfferLocals extends AccountFrame {
  invitationId: string;
  entityName: string;
  uscc: string;
  /** To this organisation, which the visitor may act for; absent: to the visitor. */
  agencyName?: string;
  facts: MandateFacts;
  singleUseHours: number;
  until: Date;
  acceptForm: FormTarget;
  declineHref: string;
  backHref: string;
}

export interface DeclineLocals extends AccountFrame {
  /** What the no is said to. */
  asked: 'offer' | 'request';
  entityName: string;
  /** That is offered. */
  role?: MandateRole;
  /** An offer to this organisation, which the visitor may act for. */
  agencyName?: string;
  /** Who requests: masked. */
  applicantName?: string;
  form: FormTarget;
  backHref: string;
}

export interface MandateTermLocals extends AccountFrame {
  entityName: string;
  mandate: MandateView;
  form: FormTarget;
  backHref: string;
  /** YYYY-MM-DD */
  until: string;
  longestDays: number;
  errors: readonly FieldError<HandlerFormProblem | 'mandates.term.meanwhile'>[];
}

export interface OwnMandatesLocals extends AccountFrame {
  mandates: readonly (MandateView & { entityName: string; entityHref: string })[];
  ended: readonly (MandateView & { entityName: string })[];
  /** Newest first; of the last weeks. */
  requests: readonly (RequestView & { href: string })[];
  requestHref: string;
  backHref: string;
}

export interface EndMandateLocals extends AccountFrame {
  entityName: string;
  mandate: MandateView;
  notes: readonly EndNote[];
  form: FormTarget;
  backHref: string;
}

/** One that came to nothing. */
export interface ClosedInvitationView {
  holderName: string;
  role: MandateRole;
  outcome: InvitationOutcome;
  closedAt: Date;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'mandates/invite-handler': InviteHandlerLocals;
    'mandates/decline': DeclineLocals;
    'mandates/offer': OfferLocals;
    'mandates/term': MandateTermLocals;
    'mandates/own': OwnMandatesLocals;
    'mandates/end': EndMandateLocals;
  }
}
