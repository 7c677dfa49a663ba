// An old account whose data contradict the account that would take it over, as its applicant sees it:
// what is typed and sent to staff, what becomes of it, and what an approval does. How cases are decided
// is src/review's business.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { EvidenceFile } from '../evidence-files/evidence-file-store.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
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
import { slotsOf } from '../verification/review-slots.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import { approveHeld, isLookedAtTwice } from '../verification/reviewed-merge.ts';
import type { ReviewedMerges } from '../verification/reviewed-merge.ts';
import { takeReviewTry } from '../verification/verification-tries.ts';
import type { TriesDependencies } from '../verification/verification-tries.ts';
import { joinOldAccount } from './bind-stock-account.ts';
import { canonicalOldLogin } from './stock-account.ts';
import type { StockAccount } from './stock-account.ts';
import type { StockAccountStore } from './stock-account-store.ts';
import { newStockCase } from './stock-case.ts';
import type { StockCase } from './stock-case.ts';

export interface StockReviewDependencies extends RecordProofDependencies, TriesDependencies {
  accounts: Pick<AccountStore, 'proveIdentity' | 'findById'>;
  notices: RecordProofDependencies['notices'] & Pick<SecurityNotices, 'stockAccountBound'>;
  database: Pick<Database, 'transaction'>;
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

export type SendStockOutcome =
  | { ok: true }
  | { ok: false; reason: 'tries_used_up' | 'changed_meanwhile' }
  | { ok: false; reason: 'files_missing'; slots: ReviewSlot[] };

const KIND = 'stock_account';

export class StockReview {
  readonly config: ManualReviewConfig;
  readonly #deps: StockReviewDependencies;

  constructor(deps: StockReviewDependencies, config: ManualReviewConfig) {
    this.#deps = deps;
    this.config = config;
  }

  /** How long files stay after the decision. */
  get keptDays(): number {
    return this.#deps.files.keptDays;
  }

  /** The newest case of the account; undefined when it never had one. */
  async caseOf(accountId: string): Promise<OwnStockCase | undefined> {
    const cases = await this.#deps.desk.statusOf(accountId);
    const newest = cases.find(({ kind }) => kind === KIND);
    return newest && this.#deps.desk.ownCase(newest.id, accountId);
  }

  /** Files that wait to be sent, and what they show. */
  async filesOf(accountId: string): Promise<(EvidenceFile & { shows: string })[]> {
    const files = await this.#deps.files.looseOf(accountId);
    return files.flatMap((file) => {
      const [shows = '', of] = file.slot.split(':');
      return of === KIND ? [{ ...file, shows }] : [];
    });
  }

  /** Kept apart from those for a verification. */
  addFile(
    { slot, ...of }: { ownerId: string; slot: ReviewSlot; address: string },
    bytes: Buffer,
  ): ReturnType<EvidenceFiles['add']> {
    return this.#deps.files.add({ ...of, slot: `${slot}:${KIND}` }, bytes);
  }

  /** False for a file that is unknown, another's, or sent already. */
  removeFile(id: string, accountId: string): Promise<boolean> {
    return this.#deps.files.discard(id, accountId);
  }

  /** The person has agreed. */
  async open(of: StockCase): Promise<SendStockOutcome> {
    const { account, address, claim } = of;
    const files = await this.filesOf(account.id);
    const slots = this.#missing(claim.certificate.type, files);
    if (slots.length > 0) return { ok: false, reason: 'files_missing', slots };
    const { cases, clock, desk } = this.#deps;
    return this.#send(account.id, { files, address }, async (session, fileIds) => {
      const holderIds = await cases.heldFrom(account.id);
      const least = this.config.approvals;
      const opened = newStockCase(of, { now: clock.now(), holderIds, least });
      return desk.open({ ...opened, fileIds }, session);
    });
  }

  /** What staff asked for. */
  async supply(account: Account, of: OwnStockCase, given: Supplied): Promise<SendStockOutcome> {
    const { desk, cases } = this.#deps;
    const { address, claimed } = given;
    const files = await this.filesOf(account.id);
    return this.#send(account.id, { files, address }, async (session, fileIds) => {
      const involvedIds = await cases.heldFrom(account.id);
      const sent = { by: account.id, fileIds, claimed, involvedIds };
      return (await desk.supply(of.id, sent, session)).ok ? of.id : undefined;
    });
  }

  /** False when it was decided meanwhile. */
  async withdraw(accountId: string): Promise<boolean> {
    const present = await this.caseOf(accountId);
    if (!present) return false;
    const { desk, files } = this.#deps;
    return this.#inTransaction(async (session) => {
      if (!(await desk.withdraw(present.id, accountId, session))) return false;
      await files.caseWithdrawn(present.id, session);
      return true;
    });
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

  async #send(
    accountId: string,
    { files, address }: { files: readonly EvidenceFile[]; address: string },
    hand: (session: ClientSession, fileIds: string[]) => Promise<string | undefined>,
  ): Promise<SendStockOutcome> {
    const taken = await takeReviewTry(this.#deps, accountId);
    if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
    const fileIds = files.map(({ id }) => id);
    const isDone = await this.#inTransaction(async (session) => {
      const caseId = await hand(session, fileIds);
      if (caseId === undefined) return false;
      const to = { ownerId: accountId, caseId };
      if (!(await this.#deps.files.attach(fileIds, to, session))) return false;
      const details = { item: 'manual_review', case: caseId };
      const record = { type: 'verification.consented', actor: accountId, address } as const;
      await this.#deps.audit.record({ ...record, result: 'done', details }, session);
      return true;
    });
    if (!isDone) await this.#deps.budgets.giveBack(taken.reservations);
    return isDone ? { ok: true } : { ok: false, reason: 'changed_meanwhile' };
  }

  #missing(type: CertificateType, files: readonly { shows: string }[]): ReviewSlot[] {
    return slotsOf(type, this.config.cap)
      .filter(({ slot, isRequired }) => isRequired && !files.some(({ shows }) => shows === slot))
      .map(({ slot }) => slot);
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
