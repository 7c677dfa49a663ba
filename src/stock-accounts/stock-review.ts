// An old account whose data contradict the account that would take it over, as its applicant sees it:
// what is typed and sent to staff, what becomes of it, and what an approval does. How cases are decided
// is src/review's business.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import { sendPapers, takeBack } from '../papers/hand-in.ts';
import type { HandInTo, SendPapersDependencies, SendPapersOutcome } from '../papers/hand-in.ts';
import { missingSlots, PaperFiles } from '../papers/paper-files.ts';
import type { Paper, PaperPlace } from '../papers/paper-files.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import type { ManualReviewConfig } from '../platform/verification-config.ts';
import type {
  CarryOutcome,
  DecisionHandler,
  FieldTexts,
  ReviewCase,
} from '../review/review-case.ts';
import type { ApplicantCase, ReviewDesk } from '../review/review-desk.ts';
import { recordProofWithin } from '../verification/record-proof.ts';
import type { RecordProofDependencies } from '../verification/record-proof.ts';
import { claimOf } from '../verification/review-claim.ts';
import { reviewSlots, slotsOf } from '../verification/review-slots.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import { approveHeld, isLookedAtTwice } from '../verification/reviewed-merge.ts';
import type { ReviewedMerges } from '../verification/reviewed-merge.ts';
import { joinOldAccount } from './bind-stock-account.ts';
import { canonicalOldLogin } from './stock-account.ts';
import type { StockAccount } from './stock-account.ts';
import type { StockAccountStore } from './stock-account-store.ts';
import { newStockCase } from './stock-case.ts';
import type { StockCase } from './stock-case.ts';

export interface StockReviewDependencies extends RecordProofDependencies, SendPapersDependencies {
  accounts: Pick<AccountStore, 'proveIdentity' | 'findById'>;
  notices: RecordProofDependencies['notices'] & Pick<SecurityNotices, 'stockAccountBound'>;
  desk: Pick<ReviewDesk, 'open' | 'supply' | 'withdraw' | 'statusOf' | 'ownCase'>;
  files: EvidenceFiles;
  stock: Pick<StockAccountStore, 'bind' | 'findById' | 'findByLogin'>;
  sources: readonly StockSource[];
  reviewedMerges?: ReviewedMerges | undefined;
}

export type OwnStockCase = ApplicantCase & { claimed: FieldTexts };

export interface Supplied {
  claimed: FieldTexts;
  /** Of the person's browser. */
  address: string;
}

export type SendStockOutcome = SendPapersOutcome<ReviewSlot>;

const KIND = 'stock_account';

export class StockReview {
  readonly config: ManualReviewConfig;
  readonly papers: PaperFiles<ReviewSlot>;
  readonly #deps: StockReviewDependencies;

  constructor(deps: StockReviewDependencies, config: ManualReviewConfig) {
    this.#deps = deps;
    this.config = config;
    this.papers = new PaperFiles(deps.files, reviewSlots);
  }

  /** The newest case of the account; undefined when it never had one. */
  async caseOf(accountId: string): Promise<OwnStockCase | undefined> {
    const cases = await this.#deps.desk.statusOf(accountId);
    const newest = cases.find(({ kind }) => kind === KIND);
    return newest && this.#deps.desk.ownCase(newest.id, accountId);
  }

  /** The person has agreed. */
  async open(of: StockCase): Promise<SendStockOutcome> {
    const { account, address, claim } = of;
    const papers = await this.papers.waiting(placeOf(account.id));
    const rules = slotsOf(claim.certificate.type, this.config.cap);
    const slots = missingSlots(rules, papers);
    if (slots.length > 0) return { ok: false, reason: 'files_missing', slots };
    const { cases, clock } = this.#deps;
    const holderIds = await cases.heldFrom(account.id);
    const least = this.config.approvals;
    const { claimed, ...to } = newStockCase(of, { now: clock.now(), holderIds, least });
    return this.#send(account.id, { papers, address, claimed, to });
  }

  /** What staff asked for. */
  async supply(account: Account, of: OwnStockCase, given: Supplied): Promise<SendStockOutcome> {
    const [papers, involvedIds] = await Promise.all([
      this.papers.waiting(placeOf(account.id)),
      this.#deps.cases.heldFrom(account.id),
    ]);
    return this.#send(account.id, { ...given, papers, to: { caseId: of.id, involvedIds } });
  }

  /** False when it was decided meanwhile. */
  async takeBack(accountId: string): Promise<boolean> {
    const present = await this.caseOf(accountId);
    if (!present) return false;
    return takeBack(this.#deps, { caseId: present.id, applicantId: accountId });
  }

  /** For the desk; see keepingFiles for what becomes of the files. */
  get handler(): DecisionHandler {
    return {
      approve: (reviewCase, session) => this.#approve(reviewCase, session),
      reject: () => Promise.resolve({ ok: true }),
    };
  }

  /** Identity and old account, or neither. */
  async #approve(of: ReviewCase, session: ClientSession): Promise<CarryOutcome> {
    const { decision, applicantId } = of;
    const claim = claimOf(of.claimed);
    const found = await this.#oldAccountOf(of, session);
    const account = await this.#deps.accounts.findById(applicantId);
    if (!claim || !decision || !found) return { ok: false, reason: 'claim_incomplete' };
    if (!account) return { ok: false, reason: 'account_unknown' };
    if (found.old.state !== 'imported') return { ok: false, reason: 'old_account_taken' };
    const recorded = await recordProofWithin(this.#deps, session, {
      accountId: applicantId,
      proof: {
        claim,
        source: 'review',
        method: 'manual_review',
        config: this.config,
        grade: decision.reason === 'seen_at_window' ? 'B' : 'C',
        resultCode: decision.reason,
        reference: of.id,
        decidedBy: decision.by,
        displacesNobody: !isLookedAtTwice(of),
      },
    });
    if (!recorded.ok && recorded.reason !== 'identity_held') {
      return { ok: false, reason: recorded.reason };
    }
    const held = { of, cap: this.config.cap, claim };
    const proven: CarryOutcome = recorded.ok
      ? recorded
      : await approveHeld(this.#deps, { ...held, holderId: recorded.holderId }, session);
    if (!proven.ok) return proven;
    const level = recorded.ok ? recorded.level : account.realNameLevel;
    const joining = { ...found, account, actor: decision.by, level };
    const wake = await joinOldAccount(this.#deps, session, joining);
    const { afterCommit } = proven;
    return {
      ok: true,
      async afterCommit() {
        wake();
        await afterCommit?.();
      },
    };
  }

  async #oldAccountOf(
    { claimed: { legacySystem, legacyLogin } }: ReviewCase,
    session: ClientSession,
  ): Promise<{ old: StockAccount; source: StockSource } | undefined> {
    const { sources, stock } = this.#deps;
    const source = sources.find(({ id }) => id === legacySystem);
    if (!source || legacyLogin === undefined) return undefined;
    const known = await stock.findByLogin(source.id, canonicalOldLogin(legacyLogin, source));
    const old = known && (await stock.findById(known.id, session));
    return old && { old, source };
  }

  #send(
    applicantId: string,
    { papers, address, claimed, to }: Supplied & { papers: Paper<ReviewSlot>[]; to: HandInTo },
  ): Promise<SendStockOutcome> {
    const fileIds = papers.map(({ id }) => id);
    const consent = { item: 'manual_review', address };
    return sendPapers(this.#deps, { applicantId, claimed, fileIds, to, consent });
  }
}

/** Kept apart from those for a verification. */
export function placeOf(accountId: string): PaperPlace {
  return { ownerId: accountId, purpose: KIND };
}
