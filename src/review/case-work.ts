// What reviewers do with a case: claim, release, decide, undo, ask again, look a second time. Each is
// one transaction with its audit record, and each refusal is recorded too. Carrying out a decision is
// the worker's (carry-out.ts).
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { AuditEventType } from '../audit/events.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { hasConflict, isClaimedToBe } from './conflict-of-interest.ts';
import { claimRefusal } from './desk-refusal.ts';
import type { DeskRefusal } from './desk-refusal.ts';
import type { HistoryEntry } from './case-history.ts';
import { isClaimed, isOpen } from './review-case.ts';
import type {
  DecisionHandler,
  ReviewCase,
  ReviewKind,
  ReviewReason,
  SourceAnswer,
  Verdict,
  Vote,
} from './review-case.ts';
import type { CasePatch, ReviewCaseStore } from './review-case-store.ts';
import type { ReviewSettings } from '../platform/review-config.ts';

export interface CaseWorkDependencies {
  database: Database;
  clock: Clock;
  audit: AuditLog;
  cases: ReviewCaseStore;
  accounts: { findById(id: string): Promise<Account | undefined> };
  settings: ReviewSettings;
  handlerOf(kind: ReviewKind): DecisionHandler | undefined;
  /** Whether the reviewer has opened the case since then. */
  hasRead(of: { caseId: string; reviewerId: string }, since: Date): Promise<boolean>;
  /** Whether the pictures of the case were shown to the reviewer since then. */
  hasRevealed(of: { caseId: string; reviewerId: string }, since: Date): Promise<boolean>;
}

export interface Reviewer {
  /** Account id. */
  id: string;
  address: string;
}

export type DeskOutcome = { ok: true; reviewCase: ReviewCase } | { ok: false; reason: DeskRefusal };

export interface DecisionInput {
  verdict: Verdict;
  reason: ReviewReason;
  /** For the applicant; at most 500 characters. */
  note?: string | undefined;
}

interface Action {
  by: Reviewer;
  /** For the record of a refusal. */
  action: string;
  /** Before the transaction. */
  prepare?: (of: ReviewCase) => Promise<void>;
}

interface Step {
  patch: CasePatch;
  entry: Omit<HistoryEntry, 'at' | 'by'>;
  event: AuditEventType;
  details?: Record<string, string | number | boolean>;
}

export class CaseWork {
  readonly #deps: CaseWorkDependencies;

  constructor(deps: CaseWorkDependencies) {
    this.#deps = deps;
  }

  /** Without recording anything: for choosing the next one. */
  async isClaimable(id: string, reviewerId: string): Promise<boolean> {
    const of = await this.#deps.cases.find(id);
    if (!of || !isOpen(of.state) || isClaimed(of.claim, this.#deps.clock.now())) return false;
    if (of.votes.some((vote) => vote.by === reviewerId)) return false;
    return (await this.barrier(of, reviewerId)) === undefined;
  }

  /** A lock for a while; claiming again extends it. */
  claim(id: string, by: Reviewer): Promise<DeskOutcome> {
    return this.#act(id, { by, action: 'claim' }, (of, now) => {
      if (!isOpen(of.state)) return 'not_open';
      if (isClaimed(of.claim, now) && of.claim.by !== by.id) return 'claimed_by_other';
      if (of.votes.some((vote) => vote.by === by.id)) return 'voted_already';
      const expiresAt = this.#claimEnd();
      const claim = { by: by.id, at: of.claim?.by === by.id ? of.claim.at : now, expiresAt };
      return { patch: { claim }, entry: { step: 'claimed' }, event: 'review.case_claimed' };
    });
  }

