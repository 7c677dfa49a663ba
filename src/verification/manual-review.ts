// The review of an identity by people, as its applicant sees it: what is typed and sent, what
// becomes of it, and what an approval does. How cases are decided is src/review's business.
import type { Account } from '../accounts/account.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { EvidenceFile } from '../evidence-files/evidence-file-store.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { ManualReviewConfig } from '../platform/verification-config.ts';
import type {
  CarryOutcome,
  DecisionHandler,
  FieldTexts,
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
import { takeReviewTry } from './verification-tries.ts';
import type { TriesDependencies } from './verification-tries.ts';

export interface ManualReviewDependencies extends RecordProofDependencies, TriesDependencies {
  database: Pick<Database, 'transaction'>;
  desk: Pick<ReviewDesk, 'open' | 'supply' | 'withdraw' | 'statusOf'>;
  files: EvidenceFiles;
  drafts: ReviewDraftStore;
  cases: IdentityCaseStore;
  audit: AuditLog;
  clock: Clock;
  registers: ElementRegisters;
  reviewedMerges?: ReviewedMerges | undefined;
}

export type SendOutcome =
  | { ok: true }
  | { ok: false; reason: 'nothing_typed' | 'tries_used_up' | 'changed_meanwhile' }
  | { ok: false; reason: 'files_missing'; slots: ReviewSlot[] };

interface Sent {
  draft: ReviewDraft;
  fileIds: string[];
  claimed: FieldTexts;
}

const KIND = 'natural_person';
const MERGE = 'merge';
/** Characters. */
const MAX_REMARK = 500;

export class ManualReview {
  readonly config: ManualReviewConfig;
  readonly #deps: ManualReviewDependencies;

  constructor(deps: ManualReviewDependencies, config: ManualReviewConfig) {
    this.#deps = deps;
    this.config = config;
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

  /** Files that wait to be sent. */
  filesOf(accountId: string): Promise<EvidenceFile[]> {
    return this.#ownFiles(accountId);
  }

  addFile(...given: Parameters<EvidenceFiles['add']>): ReturnType<EvidenceFiles['add']> {
    return this.#deps.files.add(...given);
  }

  /** False for a file that is unknown, another's, or sent already. */
  removeFile(id: string, accountId: string): Promise<boolean> {
    return this.#deps.files.discard(id, accountId);
  }

  /** How long files stay after the decision. */
  get keptDays(): number {
    return this.#deps.files.keptDays;
  }

  /** The person has agreed. Opens a case, or answers what was asked for in an open one. */
  async send(account: Account, by: { address: string; remark: string }): Promise<SendOutcome> {
    const { desk, drafts, files } = this.#deps;
    const [draft, present, loose] = await Promise.all([
      drafts.find(account.id),
      this.caseOf(account.id),
      this.#ownFiles(account.id),
    ]);
    if (!draft) return { ok: false, reason: 'nothing_typed' };
    const isAsked = present?.state === 'more_needed';
    if (present?.state === 'waiting') return { ok: false, reason: 'changed_meanwhile' };
    const slots = isAsked ? [] : this.#missing(draft, loose);
    if (slots.length > 0) return { ok: false, reason: 'files_missing', slots };
    const taken = await takeReviewTry(this.#deps, account.id);
    if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
    const fileIds = loose.map(({ id }) => id);
    const remark = by.remark.trim().slice(0, MAX_REMARK);
    const claimed = { ...claimedTexts(draft), ...(remark === '' ? {} : { remark }) };
    const sent = { draft, fileIds, claimed };
    const isDone = await this.#inTransaction(async (session) => {
      const caseId = isAsked
        ? await this.#supply(account.id, { ...sent, caseId: present.id }, session)
        : await desk.open(await this.#newCase(account.id, sent), session);
      if (caseId === undefined) return false;
      if (!(await files.attach(fileIds, { ownerId: account.id, caseId }, session))) return false;
      await this.#noteConsent(account.id, { address: by.address, caseId }, session);
      return true;
    });
    if (!isDone) await this.#deps.budgets.giveBack(taken.reservations);
    return isDone ? { ok: true } : { ok: false, reason: 'changed_meanwhile' };
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
    const sent = { draft: { ...draft, answers: noted }, fileIds: [], claimed };
    await this.#deps.desk.open(await this.#newCase(accountId, sent), session);
  }

  /** False when it was decided meanwhile, or is not the account's. */
  async withdraw(accountId: string): Promise<boolean> {
    const present = await this.caseOf(accountId);
    if (!present) return false;
    const { desk, files, drafts } = this.#deps;
    return this.#inTransaction(async (session) => {
      if (!(await desk.withdraw(present.id, accountId, session))) return false;
      await files.caseWithdrawn(present.id, session);
      await drafts.erase(accountId, session);
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

  async #newCase(accountId: string, { draft, fileIds, claimed }: Sent) {
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
      applicantId: accountId,
      involvedIds,
      claimed,
      answers: isHeld ? [...answers, { ...held, at: clock.now(), values: {} }] : answers,
      fileIds,
      // Against the word of a register, or of who holds it, two pairs of eyes; what else is held is
      // found out when it is carried out.
      approvals: isDisputed ? 2 : this.config.approvals,
      uniqueKey: `${KIND}:${accountId}`,
    } as const;
  }

  async #supply(
    by: string,
    { fileIds, claimed, caseId }: Sent & { caseId: string },
    session: ClientSession,
  ): Promise<string | undefined> {
    const involvedIds = await this.#deps.cases.heldFrom(by);
    const given = { by, fileIds, claimed, involvedIds };
    const supplied = await this.#deps.desk.supply(caseId, given, session);
    return supplied.ok ? caseId : undefined;
  }

  /** Those for an organisation wait beside them. */
  async #ownFiles(accountId: string): Promise<EvidenceFile[]> {
    const files = await this.#deps.files.looseOf(accountId);
    return files.filter(({ slot }) => reviewSlots.some((own) => own === slot));
  }

  #missing({ type }: ReviewDraft, files: readonly EvidenceFile[]): ReviewSlot[] {
    return slotsOf(type, this.config.cap)
      .filter(({ slot, isRequired }) => isRequired && !files.some((file) => file.slot === slot))
      .map(({ slot }) => slot);
  }

  async #noteConsent(
    actor: string,
    { address, caseId }: { address: string; caseId: string },
    session: ClientSession,
  ): Promise<void> {
    const details = { item: 'manual_review', case: caseId };
    const record = { type: 'verification.consented', actor, address, result: 'done' } as const;
    await this.#deps.audit.record({ ...record, details }, session);
  }

  /** All of it or, with false, nothing. */
  async #inTransaction(work: (session: ClientSession) => Promise<boolean>): Promise<boolean> {
    try {
      return await this.#deps.database.transaction(async (session) => {
        if (await work(session)) return true;
        throw new Overtaken('the review has gone on');
      });
    } catch (error) {
      if (error instanceof Overtaken) return false;
      throw error;
    }
  }
}

/** Who is verified to a level that a review cannot raise has no use for one. */
export function canBeReviewed(account: Account, cap: number): boolean {
  const { kind, realNameLevel } = account;
  return kind === 'naturalPerson' && realNameLevel < Math.max(VERIFIED_LEVEL, cap);
}
