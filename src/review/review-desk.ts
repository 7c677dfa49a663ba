// Where the other domains meet reviews: they open cases, hand in what an applicant supplies, ask how
// it stands, and say in the composition root what a decision does. What reviewers do is case-work.ts.
import type { AuditLog } from '../audit/audit-log.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { isOpen } from './review-case.ts';
import type {
  DecisionHandler,
  FieldTexts,
  NewReviewCase,
  ReviewCaseFacts,
  ReviewKind,
  ReviewReason,
} from './review-case.ts';
import type { CasePatch, ReviewCaseStore } from './review-case-store.ts';
import type { ReviewSettings } from '../platform/review-config.ts';

export interface ReviewDeskDependencies {
  clock: Clock;
  audit: AuditLog;
  cases: ReviewCaseStore;
  settings: ReviewSettings;
}

export type ApplicantState = 'waiting' | 'more_needed' | 'approved' | 'rejected' | 'withdrawn';

/** What the applicant may know: not who decides, and nothing while the decision can be undone. */
export interface ApplicantCase {
  id: string;
  kind: ReviewKind;
  state: ApplicantState;
  openedAt: Date;
  /** By then somebody is to have decided. */
  dueAt: Date;
  closedAt: Date | undefined;
  /** Of `more_needed` and `rejected`; words `review.reason.<verdict>.<reason>.applicant`. */
  reason: ReviewReason | undefined;
  note: string | undefined;
  fileIds: readonly string[];
}

const MOST_OF_APPLICANT = 50;

export class ReviewDesk {
  readonly #deps: ReviewDeskDependencies;
  readonly #handlers = new Map<ReviewKind, DecisionHandler>();

  constructor(deps: ReviewDeskDependencies) {
    this.#deps = deps;
  }

