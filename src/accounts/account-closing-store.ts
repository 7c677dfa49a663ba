// The end of an account that its owner asked for: begun, taken back or carried out, each step in one
// transaction with its audit record and decided by the account's revision, so that of a withdrawal and
// the last step exactly one happens, however many processes try.
import type mongoose from 'mongoose';
import type { Account, AccountClosing } from './account.ts';
import type { OnAccountChanged } from './account-change.ts';
import { accountOf, indexNames } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import { accountModel } from './account-model-store.ts';
import { AccountWriter } from './account-writer-store.ts';
import type {
  ChangeContext,
  Decision,
  OnAccountTouched,
  OnStandingLost,
} from './account-writer-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

interface AccountClosingDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  audit: AuditLog;
  onStandingLost?: OnStandingLost | undefined;
  onAccountChanged?: OnAccountChanged | undefined;
  onAccountTouched?: OnAccountTouched | undefined;
}

/** In the transaction: whether something forbids the end of this account. */
type Forbids = (account: Account, session: ClientSession) => Promise<boolean>;

type Refusal = 'account_unavailable' | 'closing_already' | 'forbidden';
export type BeginClosingOutcome = { ok: true } | { ok: false; reason: Refusal };
export type EndClosingOutcome = 'ending' | 'forbidden' | 'not_due';

export class AccountClosings {
  readonly #deps: AccountClosingDependencies;
  readonly #model: mongoose.Model<AccountDocument>;
  readonly #writer: AccountWriter;

  constructor(deps: AccountClosingDependencies) {
    this.#deps = deps;
    this.#model = accountModel(deps.database.connection);
    this.#writer = new AccountWriter({ ...deps, model: this.#model });
  }

