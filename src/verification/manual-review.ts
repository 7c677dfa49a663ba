// The review of an identity by people, as its applicant sees it: what is typed and sent, what
// becomes of it, and what an approval does. How cases are decided is src/review's business.
import type { Account } from '../accounts/account.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { Clock } from '../platform/clock.ts';
import { remarkText, sendPapers, takeBack } from '../papers/hand-in.ts';
import type { SendPapersDependencies, SendPapersOutcome } from '../papers/hand-in.ts';
import { missingSlots, PaperFiles } from '../papers/paper-files.ts';
import type { PaperPlace } from '../papers/paper-files.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { ManualReviewConfig } from '../platform/verification-config.ts';
import type {
  CarryOutcome,
  DecisionHandler,
  ReviewCase,
  SourceAnswer,
} from '../review/review-case.ts';
import type { ApplicantCase, ReviewDesk } from '../review/review-desk.ts';
import { answerSourceOf, askSources } from './ask-sources.ts';
import type { IdentityCaseStore } from './identity-case-store.ts';
import type { ElementRegisters, IdentityClaim } from './provider.ts';
import { recordProofWithin } from './record-proof.ts';
import type { RecordProofDependencies } from './record-proof.ts';
import { claimOf, claimedTexts, comparedTexts } from './review-claim.ts';
import type { DraftAnswer, ReviewDraft, ReviewDraftStore } from './review-draft-store.ts';
import { approveHeld, isLookedAtTwice } from './reviewed-merge.ts';
import type { ReviewedMerges } from './reviewed-merge.ts';
import { reviewSlots, slotsOf } from './review-slots.ts';
import type { ReviewSlot } from './review-slots.ts';
import type { NotedAnswer } from './source-answer-store.ts';

export interface ManualReviewDependencies extends RecordProofDependencies, SendPapersDependencies {
  desk: Pick<ReviewDesk, 'open' | 'supply' | 'withdraw' | 'statusOf'>;
  files: EvidenceFiles;
  drafts: ReviewDraftStore;
  cases: IdentityCaseStore;
  audit: AuditLog;
  clock: Clock;
  registers: ElementRegisters;
  reviewedMerges?: ReviewedMerges | undefined;
}

export type SendOutcome = SendPapersOutcome<ReviewSlot> | { ok: false; reason: 'nothing_typed' };

const KIND = 'natural_person';
const MERGE = 'merge';

export class ManualReview {
  readonly config: ManualReviewConfig;
  readonly papers: PaperFiles<ReviewSlot>;
  readonly #deps: ManualReviewDependencies;

  constructor(deps: ManualReviewDependencies, config: ManualReviewConfig) {
    this.#deps = deps;
    this.config = config;
    // Those for an organisation or an old account wait beside them, with a purpose.
    this.papers = new PaperFiles(deps.files, reviewSlots);
  }

  /** The newest case of the account; undefined when it never had one. */
  async caseOf(accountId: string): Promise<ApplicantCase | undefined> {
    const cases = await this.#deps.desk.statusOf(accountId);
    return cases.find(({ kind }) => kind === KIND || kind === MERGE);
  }

  draftOf(accountId: string): Promise<ReviewDraft | undefined> {
    return this.#deps.drafts.find(accountId);
  }

  /** What a source said stays with it as long as the same identity is typed. */
  async keepDraft(
    accountId: string,
    { claim, birthDate, answer }: { claim: IdentityClaim; birthDate: string; answer?: DraftAnswer },
  ): Promise<void> {
    const { drafts } = this.#deps;
    const { type, number, country } = claim.certificate;
    const before = await drafts.find(accountId);
    const isSame =
      before?.type === type &&
      before.number === number &&
      before.country === country &&
      before.name === claim.name;
    const kept = isSame ? before.answers : [];
    const answers = answer
      ? [...kept.filter(({ source }) => source !== answer.source), answer]
      : kept;
    await drafts.save(accountId, { type, country, number, name: claim.name, birthDate, answers });
  }