  /** In the composition root, before anything starts. Cases of kinds without one stay undecided. */
  handle(kind: ReviewKind, handler: DecisionHandler): void {
    if (this.#handlers.has(kind)) throw new Error(`two handlers for reviews of ${kind}`);
    this.#handlers.set(kind, handler);
  }

  handlerOf(kind: ReviewKind): DecisionHandler | undefined {
    return this.#handlers.get(kind);
  }

  get handledKinds(): ReviewKind[] {
    return [...this.#handlers.keys()];
  }

  /** @returns the case id; with `uniqueKey` that of the open case, which stays as it is */
  async open(newCase: NewReviewCase, transaction: ClientSession): Promise<string> {
    const { cases, audit, clock, settings } = this.#deps;
    const dueAt = newCase.dueAt ?? secondsFromNow(clock, settings.dueHours * 3600);
    const { id, isNew } = await cases.open(newCase, dueAt, transaction);
    if (!isNew) return id;
    const { applicantId, kind, openedBy: actor = applicantId } = newCase;
    const subject = actor === applicantId ? {} : { subject: applicantId };
    const details = { case: id, kind };
    await audit.record(
      { type: 'review.case_opened', actor, ...subject, result: 'done', details },
      transaction,
    );
    return id;
  }

  /**
   * What the applicant hands in after "ask for more": new files are added, texts take the place of
   * those of the same field. The case is back in the queue, and its votes begin anew.
   */
  async supply(
    id: string,
    given: {
      by: string;
      /** Who acts for the applicant. Absent: the applicant. */
      actor?: string | undefined;
      fileIds: readonly string[];
      claimed: FieldTexts;
      /** Absent: as for a new case. */
      dueAt?: Date | undefined;
      /** Whom it touches by now, besides those known. */
      involvedIds?: readonly string[];
    },
    transaction: ClientSession,
  ): Promise<{ ok: true } | { ok: false; reason: 'case_unknown' | 'not_asked' }> {
    const { cases, audit, clock, settings } = this.#deps;
    const { by, actor = by } = given;
    const of = await cases.find(id, transaction);
    if (of?.applicantId !== by) return { ok: false, reason: 'case_unknown' };
    if (of.state !== 'asked') return { ok: false, reason: 'not_asked' };
    const patch: CasePatch = {
      state: 'pending',
      // Whoever read it before has not seen what is new.
      claim: null,
      votes: [],
      decision: null,
      dueAt: given.dueAt ?? secondsFromNow(clock, settings.dueHours * 3600),
      fileIds: [...new Set([...of.fileIds, ...given.fileIds])],
      involvedIds: [...new Set([...of.involvedIds, ...(given.involvedIds ?? [])])],
      content: { claimed: { ...of.claimed, ...given.claimed }, answers: of.answers },
    };
    const entry = { by, step: 'supplied' } as const;
    const subject = actor === by ? {} : { subject: by };
    const details = { case: id, kind: of.kind };
    const changed = await cases.change(of, { patch, entry }, transaction);
    if (!changed) return { ok: false, reason: 'not_asked' };
    await audit.record(
      { type: 'review.supplied', actor, ...subject, result: 'done', details },
      transaction,
    );
    return { ok: true };
  }

  /** The applicant gives it up, or its cause is gone. False when it was decided already. */
  withdraw(id: string, by: string, transaction: ClientSession): Promise<boolean> {
    return withdrawCase(this.#deps, { id, by }, transaction);
  }

  /** Its cause is gone, also when it was decided and nothing was carried out yet. */
  drop(id: string, transaction: ClientSession): Promise<boolean> {
    return withdrawCase(this.#deps, { id, by: 'system', isDecidedToo: true }, transaction);
  }

  /** One case of the applicant with what was claimed; undefined for anybody else's. */
  async ownCase(
    id: string,
    applicantId: string,
  ): Promise<(ApplicantCase & { claimed: FieldTexts }) | undefined> {
    const of = await this.#deps.cases.find(id);
    if (of?.applicantId !== applicantId) return undefined;
    return { ...applicantCase(of), claimed: of.claimed };
  }

  /** The cases of an applicant, newest first. */
  async statusOf(accountId: string): Promise<ApplicantCase[]> {
    const cases = await this.#deps.cases.listOfApplicant(accountId, MOST_OF_APPLICANT);
    return cases.map(applicantCase);
  }
}

/** The same where there is no desk, as in a command; `isDecidedToo`: as long as nothing was carried out. */
export async function withdrawCase(
  { cases, audit, clock }: Pick<ReviewDeskDependencies, 'cases' | 'audit' | 'clock'>,
  { id, by, isDecidedToo = false }: { id: string; by: string; isDecidedToo?: boolean },
  transaction: ClientSession,
): Promise<boolean> {
  const of = await cases.find(id, transaction);
  if (!of || !(isOpen(of.state) || (isDecidedToo && of.state === 'decided'))) return false;
  const end = { state: 'closed', outcome: 'withdrawn', closedAt: clock.now() } as const;
  const undone = of.state === 'decided' ? { decision: null } : {};
  const patch: CasePatch = { ...end, ...undone, claim: null, openKey: null };
  const entry = { by, step: 'withdrawn' } as const;
  if (!(await cases.change(of, { patch, entry }, transaction))) return false;
  const { applicantId: subject, kind } = of;
  const details = { case: id, kind };
  await audit.record(
    { type: 'review.withdrawn', actor: by, subject, result: 'done', details },
    transaction,
  );
  return true;
}

function applicantCase({ state, outcome, decision, ...of }: ReviewCaseFacts): ApplicantCase {
  const isKnown = state === 'asked' || outcome === 'rejected';
  const words = isKnown ? decision : undefined;
  const { id, kind, openedAt, dueAt, closedAt, fileIds } = of;
  return {
    id,
    kind,
    state: state === 'asked' ? 'more_needed' : (outcome ?? 'waiting'),
    openedAt,
    dueAt,
    closedAt,
    reason: words?.reason,
    note: outcome === 'approved' ? decision?.note : words?.note,
    fileIds,
  };
}