  /** @param to.cancelToken opens nothing but the way back */
  async begin(
    id: string,
    to: { dueAt: Date; cancelToken: string; forbids: Forbids },
    by: ChangeContext,
  ): Promise<BeginClosingOutcome> {
    let refusal: Refusal | undefined;
    const [cancelKey = ''] = this.#cancelKeys(to.cancelToken);
    const outcome = await this.#writer.update(id, by, async (account, session) => {
      refusal = undefined;
      if (!account.isActive) refusal = 'account_unavailable';
      else if (account.closing) refusal = 'closing_already';
      else if (await to.forbids(account, session)) refusal = 'forbidden';
      if (refusal) return undefined;
      const requestedAt = this.#deps.clock.now();
      const closing = { stage: 'begun', requestedAt, dueAt: to.dueAt, cancelKey };
      return { audit: { type: 'privacy.closing_requested' }, update: { $set: { closing } } };
    });
    if (!outcome.ok) return { ok: false, reason: 'account_unavailable' };
    return refusal ? { ok: false, reason: refusal } : { ok: true };
  }

  /** All that was open has ended. */
  async settled(id: string): Promise<void> {
    const $set = { 'closing.stage': 'waiting' };
    await this.#model.updateOne({ _id: id, 'closing.stage': 'begun' }, { $set });
  }

  /** False when there is nothing to take back, or no more. */
  async cancel(id: string, by: ChangeContext): Promise<boolean> {
    const outcome = await this.#writer.update(id, by, ({ closing }) =>
      closing && closing.stage !== 'ending' ? CANCELLED : undefined,
    );
    return outcome.ok && outcome.hasChanged;
  }

  async findByCancelToken(token: string): Promise<Account | undefined> {
    const document = await this.#model
      .findOne({ 'closing.cancelKey': { $in: this.#cancelKeys(token) } })
      .lean<AccountDocument>();
    return document ? accountOf(this.#deps.keyring, document) : undefined;
  }

  /** Accounts of which something is to be done now. */
  async due(limit: number): Promise<{ id: string; stage: AccountClosing['stage'] }[]> {
    const isUnfinished = { 'closing.stage': { $in: ['begun', 'ending'] } };
    const isOver = { 'closing.dueAt': { $lte: this.#deps.clock.now() } };
    const documents = await this.#accounts
      .find({ closing: { $exists: true }, $or: [isUnfinished, isOver] })
      .project<Pick<AccountDocument, '_id' | 'closing'>>({ closing: 1 })
      .sort({ 'closing.dueAt': 1 })
      .limit(limit)
      .toArray();
    return documents.flatMap(({ _id: id, closing }) =>
      closing ? [{ id, stage: closing.stage }] : [],
    );
  }

  /**
   * From here on nobody can use the account or take its end back. What has come to forbid it since
   * takes the request back instead.
   */
  async beginEnding(
    id: string,
    of: { forbids: Forbids; onForbidden(session: ClientSession): Promise<void> },
  ): Promise<EndClosingOutcome> {
    let result: EndClosingOutcome = 'not_due';
    const by = { actor: 'system', reason: 'closing' };
    await this.#writer.update(id, by, async (account, session) => {
      const { closing } = account;
      result = closing?.stage === 'ending' ? 'ending' : 'not_due';
      if (!account.isActive || closing?.stage !== 'waiting') return undefined;
      if (closing.dueAt > this.#deps.clock.now()) return undefined;
      if (await of.forbids(account, session)) {
        result = 'forbidden';
        await of.onForbidden(session);
        return CANCELLED;
      }
      result = 'ending';
      const $set = { state: 'locked', 'closing.stage': 'ending' };
      return { audit: { type: 'accounts.locked' }, update: { $set } };
    });
    return result;
  }

  /** Accounts that were closed in another way before `until` and still hold what they held. */
  async closedBefore(until: Date, limit: number): Promise<string[]> {
    const documents = await this.#accounts
      .find({ state: 'closed', erasedAt: { $exists: false }, updatedAt: { $lte: until } })
      .project<{ _id: string }>({ _id: 1 })
      .limit(limit)
      .toArray();
    return documents.map(({ _id }) => _id);
  }

  /**
   * The last step: nothing personal is left in the account, and nobody is found by what it was found
   * by. Its id stays for good, so that no other account gets the identifiers that systems know.
   * @param alongside in the transaction, before: keeps what law keeps, erases what others hold
   * @returns false when there was nothing to do (any more)
   */
  async erase(
    id: string,
    alongside: (account: Account, session: ClientSession) => Promise<void>,
  ): Promise<boolean> {
    const erasable = { $or: [{ 'closing.stage': 'ending' }, { state: 'closed' as const }] };
    return this.#writer.change({ actor: 'system' }, id, async (session) => {
      const filter = { _id: id, erasedAt: { $exists: false }, ...erasable };
      const before = await this.#accounts.findOne(filter, { session });
      if (!before) return undefined;
      await alongside(accountOf(this.#deps.keyring, before), session);
      const of = { _id: id, revision: before.revision };
      const update = emptied(this.#deps.clock.now());
      const { matchedCount } = await this.#model.updateOne(of, update, { session });
      if (matchedCount === 0) throw new Error('an account changed within a transaction');
      return { type: 'accounts.erased' };
    });
  }

  get #accounts() {
    return this.#deps.database.collection<AccountDocument>('accounts');
  }

  #cancelKeys(token: string): string[] {
    return this.#deps.keyring
      .macs('artefactId', 'accounts.closing-cancel', token)
      .map((mac) => mac.toString('base64url'));
  }
}

const CANCELLED = {
  audit: { type: 'privacy.closing_cancelled' },
  update: { $unset: { closing: 1 } },
} as const satisfies Decision;

const emptiedFacts = {
  closing: 1,
  formerIds: 1,
  isWard: 1,
  parentId: 1,
  qualifications: 1,
  roles: 1,
  subtype: 1,
  realNameVerifiedAt: 1,
} as const;

function emptied(now: Date) {
  const facts = { state: 'closed', realNameLevel: 0, attributes: {}, erasedAt: now } as const;
  const indexes = Object.fromEntries(indexNames.map((name) => [name, 1]));
  return {
    $set: { ...facts, updatedAt: now },
    $unset: { ...indexes, ...emptiedFacts },
    $inc: { revision: 1 },
  };
}
