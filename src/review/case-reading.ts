// Who may read a case: whoever has claimed it, or has said why, for a quarter of an hour. Every reading
// is recorded, and so is every refusal. What is masked opens for a reason of its own.
import type { AuditLog } from '../audit/audit-log.ts';
import type { BudgetRule, BudgetStore } from '../credentials/budget-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { CaseWork, Reviewer } from './case-work.ts';
import type { DeskRefusal } from './desk-refusal.ts';
import type { AccessKind, ReviewAccessStore } from './review-access-store.ts';
import { isClaimed } from './review-case.ts';
import type { ReviewCase } from './review-case.ts';
import type { ReviewCaseStore } from './review-case-store.ts';

export const lookReasons = [
  'second_opinion',
  'second_look',
  'enquiry',
  'complaint',
  'handover',
] as const;
export type LookReason = (typeof lookReasons)[number];
export const revealReasons = [
  'compare_evidence',
  'ask_register',
  'call_applicant',
  'complaint',
] as const;
export type RevealReason = (typeof revealReasons)[number];

export type ReadOutcome =
  | { ok: true; reviewCase: ReviewCase; isOwnClaim: boolean; isRevealed: boolean }
  | { ok: false; reason: DeskRefusal; reviewCase: ReviewCase | undefined };

export interface CaseReadingDependencies {
  database: Database;
  clock: Clock;
  audit: AuditLog;
  cases: ReviewCaseStore;
  caseWork: CaseWork;
  access: ReviewAccessStore;
  budgets: Pick<BudgetStore, 'reserve'>;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** Different cases of one reviewer: more than a day's work, and far less than the queue. */
const MOST = {
  read: { hour: 200, day: 1000 },
  reveal: { hour: 100, day: 500 },
} as const;

export class CaseReading {
  readonly #deps: CaseReadingDependencies;

  constructor(deps: CaseReadingDependencies) {
    this.#deps = deps;
  }

  /** `action`: what is read, for the record: `read`, `file`, `reveal`. */
  async read(id: string, by: Reviewer, action = 'read'): Promise<ReadOutcome> {
    const { cases, caseWork, clock, access } = this.#deps;
    const reviewCase = await cases.find(id);
    const refuse = async (reason: DeskRefusal): Promise<ReadOutcome> => {
      await caseWork.refuse(reason, { id, by, action, applicantId: reviewCase?.applicantId });
      return { ok: false, reason, reviewCase };
    };
    if (!reviewCase) return refuse('case_unknown');
    const barrier = await caseWork.barrier(reviewCase, by.id);
    if (barrier) return refuse(barrier);
    const { claim } = reviewCase;
    const isOwnClaim = isClaimed(claim, clock.now()) && claim.by === by.id;
    const place = { caseId: id, reviewerId: by.id };
    const granted = await access.list(place);
    // Shown for an earlier claim is not shown for this one: there may be other papers since.
    const isRevealed =
      granted.has('reveal') && (!isOwnClaim || (await access.hasRevealed(place, claim.at)));
    if (!isOwnClaim && !granted.has('look')) {
      return refuse(claim?.by === by.id ? 'claim_expired' : 'not_claimed');
    }
    if (!granted.has('read') && !(await this.#isWithinBudget('read', by.id))) {
      return refuse('read_too_much');
    }
    await access.grant('read', place);
    await this.#deps.audit.record({
      type: 'review.case_read',
      actor: by.id,
      subject: reviewCase.applicantId,
      address: by.address,
      result: 'done',
      details: { case: id, action, isMasked: !isRevealed },
    });
    return { ok: true, reviewCase, isOwnClaim, isRevealed };
  }

  /** A look at a case that somebody else works on, or that is closed. */
  async look(id: string, by: Reviewer, reason: LookReason): Promise<ReadOutcome> {
    return this.#grant(id, by, { kind: 'look', reason });
  }

  /** Only for whoever may read the case; the caller has asked for a fresh second factor. */
  async reveal(id: string, by: Reviewer, reason: RevealReason): Promise<ReadOutcome> {
    const read = await this.read(id, by, 'reveal');
    if (!read.ok) return read;
    if (!read.isRevealed && !(await this.#isWithinBudget('reveal', by.id))) {
      const { applicantId } = read.reviewCase;
      const refused = { id, by, action: 'reveal', applicantId };
      await this.#deps.caseWork.refuse('read_too_much', refused);
      return { ok: false, reason: 'read_too_much', reviewCase: read.reviewCase };
    }
    return this.#grant(id, by, { kind: 'reveal', reason });
  }

  /** Taken before anything is shown; not given back. */
  async #isWithinBudget(what: keyof typeof MOST, reviewerId: string): Promise<boolean> {
    const { hour, day } = MOST[what];
    const rule = (period: string, attempts: number, windowSeconds: number): BudgetRule => ({
      key: `review-${what}-${period}:${reviewerId}`,
      attempts,
      windowSeconds,
    });
    const rules = [rule('hour', hour, HOUR_SECONDS), rule('day', day, DAY_SECONDS)];
    return (await this.#deps.budgets.reserve(rules)).ok;
  }

  async #grant(
    id: string,
    by: Reviewer,
    { kind, reason }: { kind: AccessKind; reason: LookReason | RevealReason },
  ): Promise<ReadOutcome> {
    const { cases, caseWork, access, audit, database } = this.#deps;
    const reviewCase = await cases.find(id);
    const barrier = reviewCase ? await caseWork.barrier(reviewCase, by.id) : 'case_unknown';
    if (barrier || !reviewCase) {
      const refusal = barrier ?? 'case_unknown';
      const of = { id, by, action: kind, applicantId: reviewCase?.applicantId };
      await caseWork.refuse(refusal, of);
      return { ok: false, reason: refusal, reviewCase };
    }
    await database.transaction(async (session) => {
      await access.grant(kind, { caseId: id, reviewerId: by.id }, session);
      await audit.record(
        {
          type: kind === 'look' ? 'review.case_looked_at' : 'review.data_revealed',
          actor: by.id,
          subject: reviewCase.applicantId,
          address: by.address,
          result: 'done',
          reason,
          details: { case: id, kind: reviewCase.kind },
        },
        session,
      );
    });
    return { ok: true, reviewCase, isOwnClaim: false, isRevealed: kind === 'reveal' };
  }
}
