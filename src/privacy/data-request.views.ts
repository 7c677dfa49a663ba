// What the pages of requests about one's data are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../account/account.views.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { ApplicantState } from '../review/review-desk.ts';
import type { DataRight } from './data-request.ts';

export type DataRequestProblem =
  FieldError<`data-request.${'right_missing' | 'text_missing' | 'text_long' | 'too_many_open' | 'too_many'}`>;

export interface DataRequestsLocals extends AccountFrame {
  requests: readonly {
    id: string;
    /** The words are `data-request.state.<state>`. */
    state: ApplicantState;
    openedAt: Date;
    /** While it is open. */
    dueAt?: Date;
    closedAt?: Date;
    href: string;
  }[];
  newHref: string;
  backHref: string;
}

export interface NewDataRequestLocals extends AccountFrame {
  rights: readonly DataRight[];
  typed: { right?: DataRight; text: string };
  /** Working days until the answer. */
  days: number;
  /** Characters. */
  most: number;
  form: FormTarget;
  exportHref: string;
  correctHref: string;
  closeHref: string;
  backHref: string;
  errors: readonly DataRequestProblem[];
}

export interface DataRequestLocals extends AccountFrame {
  id: string;
  right: DataRight;
  text: string;
  state: ApplicantState;
  openedAt: Date;
  dueAt?: Date;
  closedAt?: Date;
  /** Why it was refused, or what is missing: a locale key. */
  reason?: string;
  answer?: string;
  supplyForm?: FormTarget;
  typed?: string;
  withdrawForm?: FormTarget;
  newHref: string;
  backHref: string;
  errors: readonly DataRequestProblem[];
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'privacy/data-requests': DataRequestsLocals;
    'privacy/new-data-request': NewDataRequestLocals;
    'privacy/data-request': DataRequestLocals;
  }
}
