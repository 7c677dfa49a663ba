// What the pages of organisations are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { LegalEntitySubtype } from '../accounts/account.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { InviteProblem } from './appoint.ts';
import type { EntityRefusal } from './check-entity.ts';
import type { EntityFormProblem } from './entity-form.ts';
import type { EntityStatus } from './entity-register.ts';
import type { MandateRole } from './mandate.ts';

export interface EntityCard {
  name: string;
  uscc: string;
  role: MandateRole;
  href: string;
}

export interface EntitiesLocals extends AccountFrame {
  entities: readonly EntityCard[];
  invitations: readonly {
    id: string;
    entityName: string;
    uscc: string;
    role: MandateRole;
    until: Date;
  }[];
  /** Both post `invitation=<id>`. */
  acceptForm: FormTarget;
  declineForm: FormTarget;
  /** Registrations that wait for the register or for the agreement. */
  applications: readonly { id: string; name: string; uscc: string; confirmHref?: string }[];
  /** Both post `application=<id>`. */
  retryForm: FormTarget;
  dropForm: FormTarget;
  /** Absent where organisations are registered at windows only. */
  registerHref?: string;
}

export interface RegisterEntityLocals extends AccountFrame {
  form: FormTarget;
  name: string;
  uscc: string;
  errors: readonly FieldError<EntityFormProblem>[];
}

export interface ConfirmEntityLocals extends AccountFrame {
  name: string;
  uscc: string;
  subtype: LegalEntitySubtype;
  agreement: { title: string; href: string };
  isTicked: boolean;
  form: FormTarget;
  errors: readonly FieldError<'agreement.not_ticked' | 'agreement.changed'>[];
}

export type EntityUnfinishedReason =
  | Exclude<EntityRefusal, 'unknown' | 'name_differs'>
  | 'level_needed'
  | 'unavailable'
  | 'tries_used_up'
  | 'not_completed'
  | 'over';

export interface EntityUnfinishedLocals extends AccountFrame {
  reason: EntityUnfinishedReason;
  /** Where the reason lies in another step first. */
  onwardHref?: string;
  /** Asks again. */
  retryForm?: FormTarget;
}

export interface EntityPersonView {
  /** Of the mandate. */
  id: string;
  maskedName: string;
  role: MandateRole;
  since: Date;
  isSelf: boolean;
  endHref?: string;
}

export interface EntityLocals extends AccountFrame {
  name: string;
  uscc: string;
  subtype?: LegalEntitySubtype;
  realNameLevel: number;
  /** Absent for one that the register was not asked about. */
  record?: { status: EntityStatus; checkedAt: Date };
  people: readonly EntityPersonView[];
  /** Absent for who may not appoint. */
  appointing?: {
    inviteHref: string;
    invitations: readonly { id: string; maskedName: string; maskedNumber: string; until: Date }[];
    /** Posts `invitation=<id>`. */
    withdrawForm: FormTarget;
  };
}

export interface InviteLocals extends AccountFrame {
  entityName: string;
  form: FormTarget;
  backHref: string;
  name: string;
  number: string;
  errors: readonly FieldError<InviteProblem>[];
}

export interface EndMandateLocals extends AccountFrame {
  entityName: string;
  maskedName: string;
  role: MandateRole;
  isOwn: boolean;
  form: FormTarget;
  backHref: string;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'legal-entities/entities': EntitiesLocals;
    'legal-entities/register': RegisterEntityLocals;
    'legal-entities/confirm': ConfirmEntityLocals;
    'legal-entities/unfinished': EntityUnfinishedLocals;
    'legal-entities/entity': EntityLocals;
    'legal-entities/invite': InviteLocals;
    'legal-entities/end': EndMandateLocals;
  }
}