  release(id: string, by: Reviewer): Promise<DeskOutcome> {
    return this.#act(id, { by, action: 'release' }, (of, now) => {
      const refusal = claimRefusal(of, by.id, now);
      if (refusal) return refusal;
      return {
        patch: { claim: null },
        entry: { step: 'released' },
        event: 'review.case_released',
      };
    });
  }

  /**
   * Of two approvals the first leads back to the queue, for somebody else; a rejection needs one
   * reviewer. What is decided is carried out when the time to undo is over.
   */
  async decide(id: string, by: Reviewer, input: DecisionInput): Promise<DeskOutcome> {
    const { verdict, reason, note } = input;
    const before = await this.#deps.cases.find(id);
    const place = { caseId: id, reviewerId: by.id };
    const { hasRead, hasRevealed } = await this.#seen(place, before?.claim?.at);
    const isClaimant = before !== undefined && (await this.#isClaimedAs(before, by.id));
    return this.#act(id, { by, action: 'decide' }, (of, now) => {
      const refusal = claimRefusal(of, by.id, now);
      if (refusal) return refusal;
      if (of.votes.some((vote) => vote.by === by.id)) return 'voted_already';
      if (!hasRead) return 'not_read';
      if (verdict === 'approve' && of.fileIds.length > 0 && !hasRevealed) return 'files_unseen';
      if (verdict === 'approve' && isClaimant) return 'own_case';
      const vote: Vote = { by: by.id, verdict, reason, at: now };
      const votes = [...of.votes, vote];
      const approvals = votes.filter((each) => each.verdict === 'approve').length;
      const isDecided = verdict !== 'approve' || approvals >= of.approvals;
      const undoEnd = secondsFromNow(this.#deps.clock, this.#deps.settings.undoSeconds);
      const effectiveAt = of.notBefore && of.notBefore > undoEnd ? of.notBefore : undoEnd;
      return {
        patch: {
          claim: null,
          votes,
          trouble: null,
          ...(isDecided
            ? { state: 'decided', decision: { ...vote, effectiveAt, note } }
            : { state: 'pending' }),
        },
        entry: { step: verdict, reason },
        event: 'review.voted',
        details: { verdict, grounds: reason, isDecided },
      };
    });
  }

  async #seen(of: { caseId: string; reviewerId: string }, since: Date | undefined) {
    if (!since) return { hasRead: false, hasRevealed: false };
    const [hasRead, hasRevealed] = await Promise.all([
      this.#deps.hasRead(of, since),
      this.#deps.hasRevealed(of, since),
    ]);
    return { hasRead, hasRevealed };
  }

  /** While it is not carried out yet: the vote is taken back, and the case is claimed again. */
  undo(id: string, by: Reviewer): Promise<DeskOutcome> {
    return this.#act(id, { by, action: 'undo' }, ({ state, decision, votes }, now) => {
      if (state !== 'decided' || !decision || decision.effectiveAt <= now) return 'too_late';
      if (decision.by !== by.id) return 'not_decided_by_you';
      return {
        patch: {
          state: 'pending',
          decision: null,
          votes: votes.filter((vote) => vote.by !== by.id),
          claim: { by: by.id, at: now, expiresAt: this.#claimEnd() },
        },
        entry: { step: 'undone' },
        event: 'review.undone',
        details: { verdict: decision.verdict },
      };
    });
  }

  /** Answers of the sources as they are now, in place of those that were. */
  async askAgain(id: string, by: Reviewer): Promise<DeskOutcome> {
    const before = await this.#deps.cases.find(id);
    const handler = before && this.#deps.handlerOf(before.kind);
    let answers: readonly SourceAnswer[] = [];
    // Not in the transaction: sources may take their time.
    const prepare = async (of: ReviewCase) => {
      answers = (await handler?.askSources?.(of)) ?? [];
    };
    return this.#act(id, { by, action: 'ask_again', prepare }, (of, now) => {
      const refusal = claimRefusal(of, by.id, now);
      if (refusal) return refusal;
      if (!handler?.askSources) return 'no_source';
      return {
        patch: { content: { claimed: of.claimed, answers } },
        entry: { step: 'asked_again' },
        event: 'review.sources_asked',
        details: { answers: answers.length },
      };
    });
  }

  /** Of an approved case that was drawn, by somebody who had no part in it. */
  secondLook(id: string, by: Reviewer, verdict: 'agreed' | 'disagreed'): Promise<DeskOutcome> {
    return this.#act(id, { by, action: 'second_look' }, (of, now) => {
      if (of.secondLook?.state !== 'due') return 'no_second_look';
      if (of.votes.some((vote) => vote.by === by.id)) return 'voted_already';
      return {
        patch: { secondLook: { state: verdict, by: by.id, at: now } },
        entry: { step: verdict === 'agreed' ? 'look_agreed' : 'look_disagreed' },
        event: 'review.looked_again',
        details: { verdict },
      };
    });
  }

  /** Records what a reviewer was refused; the console also calls it for reading. */
  async refuse(
    refusal: DeskRefusal,
    of: { id: string; by: Reviewer; action: string; applicantId?: string | undefined },
  ): Promise<void> {
    await this.#deps.audit.record({
      type: 'review.refused',
      actor: of.by.id,
      subject: of.applicantId,
      address: of.by.address,
      result: 'refused',
      reason: refusal,
      details: { case: of.id, action: of.action },
    });
  }

  /** Why this person may not work on the case at all. */
  async barrier(of: ReviewCase, reviewerId: string): Promise<DeskRefusal | undefined> {
    const reviewer = await this.#deps.accounts.findById(reviewerId);
    if (!reviewer?.isActive || !reviewer.roles.includes('reviewer')) return 'not_reviewer';
    return (await hasConflict(this.#deps.accounts, reviewer, of)) ? 'own_case' : undefined;
  }

  /** Somebody says to be this reviewer, who then may say no, and never yes. */
  async #isClaimedAs(of: ReviewCase, reviewerId: string): Promise<boolean> {
    const reviewer = await this.#deps.accounts.findById(reviewerId);
    return reviewer !== undefined && (await isClaimedToBe(this.#deps.accounts, reviewer, of));
  }

  async #act(
    id: string,
    { by, action, prepare }: Action,
    decide: (of: ReviewCase, now: Date) => Step | DeskRefusal,
  ): Promise<DeskOutcome> {
    const { cases, clock, database } = this.#deps;
    const first = await cases.find(id);
    const refuse = async (reason: DeskRefusal): Promise<DeskOutcome> => {
      await this.refuse(reason, { id, by, action, applicantId: first?.applicantId });
      return { ok: false, reason };
    };
    if (!first) return refuse('case_unknown');
    const barrier = await this.barrier(first, by.id);
    if (barrier) return refuse(barrier);
    const early = decide(first, clock.now());
    if (typeof early === 'string') return refuse(early);
    await prepare?.(first);
    const outcome = await database.transaction(async (transaction) => {
      const of = await cases.find(id, transaction);
      if (!of) return 'case_unknown';
      const step = decide(of, clock.now());
      if (typeof step === 'string') return step;
      const { patch, entry } = step;
      const change = { patch, entry: { ...entry, by: by.id } };
      if (!(await cases.change(of, change, transaction))) return 'changed_meanwhile';
      await this.#record(of, { by, step }, transaction);
      return undefined;
    });
    if (outcome) return refuse(outcome);
    const reviewCase = await cases.find(id);
    return reviewCase ? { ok: true, reviewCase } : refuse('case_unknown');
  }

  async #record(
    { id, kind, applicantId: subject }: ReviewCase,
    { by, step }: { by: Reviewer; step: Step },
    transaction: ClientSession,
  ): Promise<void> {
    await this.#deps.audit.record(
      {
        type: step.event,
        actor: by.id,
        subject,
        address: by.address,
        result: 'done',
        details: { case: id, kind, ...step.details },
      },
      transaction,
    );
  }

  #claimEnd(): Date {
    return secondsFromNow(this.#deps.clock, this.#deps.settings.claimSeconds);
  }
}
