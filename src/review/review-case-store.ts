// Review cases in the database. Every change is a compare-and-set on the revision, so that of two
// reviewers, or of a reviewer and the worker, one decides.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { HistoryEntry, SecondLook } from './case-history.ts';
import { approvalsOf } from './review-case.ts';
import type {
  Claim,
  Decision,
  FieldTexts,
  NewReviewCase,
  ReviewCase,
  ReviewCaseFacts,
  ReviewKind,
  ReviewOutcome,
  ReviewState,
  SourceAnswer,
  Vote,
} from './review-case.ts';
import {
  REVIEW_CASES,
  caseOf,
  factsOf,
  identityLookUps,
  identityMacs,
  sealContent,
  sealNote,
} from './review-case-document.ts';
import type { ReviewCaseDocument } from './review-case-document.ts';

/** What a change writes; `null` takes away. */
export interface CasePatch {
  state?: ReviewState;
  claim?: Claim | null;
  approvals?: 2;
  votes?: readonly Vote[];
  decision?: Decision | null;
  outcome?: ReviewOutcome;
  closedAt?: Date;
  dueAt?: Date;
  secondLook?: SecondLook;
  trouble?: string | null;
  fileIds?: readonly string[];
  involvedIds?: readonly string[];
  content?: { claimed: FieldTexts; answers: readonly SourceAnswer[] };
  /** Another case with the same key may be opened. */
  openKey?: null;
}

interface ReviewCaseStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

const ID_DIGITS = 12;
const HISTORY_LENGTH = 200;
const LEASE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 3600;
const MOST_RELATED = 50;

export class ReviewCaseStore {
  readonly #deps: ReviewCaseStoreDependencies;

  constructor(deps: ReviewCaseStoreDependencies) {
    this.#deps = deps;
  }