  /** The person has agreed. Opens a case, or answers what was asked for in an open one. */
  async send(account: Account, by: { address: string; remark: string }): Promise<SendOutcome> {
    const { cases, drafts } = this.#deps;
    const [draft, present, papers] = await Promise.all([
      drafts.find(account.id),
      this.caseOf(account.id),
      this.papers.waiting(placeOf(account.id)),
    ]);
    if (!draft) return { ok: false, reason: 'nothing_typed' };
    const isAsked = present?.state === 'more_needed';
    if (present?.state === 'waiting') return { ok: false, reason: 'changed_meanwhile' };
    const slots = isAsked ? [] : missingSlots(slotsOf(draft.type, this.config.cap), papers);
    if (slots.length > 0) return { ok: false, reason: 'files_missing', slots };
    return sendPapers(this.#deps, {
      applicantId: account.id,
      claimed: { ...claimedTexts(draft), ...remarkText(by.remark) },
      fileIds: papers.map(({ id }) => id),
      to: isAsked
        ? { caseId: present.id, involvedIds: await cases.heldFrom(account.id) }
        : await this.#newCase(account.id, draft),
      consent: { item: 'manual_review', address: by.address },
    });
  }

  /** Opened by no step of the person's: two sources contradict each other. */
  async openForDisagreement(
    accountId: string,
    of: { claim: IdentityClaim; birthDate: string; answers: readonly NotedAnswer[] },
    session: ClientSession,
  ): Promise<void> {
    const { claim, birthDate, answers } = of;
    const { type, number, country } = claim.certificate;
    const draft = { type, number, country, name: claim.name, birthDate };
    const noted = answers.map(({ source, at, ...answer }) => ({
      ...answer,
      source: answerSourceOf[source],
      at: at.toISOString(),
    }));
    const claimed = claimedTexts({ ...draft, answers: [] });
    const opened = await this.#newCase(accountId, { ...draft, answers: noted });
    const own = { applicantId: accountId, claimed, fileIds: [] };
    await this.#deps.desk.open({ ...opened, ...own }, session);
  }

  /** False when it was decided meanwhile, or is not the account's. */
  async takeBack(accountId: string): Promise<boolean> {
    const present = await this.caseOf(accountId);
    if (!present) return false;
    const { id: caseId } = present;
    return takeBack(this.#deps, { caseId, applicantId: accountId }, async (session) => {
      await this.#deps.drafts.erase(accountId, session);
      return true;
    });
  }

  /** For the desk; see keepingFiles for what becomes of the files. */
  get handler(): DecisionHandler {
    return {
      approve: (reviewCase, session) => this.#approve(reviewCase, session),
      reject: () => Promise.resolve({ ok: true }),
      askSources: (reviewCase) => askSources(this.#deps, reviewCase),
    };
  }

  async #approve(of: ReviewCase, session: ClientSession): Promise<CarryOutcome> {
    const claim = claimOf(of.claimed);
    const { decision, applicantId: accountId } = of;
    if (!claim || !decision) return { ok: false, reason: 'claim_incomplete' };
    const isSeen = decision.reason === 'seen_at_window' || decision.reason === 'register_confirms';
    const recorded = await recordProofWithin(this.#deps, session, {
      accountId,
      proof: {
        claim,
        source: 'review',
        method: 'manual_review',
        config: this.config,
        grade: isSeen ? 'B' : 'C',
        resultCode: decision.reason,
        reference: of.id,
        decidedBy: decision.by,
        displacesNobody: !isLookedAtTwice(of),
      },
    });
    if (recorded.ok) await this.#deps.drafts.erase(accountId, session);
    else if (recorded.reason === 'identity_held') {
      return approveHeld(this.#deps, { of, cap: this.config.cap, claim, ...recorded }, session);
    }
    return recorded.ok ? recorded : { ok: false, reason: recorded.reason };
  }

  async #newCase(accountId: string, draft: ReviewDraft) {
    const { cases, clock, reviewedMerges } = this.#deps;
    const involvedIds = await cases.heldFrom(accountId);
    const isMerge = (await reviewedMerges?.isOffered(accountId)) === true;
    const answers: SourceAnswer[] = draft.answers.map((answer) => ({
      ...answer,
      at: new Date(answer.at),
      values: answer.outcome === 'matched' ? comparedTexts(draft) : {},
    }));
    const isHeld = involvedIds.length > 0;
    const isDisputed = isHeld || answers.some(({ outcome }) => outcome === 'different');
    const held = { source: 'account', outcome: 'different', resultCode: 'identity_held' } as const;
    return {
      kind: isMerge ? MERGE : KIND,
      involvedIds,
      answers: isHeld ? [...answers, { ...held, at: clock.now(), values: {} }] : answers,
      // Against the word of a register, or of who holds it, two pairs of eyes; what else is held is
      // found out when it is carried out.
      approvals: isDisputed ? 2 : this.config.approvals,
      uniqueKey: `${KIND}:${accountId}`,
    } as const;
  }
}

export function placeOf(accountId: string): PaperPlace {
  return { ownerId: accountId };
}

/** Who is verified to a level that a review cannot raise has no use for one. */
export function canBeReviewed(account: Account, cap: number): boolean {
  const { kind, realNameLevel } = account;
  return kind === 'naturalPerson' && realNameLevel < Math.max(VERIFIED_LEVEL, cap);
}
