// What pages of papers for staff have in common, whatever the papers are for.
import type { FileRefusal } from '../evidence-files/conversion.ts';
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { ApplicantState } from '../review/review-desk.ts';

export type PaperProblem<Slot extends string> = `verification-review.problem.${
  | FileRefusal
  | 'no_file'
  | 'too_large'
  | 'too_many_files'
  | 'tries_used_up'
  | 'changed_meanwhile'
  | `missing.${Slot}`}`;

/** The slots of `partials/paper-slots`. */
export interface PaperSlotsView<Slot extends string> {
  slots: readonly {
    slot: Slot;
    isRequired: boolean;
    files: readonly { id: string; pages: number; addedAt: Date }[];
  }[];
  /** After the decision. */
  keptDays: number;
  /** Staff asked for it. */
  isSupply: boolean;
  /** What they asked for: a locale key, and their own words. */
  asked?: { reason?: string; note?: string };
}

export interface PaperFilesLocals<
  Slot extends string,
  Problem extends string,
> extends PaperSlotsView<Slot> {
  /** Sends what has arrived. */
  form: FormTarget;
  uploadForm: FormTarget;
  removeForm: FormTarget;
  remark: string;
  isConsented: boolean;
  backHref: string;
  errors: readonly FieldError<PaperProblem<Slot> | Problem>[];
}

/** How far a case is, for its applicant. */
export interface ApplicantCaseView {
  state: ApplicantState;
  number: string;
  openedAt: Date;
  /** While it waits. */
  dueAt?: Date;
  closedAt?: Date;
  /** A locale key. */
  reason?: string;
  note?: string;
}

/** What `partials/case-status` shows. */
export interface CaseStatusLocals extends ApplicantCaseView {
  fileCount: number;
  supplyHref?: string;
  /** Where it is begun anew. */
  againHref?: string;
  /** Approved, but another account has the identity. */
  mergeHref?: string;
  withdrawForm?: FormTarget;
  errors: readonly FieldError<'verification-review.status.too_late'>[];
}
