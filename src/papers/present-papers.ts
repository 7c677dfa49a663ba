// Papers and their cases as pages show them.
import type { FieldError, FormTarget } from '../platform/http/view-locals.ts';
import type { ReviewReason } from '../review/review-case.ts';
import type { ApplicantCase, ApplicantState } from '../review/review-desk.ts';
import { isUnderWay } from './applicant-case.ts';
import type { SendPapersRefusal } from './hand-in.ts';
import type { PaperFiles, PaperPlace, SlotRule } from './paper-files.ts';
import type {
  ApplicantCaseView,
  CaseStatusLocals,
  PaperProblem,
  PaperSlotsView,
} from './papers.views.ts';

/** What was sent in the form that hands papers in; undefined before. */
type SentForm = { remark: string; consent?: 'yes' | undefined } | undefined;

/**
 * Slots, and the end of the form as it was sent. What is missing is named together with what else was
 * wrong with the form, not after it.
 * @param of `asked`: the case in which staff asked for more; every slot may then be left empty
 */
export async function presentPapers<Slot extends string, Problem extends FieldError>(
  papers: PaperFiles<Slot>,
  of: {
    place: PaperPlace;
    rules: readonly SlotRule<Slot>[];
    asked?: ApplicantCase | undefined;
    sent: SentForm;
    errors: readonly Problem[];
  },
) {
  const { sent, errors } = of;
  const shown = await presentSlots(papers, of);
  const isOfForm = errors.some(({ field }) => field !== undefined && !field.startsWith('file-'));
  const empty = shown.slots.filter(({ isRequired, files }) => isRequired && files.length === 0);
  const missing = isOfForm ? missingProblems(empty.map(({ slot }) => slot)) : [];
  return {
    ...shown,
    remark: sent?.remark ?? '',
    isConsented: sent?.consent === 'yes',
    errors: [...missing, ...errors],
  };
}

async function presentSlots<Slot extends string>(
  papers: PaperFiles<Slot>,
  of: { place: PaperPlace; rules: readonly SlotRule<Slot>[]; asked?: ApplicantCase | undefined },
): Promise<PaperSlotsView<Slot>> {
  const files = await papers.waiting(of.place);
  const { keptDays } = papers;
  const { asked } = of;
  const isSupply = asked !== undefined;
  const slots = of.rules.map(({ slot, isRequired }) => ({
    slot,
    isRequired: isRequired && !isSupply,
    files: files
      .filter(({ shows }) => shows === slot)
      .map(({ id, pages, addedAt }) => ({ id, pages: pages.length, addedAt })),
  }));
  return { slots, keptDays, isSupply, ...(asked ? { asked: presentAsked(asked) } : {}) };
}

function presentAsked({
  state,
  reason,
  note,
}: ApplicantCase): NonNullable<PaperSlotsView<string>['asked']> {
  return {
    ...(reason ? { reason: reasonKey(state, reason) } : {}),
    ...(note === undefined ? {} : { note }),
  };
}

/** How far it is. */
export function presentCase(present: ApplicantCase): ApplicantCaseView {
  const { id, state, openedAt, dueAt, closedAt, reason, note } = present;
  return {
    state,
    number: id,
    openedAt,
    ...(state === 'waiting' ? { dueAt } : {}),
    ...(closedAt ? { closedAt } : {}),
    ...(reason ? { reason: reasonKey(state, reason) } : {}),
    ...(note === undefined ? {} : { note }),
  };
}

/** The words for the applicant. */
export function reasonKey(state: ApplicantState, reason: ReviewReason): string {
  return `review.reason.${state === 'more_needed' ? 'ask' : 'reject'}.${reason}.applicant`;
}

/** @param ways `againHref`: where it is begun anew after a refusal or a withdrawal */
export function presentStatus(
  present: ApplicantCase,
  ways: { supplyHref: string; withdrawForm: FormTarget; againHref?: string },
): Omit<CaseStatusLocals, 'errors'> {
  const { state, fileIds } = present;
  const { supplyHref, withdrawForm, againHref } = ways;
  const isInVain = state === 'rejected' || state === 'withdrawn';
  return {
    ...presentCase(present),
    fileCount: fileIds.length,
    ...(state === 'more_needed' ? { supplyHref } : {}),
    ...(isUnderWay(present) ? { withdrawForm } : {}),
    ...(isInVain && againHref !== undefined ? { againHref } : {}),
  };
}

/** Why papers were not sent, for the page of the form, and its status. */
export function sendingProblems<Slot extends string>(
  refusal: SendPapersRefusal<Slot>,
): { errors: FieldError<PaperProblem<Slot>>[]; status: number } {
  switch (refusal.reason) {
    case 'files_missing': {
      return { errors: missingProblems(refusal.slots), status: 422 };
    }
    case 'tries_used_up':
      return { errors: [{ key: 'verification-review.problem.tries_used_up' }], status: 429 };
    case 'changed_meanwhile':
      return { errors: [{ key: 'verification-review.problem.changed_meanwhile' }], status: 409 };
  }
}

function missingProblems<Slot extends string>(
  slots: readonly Slot[],
): FieldError<PaperProblem<Slot>>[] {
  return slots.map((slot) => ({
    field: `file-${slot}`,
    key: `verification-review.problem.missing.${slot}` as const,
  }));
}