  /** The id of the new case, or of the open one with the same key. */
  async open(
    { uniqueKey, claimed, answers, ...facts }: Omit<NewReviewCase, 'dueAt'>,
    dueAt: Date,
    session: ClientSession,
  ): Promise<{ id: string; isNew: boolean }> {
    const { keyring, clock, random } = this.#deps;
    const _id = random.digits(ID_DIGITS);
    const now = clock.now();
    const document: ReviewCaseDocument = {
      _id,
      kind: facts.kind,
      state: 'pending',
      applicantId: facts.applicantId,
      involvedIds: [...new Set(facts.involvedIds)],
      approvals: approvalsOf(facts.kind, facts.approvals),
      openedAt: now,
      dueAt,
      notBefore: facts.notBefore,
      claim: undefined,
      votes: [],
      outcome: undefined,
      closedAt: undefined,
      secondLook: undefined,
      trouble: undefined,
      fileIds: [...facts.fileIds],
      revision: 1,
      sealed: sealContent(keyring, _id, { claimed, answers }),
      history: [{ at: now, by: facts.applicantId, step: 'opened' }],
      identityMacs: identityMacs(keyring, claimed),
      schemaVersion: 1,
    };
    if (uniqueKey === undefined) {
      await this.#cases.insertOne(document, { session });
      return { id: _id, isNew: true };
    }
    const found = await this.#cases.findOneAndUpdate(
      { openKey: uniqueKey },
      { $setOnInsert: document },
      { session, upsert: true, returnDocument: 'after', projection: { _id: 1 } },
    );
    const id = found?._id ?? _id;
    return { id, isNew: id === _id };
  }

  async find(id: string, session?: ClientSession): Promise<ReviewCase | undefined> {
    const document = await this.#cases.findOne({ _id: id }, session ? { session } : {});
    return document ? caseOf(this.#deps.keyring, document) : undefined;
  }

  /** False when somebody else was faster. */
  async change(
    { id, revision }: Pick<ReviewCaseFacts, 'id' | 'revision'>,
    { patch, entry }: { patch: CasePatch; entry?: Omit<HistoryEntry, 'at'> | undefined },
    session?: ClientSession,
  ): Promise<boolean> {
    const now = this.#deps.clock.now();
    const fields = Object.entries(this.#fieldsOf(id, patch));
    const unset = fields.filter(([, value]) => value === null).map(([name]) => [name, 1]);
    const { matchedCount } = await this.#cases.updateOne(
      { _id: id, revision },
      {
        $set: Object.fromEntries(fields.filter(([, value]) => value !== null)),
        $unset: Object.fromEntries([...unset, ['leasedUntil', 1], ['attempts', 1]]),
        $inc: { revision: 1 },
        ...(entry
          ? { $push: { history: { $each: [{ at: now, ...entry }], $slice: -HISTORY_LENGTH } } }
          : {}),
      },
      session ? { session } : {},
    );
    return matchedCount === 1;
  }

  #fieldsOf(id: string, { content, decision, ...rest }: CasePatch): Record<string, unknown> {
    const { keyring } = this.#deps;
    const { note, ...facts } = decision ?? {};
    return {
      ...rest,
      ...(decision === undefined ? {} : { decision: decision && facts }),
      ...(decision === undefined ? {} : { note: note ? sealNote(keyring, id, note) : null }),
      ...(content && {
        sealed: sealContent(keyring, id, content),
        identityMacs: identityMacs(keyring, content.claimed),
      }),
    };
  }

  /** One whose time to undo is over, for this process to carry out; nobody else tries meanwhile. */
  async leaseDecided(kinds: readonly ReviewKind[]): Promise<string | undefined> {
    const { clock } = this.#deps;
    const now = clock.now();
    const isDue = {
      state: 'decided' as const,
      kind: { $in: [...kinds] },
      'decision.effectiveAt': { $lte: now },
      $or: [{ leasedUntil: { $exists: false } }, { leasedUntil: { $lte: now } }],
    };
    if (!(await isAny(this.#deps.database, REVIEW_CASES, isDue))) return undefined;
    const leased = await this.#cases.findOneAndUpdate(
      isDue,
      { $set: { leasedUntil: secondsFromNow(clock, LEASE_SECONDS) }, $inc: { attempts: 1 } },
      { sort: { 'decision.effectiveAt': 1 }, projection: { _id: 1 } },
    );
    return leased?._id;
  }

  /** After a failure: later again, ever more seldom, at least once an hour. */
  async postpone(id: string): Promise<void> {
    const found = await this.#cases.findOne({ _id: id }, { projection: { attempts: 1 } });
    const pause = Math.min(LEASE_SECONDS * 2 ** (found?.attempts ?? 1), LONGEST_PAUSE_SECONDS);
    const leasedUntil = secondsFromNow(this.#deps.clock, pause);
    await this.#cases.updateOne({ _id: id, state: 'decided' }, { $set: { leasedUntil } });
  }

  /** Newest first. */
  async listOfApplicant(applicantId: string, limit: number): Promise<ReviewCaseFacts[]> {
    const documents = await this.#cases
      .find({ applicantId }, { projection: { sealed: 0, history: 0 } })
      .sort({ openedAt: -1 })
      .limit(limit)
      .toArray();
    return documents.map((document) => factsOf(this.#deps.keyring, document));
  }

  /** Other cases of the same accounts or numbers, newest first. */
  async listRelated(of: ReviewCase): Promise<ReviewCaseFacts[]> {
    const accounts = [of.applicantId, ...of.involvedIds];
    const macs = identityLookUps(this.#deps.keyring, of.claimed);
    const documents = await this.#cases
      .find(
        {
          _id: { $ne: of.id },
          $or: [
            { applicantId: { $in: accounts } },
            { involvedIds: { $in: accounts } },
            ...(macs.length > 0 ? [{ identityMacs: { $in: macs } }] : []),
          ],
        },
        { projection: { sealed: 0, history: 0 } },
      )
      .sort({ openedAt: -1 })
      .limit(MOST_RELATED)
      .toArray();
    return documents.map((document) => factsOf(this.#deps.keyring, document));
  }

  /** Part of the removal of an account: its own cases go, and with them what it claimed. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#cases.deleteMany({ applicantId: accountId }, { session });
    await this.#cases.updateMany(
      { involvedIds: accountId },
      { $pull: { involvedIds: accountId } },
      { session },
    );
  }

  get #cases() {
    return this.#deps.database.collection<ReviewCaseDocument>(REVIEW_CASES);
  }
}
