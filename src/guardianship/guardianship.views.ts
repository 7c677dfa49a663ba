// What the pages of guardians are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { ChildFormProblem } from './child-form.ts';
import type { Relation, WardState } from './ward.ts';

export interface ChildrenLocals extends AccountFrame {
  children: readonly {
    maskedName: string;
    relation: Relation;
    state: WardState;
    href: string;
  }[];
  /** Absent where children are added at windows only. */
  addHref?: string;
}

export interface AddChildLocals extends AccountFrame {
  form: FormTarget;
  typed: { type: CertificateType; name: string; number: string; relation: string };
  agreement: { title: string; href: string };
  isTicked: boolean;
  errors: readonly FieldError<ChildFormProblem>[];
}

export type ChildUnfinishedReason =
  'level_needed' | 'unavailable' | 'tries_used_up' | 'not_confirmed';

export interface ChildUnfinishedLocals extends AccountFrame {
  reason: ChildUnfinishedReason;
  /** Where the reason lies in another step first. */
  onwardHref?: string;
  /** Back to the form. */
  againHref?: string;
}

export interface ChildLocals extends AccountFrame {
  maskedName: string;
  certificateType: CertificateType;
  maskedNumber: string;
  relation: Relation;
  state: WardState;
  /** An operator has locked it. */
  isLocked: boolean;
  since: Date;
  consent: { title: string; version: number; at: Date; href: string };
  guardians: readonly {
    maskedName: string;
    relation: Relation;
    isSelf: boolean;
    isResting: boolean;
  }[];
  /** The consent is withdrawn, or of an older text. */
  consentHref?: string;
  /** Absent where there is nothing to withdraw. */
  withdrawHref?: string;
  eraseHref: string;
}

export interface EndConsentLocals extends AccountFrame {
  maskedName: string;
  /** Another one is told. */
  hasOther: boolean;
  form: FormTarget;
  backHref: string;
}

export interface ConsentAgainLocals extends AccountFrame {
  maskedName: string;
  agreement: { title: string; href: string };
  isTicked: boolean;
  form: FormTarget;
  backHref: string;
  errors: readonly FieldError<'agreement.not_ticked' | 'agreement.changed'>[];
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'guardianship/children': ChildrenLocals;
    'guardianship/add': AddChildLocals;
    'guardianship/unfinished': ChildUnfinishedLocals;
    'guardianship/child': ChildLocals;
    'guardianship/withdraw': EndConsentLocals;
    'guardianship/erase': EndConsentLocals;
    'guardianship/consent': ConsentAgainLocals;
  }
}
