// What the pages of organisations are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { LegalEntitySubtype } from '../accounts/account.ts';
import type { EntityProofSource } from '../platform/entity-proof-config.ts';
import type { PresentedLicence } from '../entity-proofs/presented-licence.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { CaseStatusLocals, PaperFilesLocals, PaperProblem } from '../papers/papers.views.ts';
import type { InviteProblem } from '../mandates/appoint.ts';
import type { EntityRefusal } from './check-entity.ts';
import type { EntityFormProblem } from './entity-form.ts';
import type { EntitySlot } from './entity-review.ts';
import type { MandateRole } from '../mandates/mandate.ts';
import type { CertificateRefusal } from './present-certificate.ts';
import type { LicenceRefusal } from './present-licence.ts';
import type { TransferRefusal } from './prove-transfer.ts';

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
    /** Where no is said. */
    declineHref: string;
    /** Where it stands what a handler may do, and how long. */
    offerHref?: string;
    /** To this organisation, which the visitor may act for. */
    agencyName?: string;
  }[];
  /** All that the visitor holds and held. */
  mandatesHref: string;
  /** Where somebody asks to act for one. */
  requestHref: string;
  /** Posts `invitation=<id>`. */
  acceptForm: FormTarget;
  /** Registrations that wait for the register or for the agreement. */
  applications: readonly {
    id: string;
    name: string;
    uscc: string;
    /** The register said yes. */
    confirmHref?: string;
    /** Staff may look at it. */
    reviewHref?: string;
    /** They do, or have. */
    statusHref?: string;
    /** It cannot be given up while they do. */
    isInReview: boolean;
    /** The register has answered, and did not confirm it. */
    isRefused: boolean;
    /** The register did confirm it; an account has the code already. */
    isHeld?: boolean;
  }[];
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
  /** Ways that need no legal representative, where they are offered. */
  certificateHref?: string;
  licenceHref?: string;
  transferHref?: string;
  /** Where staff may look at it. */
  reviewHref?: string;
  errors: readonly FieldError<EntityFormProblem>[];
}

export interface LicenceLocals extends AccountFrame {
  /** That it can reach by it. */
  level: number;
  beginForm: FormTarget;
  /** Once it was begun, until it is over. */
  presenting?: PresentedLicence;
  /** Looked after, and nothing was presented yet. */
  isWaiting: boolean;
  backHref: string;
  errors: readonly FieldError<`entity-proof.licence.problem.${LicenceRefusal | 'tries_used_up'}`>[];
}

export interface CertificateLocals extends AccountFrame {
  /** That is to show more; absent: one is to be registered. */
  entityName?: string;
  /** That it can reach by it. */
  level: number;
  /** To be signed as it stands. */
  text: string;
  textHref: string;
  until: Date;
  pasteForm: FormTarget;
  fileForm: FormTarget;
  backHref: string;
  errors: readonly FieldError<`entity-proof.certificate.problem.${CertificateRefusal}`>[];
}

export interface TransferLocals extends AccountFrame {
  /** That it can reach by it. */
  level: number;
  /** That is to show more; absent: one is to be registered. */
  entity?: { name: string; uscc: string };
  /** What is to be filled in; absent once a payment was ordered. */
  asking?: { form: FormTarget; name: string; uscc: string; account: string; bank: string };
  /** Ordered: not known to be paid, paid, or the amount was right and the rest is not done yet. */
  open?: {
    state: 'paying' | 'paid' | 'proven';
    name: string;
    maskedAccount: string;
    bank: string;
    until: Date;
    triesLeft: number;
    payForm: FormTarget;
    reportForm: FormTarget;
    giveUpForm: FormTarget;
  };
  backHref: string;
  errors: readonly FieldError<
    EntityFormProblem | `entity-proof.transfer.problem.${TransferRefusal}`
  >[];
}

export interface ConfirmEntityLocals extends AccountFrame {
  name: string;
  uscc: string;
  subtype: LegalEntitySubtype;
  role: 'legalRepresentative' | 'administrator';
  /** What it has shown; absent: the register alone says so. */
  shownBy?: EntityProofSource;
  agreement: { title: string; href: string };
  isTicked: boolean;
  form: FormTarget;
  errors: readonly FieldError<'agreement.not_ticked' | 'agreement.changed'>[];
}

export type EntityUnfinishedReason =
  | Exclude<EntityRefusal, 'unknown' | 'name_differs'>
  | 'level_needed'
  | 'number_needed'
  | 'unavailable'
  | 'tries_used_up'
  | 'not_completed'
  | 'has_others'
  | 'over';

export interface EntityUnfinishedLocals extends AccountFrame {
  reason: EntityUnfinishedReason;
  /** Where the reason lies in another step first. */
  onwardHref?: string;
  /** Asks again. */
  retryForm?: FormTarget;
  /** Where staff may look at it. */
  reviewHref?: string;
}

export type EntityReviewProblem =
  | PaperProblem<EntitySlot>
  | `legal-entities.review.${'subtype_missing' | 'consent_missing'}`
  | 'agreement.not_ticked'
  | 'agreement.changed';

export interface EntityReviewFilesLocals
  extends AccountFrame, PaperFilesLocals<EntitySlot, EntityReviewProblem> {
  name: string;
  uscc: string;
  /** The register confirmed the person; another account has the code. */
  isHeld?: boolean;
  subtype: string;
  subtypes: readonly LegalEntitySubtype[];
  agreement: { title: string; href: string };
  isTicked: boolean;
}

export interface EntityReviewStatusLocals extends AccountFrame, CaseStatusLocals {
  name: string;
  uscc: string;
}

export interface InviteLocals extends AccountFrame {
  entityName: string;
  form: FormTarget;
  backHref: string;
  name: string;
  number: string;
  errors: readonly FieldError<InviteProblem>[];
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'legal-entities/entities': EntitiesLocals;
    'legal-entities/register': RegisterEntityLocals;
    'legal-entities/certificate': CertificateLocals;
    'legal-entities/licence': LicenceLocals;
    'legal-entities/transfer': TransferLocals;
    'legal-entities/confirm': ConfirmEntityLocals;
    'legal-entities/unfinished': EntityUnfinishedLocals;
    'legal-entities/review-files': EntityReviewFilesLocals;
    'legal-entities/review-status': EntityReviewStatusLocals;
    'legal-entities/invite': InviteLocals;
  }
}
