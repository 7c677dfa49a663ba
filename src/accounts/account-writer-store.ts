// How an account is changed: read, decide, write and audit in one majority transaction, guarded
// by the revision. Used by the account store alone.
import type mongoose from 'mongoose';
import type { Account } from './account.ts';
import { changesOf } from './account-change.ts';
import type { OnAccountChanged } from './account-change.ts';
import { accountOf } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import { AccountWriteFence } from './account-write-fence-store.ts';
import type { AuditEvent, AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { duplicateFields } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

/** Who does it, for the audit record: an account id, `operator` or `system`. */
export interface ChangeContext {
  actor: string;
  reason?: string | undefined;
  address?: string | undefined;
  /** More writes of the same transaction, e.g. the credentials of a new account. */
  alongside?: ((session: ClientSession, accountId: string) => Promise<void>) | undefined;
  /** The caller's transaction, begun by `AccountStore.transaction`: the change is part of it. */
  within?: ClientSession | undefined;
}

/** What an account is no more; `level` is what is left of its real-name level: with a lock, all. */
export interface StandingLoss {
  accountId: string;
  cause: 'level_fell' | 'displaced' | 'closed' | 'locked';
  level: number;
}
/** In the transaction of the change: what stands upon the account follows it. */
export type OnStandingLost = (loss: StandingLoss, session: ClientSession) => Promise<void>;

/** In the transaction of the change, whatever it was: who follows accounts elsewhere looks at it later. */
export type OnAccountTouched = (accountId: string, session: ClientSession) => Promise<void>;

export type TakenReason = 'login_taken' | 'phone_taken' | 'identity_taken';
export type ChangeOutcome<Reason extends string = never> =
  | { ok: true; account: Account; hasChanged: boolean }
  | { ok: false; reason: 'account_unknown' | 'account_closed' | Reason };

export type AuditFacts = Pick<AuditEvent, 'type' | 'level' | 'details'> & {
  /** It was closed to its owner before, and is after. */
  isLockedAnyway?: boolean | undefined;
};
/** Undefined: nothing to change. */
export type Decision =
  | { audit: AuditFacts; update: { $set?: object; $unset?: object } }
  | undefined;

interface WriterDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  audit: AuditLog;
  model: mongoose.Model<AccountDocument>;
  onStandingLost?: OnStandingLost | undefined;
  onAccountChanged?: OnAccountChanged | undefined;
  onAccountTouched?: OnAccountTouched | undefined;
}

export class AccountWriter {
  readonly #deps: WriterDependencies;
  readonly #fence: AccountWriteFence;

  constructor(deps: WriterDependencies) {
    this.#deps = deps;
    this.#fence = new AccountWriteFence(deps);
  }

  /** Reads, decides and writes one open account in one transaction. */
  async update(
    id: string,
    by: ChangeContext,
    decide: (account: Account, session: ClientSession) => Decision | Promise<Decision>,
  ): Promise<ChangeOutcome> {
    const { keyring, clock, model } = this.#deps;
    let outcome: ChangeOutcome = { ok: false, reason: 'account_unknown' };
    await this.change(by, id, async (session) => {
      outcome = { ok: false, reason: 'account_unknown' };
      const before = await model.findById(id, null, { session }).lean<AccountDocument>();
      if (!before) return undefined;
      const account = accountOf(keyring, before);
      if (account.state === 'closed') {
        outcome = { ok: false, reason: 'account_closed' };
        return undefined;
      }
      const decision = await decide(account, session);
      outcome = { ok: true, account, hasChanged: false };
      if (!decision) return undefined;
      const after = await model
        .findOneAndUpdate(
          { _id: id, revision: before.revision },
          {
            ...decision.update,
            $set: { ...decision.update.$set, updatedAt: clock.now() },
            $inc: { revision: 1 },
          },
          { session, returnDocument: 'after' },
        )
        .lean<AccountDocument>();
      if (!after) return undefined;
      outcome = { ok: true, account: accountOf(keyring, after), hasChanged: true };
      return decision.audit;
    });
    return outcome;
  }

  /** Runs a transaction; true when `work` changed something and so gave an audit event. */
  async change(
    by: ChangeContext,
    id: string,
    work: (session: ClientSession) => Promise<AuditFacts | undefined>,
  ): Promise<boolean> {
    const change = async (session: ClientSession) => {
      const event = await work(session);
      if (!event) return false;
      await by.alongside?.(session, id);
      await this.record(session, id, { ...by, ...event });
      return true;
    };
    return by.within ? change(by.within) : this.transaction(change);
  }

  /** For changes of several accounts, or of an account and what else, that stand or fall together. */
  transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.#fence.transaction(work);
  }

  /** Writes the audit record of a change to the account `subject`. */
  async record(session: ClientSession, subject: string, change: ChangeContext & AuditFacts) {
    const { type, level, details, actor, reason, address } = change;
    const lost = standingLost(subject, change);
    if (lost) await this.#deps.onStandingLost?.(lost, session);
    const changes = changesOf(subject, change);
    if (changes.length > 0) await this.#deps.onAccountChanged?.(changes, session);
    await this.#deps.onAccountTouched?.(subject, session);
    await this.#deps.audit.record(
      { type, level, details, actor, subject, reason, address, result: 'done' },
      session,
    );
  }
}

/** Every change of an account has its record: nobody who changes one can forget who relies on it. */
function standingLost(
  accountId: string,
  { type, level = 0, details }: AuditFacts,
): StandingLoss | undefined {
  const cause = CAUSES.get(type);
  if (cause === undefined) return undefined;
  if (cause === 'level_fell' && level >= Number(details?.['from'])) return undefined;
  const left = cause === 'closed' ? 0 : cause === 'locked' ? HIGHEST_LEVEL : level;
  return { accountId, cause, level: left };
}

const HIGHEST_LEVEL = 4;

const CAUSES = new Map<AuditFacts['type'], StandingLoss['cause']>([
  ['accounts.identity_displaced', 'displaced'],
  ['accounts.level_changed', 'level_fell'],
  ['accounts.locked', 'locked'],
  ['accounts.frozen', 'locked'],
  ['accounts.rested', 'locked'],
  ['accounts.closed', 'closed'],
  ['accounts.erased', 'closed'],
  ['accounts.deleted', 'closed'],
]);

/** Which unique index refused a write; undefined for any other error. */
export function takenReason(error: unknown): TakenReason | undefined {
  const fields = duplicateFields(error);
  if (fields.includes('loginIndex')) return 'login_taken';
  if (fields.includes('phoneIndex')) return 'phone_taken';
  return fields.includes('identityIndex') ? 'identity_taken' : undefined;
}
