// What the pages of qualifications are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { CaseStatusLocals, PaperFilesLocals } from '../papers/papers.views.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { QualificationSlot } from './intermediaries.ts';
import type { QualificationEnd, ShownState } from './qualification.ts';
import type { QualificationFormProblem, TypedQualification } from './qualification-form.ts';

/** What a certificate says, in the reader's language. */
export interface CertificateView {
  kind: string;
  number?: string;
  authority: string;
  department: string;
  /** YYYY-MM-DD */
  validFrom: string;
  validUntil: string;
}

export interface QualificationView extends CertificateView {
  id: string;
  state: ShownState | 'more_needed';
  decidedAt?: Date;
  /** Why it ended, where it was no expiry. */
  endedFor?: QualificationEnd;
  /** Within thirty days, and no renewal is approved. */
  isEndingSoon: boolean;
  isRenewed: boolean;
  /** What comes next, for who may do it. */
  goOnHref?: string;
  statusHref?: string;
  renewHref?: string;
}

export interface QualificationsLocals extends AccountFrame {
  entityName: string;
  entityHref: string;
  items: readonly QualificationView[];
  /** Absent for who may only read. */
  applyHref?: string;
}

export interface QualificationFormLocals extends AccountFrame {
  entityName: string;
  form: FormTarget;
  typed: TypedQualification;
  /** To choose from; absent where it stands already. */
  kinds?: readonly { id: string; name: string; department: string }[];
  /** Of one that is renewed or changed. */
  kind?: { name: string; department: string; isRenewal: boolean };
  /** That stand already: what is one of them is renewed, not applied for anew. */
  held?: readonly { name: string; until: string; renewHref?: string }[];
  isChange: boolean;
  backHref: string;
  errors: readonly FieldError<QualificationFormProblem | 'intermediary.form.changed_meanwhile'>[];
}

export type QualificationPapersLocals = AccountFrame &
  PaperFilesLocals<
    QualificationSlot,
    'intermediary.papers.consent_missing' | 'intermediary.papers.term_over'
  > & { entityName: string; certificate: CertificateView; changeHref: string };

export type QualificationStatusLocals = AccountFrame &
  CaseStatusLocals & { entityName: string; certificate: CertificateView; listHref: string };

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'intermediaries/qualifications': QualificationsLocals;
    'intermediaries/apply': QualificationFormLocals;
    'intermediaries/papers': QualificationPapersLocals;
    'intermediaries/status': QualificationStatusLocals;
  }
}
