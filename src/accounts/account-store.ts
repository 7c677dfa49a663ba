// Accounts in the database. Uniqueness is the indexes' decision: a refused write says which of
// name, phone or identity belongs to somebody else. Every change stands with its audit record.
import type mongoose from 'mongoose';
import type { Account, AccountKind, Attributes, RealNameLevel } from './account.ts';
import type { OnAccountChanged } from './account-change.ts';
import { accountOf, documentOf } from './account-document.ts';
import type { AccountDocument } from './account-document.ts';
import type { AccountDraft } from './account-draft.ts';
import { AccountFinder } from './account-finder-store.ts';
import { accountModel } from './account-model-store.ts';
import {
  closeDecision,
  freezeDecision,
  lockDecision,
  restDecision,
  resumeDecision,
  unlockDecision,
} from './account-state.ts';
import { AccountWriter, takenReason } from './account-writer-store.ts';
import type {
  ChangeContext,
  ChangeOutcome,
  OnAccountTouched,
  OnStandingLost,
  TakenReason,
} from './account-writer-store.ts';
import { VerifiedIdentities } from './verified-identity-store.ts';
import type { IdentityProof } from './proven-identity.ts';
import type { ProveContext, ProveOutcome } from './verified-identity-store.ts';
import { changeContact } from './contact-change-store.ts';
import type { ContactChange, ContactChangeOutcome } from './contact-change-store.ts';
import { takeOverAccount } from './merged-account-store.ts';
import type { TakenOver } from './merged-account-store.ts';
import { levelAccount } from './level-account-store.ts';
import type { LevelOutcome, LevelTo } from './level-account-store.ts';
import { leavePhone } from './phone-holder-store.ts';
import { noteQualifications } from './qualified-account-store.ts';
import type { NoteQualifications } from './qualified-account-store.ts';
import { recoverAccount } from './recovered-account-store.ts';
import type { RecoveredTo } from './recovered-account-store.ts';
import { renameAccount } from './renamed-account-store.ts';
import type { RenamedTo } from './renamed-account-store.ts';
import { shadowAccount } from './shadowed-account-store.ts';
import type { ShadowedTo } from './shadowed-account-store.ts';
import { SubAccounts } from './sub-account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

interface AccountStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  onStandingLost?: OnStandingLost | undefined;
  onAccountChanged?: OnAccountChanged | undefined;
  onAccountTouched?: OnAccountTouched | undefined;
}

export type InsertOutcome = { ok: true; account: Account } | { ok: false; reason: TakenReason };
const ACCOUNTS = 'accounts';

export class AccountStore {
  readonly #deps: AccountStoreDependencies;
  readonly #model: mongoose.Model<AccountDocument>;
  readonly #writer: AccountWriter;
  readonly #finder: AccountFinder;
  readonly #identities: VerifiedIdentities;
  /** Of branches and departments; see sub-account-store.ts. */
  readonly subAccounts: SubAccounts;

  constructor(deps: AccountStoreDependencies) {
    this.#deps = deps;
    this.#model = accountModel(deps.database.connection);
    this.#writer = new AccountWriter({ ...deps, model: this.#model });
    this.#finder = new AccountFinder({ keyring: deps.keyring, model: this.#model });
    this.#identities = new VerifiedIdentities(deps);
    this.subAccounts = new SubAccounts({ keyring: deps.keyring, model: this.#model });
  }

  get #parts() {
    return { model: this.#model, writer: this.#writer, clock: this.#deps.clock };
  }

  /**
   * Runs a transaction that changes of this store take part in (`within`). What a unique index
   * refuses there ends the whole of it.
   */
  transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.#writer.transaction(work);
  }

  /**
   * Whether the account, and for a sub-account what it rests on, is open and of at least this level;
   * until the transaction ends nobody changes that.
   */
  async holdStanding(id: string, level: RealNameLevel, session: ClientSession): Promise<boolean> {
    const held = await this.#model.findOneAndUpdate(
      { _id: id, state: 'active', realNameLevel: { $gte: level } },
      { $inc: { revision: 1 } },
      { session, timestamps: false, projection: { parentId: 1 } },
    );
    const { parentId } = held ?? {};
    if (!held || parentId === undefined) return held !== null;
    return this.holdStanding(parentId, level, session);
  }

  /** Part of the transaction that decides about them; see qualified-account-store.ts. */
  readonly noteQualifications: NoteQualifications = (...of) =>
    noteQualifications(this.#model, ...of);

  /** Inserts a checked draft under a new random id. */
  async insert(
    draft: AccountDraft,
    by: ChangeContext & {
      auditType?: 'accounts.created' | 'accounts.imported';
      /** The account that the confirmed phone leaves for the new one, if it has it still. */
      phoneLeaves?: string | undefined;
    },
  ): Promise<InsertOutcome> {
    const { keyring, clock, random } = this.#deps;
    const id = random.id();
    let account: Account | undefined;
    try {
      await this.#writer.change(by, id, async (session) => {
        const document = documentOf(keyring, { id, draft, now: clock.now() });
        const { phoneIndex } = document;
        if (by.phoneLeaves !== undefined && phoneIndex) {
          const of = { phoneIndex, kind: draft.kind, _id: by.phoneLeaves };
          await leavePhone(this.#parts, session, { of, by });
        }
        await this.#model.create([document], { session });
        account = accountOf(keyring, document);
        return {
          type: by.auditType ?? 'accounts.created',
          level: draft.realNameLevel,
          details: { kind: draft.kind },
        };
      });
    } catch (error) {
      const reason = takenReason(error);
      if (reason) return { ok: false, reason };
      throw error;
    }
    if (!account) throw new Error('the account was not written');
    return { ok: true, account };
  }

  async findById(id: string): Promise<Account | undefined> {
    const document = await readById<AccountDocument>(this.#deps.database, ACCOUNTS, id);
    return document ? accountOf(this.#deps.keyring, document) : undefined;
  }

  /** See AccountFinder. */
  findByLogin(
    text: string,
    options: { kind?: AccountKind | undefined } = {},
  ): Promise<Account | undefined> {
    return this.#finder.byLogin(text, options.kind);
  }

  /** The active or locked account a verified identity belongs to, if any (for imports, merges). */
  findByIdentity(kind: AccountKind, attributes: Attributes): Promise<Account | undefined> {
    return this.#finder.byIdentity(kind, attributes);
  }

  lock(id: string, by: ChangeContext): Promise<ChangeOutcome> {
    return this.#writer.update(id, by, lockDecision);
  }

  unlock(id: string, by: ChangeContext): Promise<ChangeOutcome> {
    return this.#writer.update(id, by, unlockDecision);
  }

  /** Final. Phone and identity are free again; the user name stays taken. */
  close(id: string, by: ChangeContext): Promise<ChangeOutcome> {
    return this.#writer.update(id, by, closeDecision);
  }

  /** Locked at the owner's word, until a recovery or an operator. Nothing changes for one that is locked. */
  freeze(id: string, by: ChangeContext): Promise<ChangeOutcome> {
    return this.#writer.update(id, by, (account) =>
      freezeDecision(account, this.#deps.clock.now()),
    );
  }

  /** Locked for want of a guardian's consent, until `resume`; an operator's lock stays beside it. */
  rest(id: string, by: ChangeContext): Promise<ChangeOutcome> {
    return this.#writer.update(id, by, (account) => restDecision(account, this.#deps.clock.now()));
  }

  /** Opens what `rest` has locked, and nothing that an operator has. */
  resume(id: string, by: ChangeContext): Promise<ChangeOutcome> {
    return this.#writer.update(id, by, resumeDecision);
  }

  /** Removes the account; `alongside` removes what other domains keep of it. */
  async delete(id: string, by: ChangeContext): Promise<{ ok: boolean }> {
    return this.#writer
      .change(by, id, async (session) => {
        const { deletedCount } = await this.#model.deleteOne({ _id: id }, { session });
        return deletedCount === 1 ? { type: 'accounts.deleted' } : undefined;
      })
      .then((hasChanged) => ({ ok: hasChanged }));
  }

  /**
   * Sets the level after a proof, or takes it back. From level 2 on the identity is unique and a
   * login; a level below 2 gives both up. With `from`, nothing is done at any other level than that.
   */
  setRealNameLevel(id: string, to: LevelTo, by: ChangeContext): Promise<LevelOutcome> {
    return levelAccount({ ...this.#parts, keyring: this.#deps.keyring }, id, { to, by });
  }

  /** By the word of an authority; see renamed-account-store.ts. */
  rename(id: string, to: RenamedTo, by: ChangeContext): Promise<ChangeOutcome> {
    return renameAccount({ ...this.#parts, keyring: this.#deps.keyring }, id, { to, by });
  }

  /** A peer keeps the number from now on; see shadowed-account-store.ts. */
  shadow(id: string, to: ShadowedTo, by: ChangeContext): Promise<ChangeOutcome> {
    return shadowAccount({ ...this.#parts, keyring: this.#deps.keyring }, id, { to, by });
  }

  /** The owner is back; see recovered-account-store.ts. */
  recover(id: string, to: RecoveredTo, by: ChangeContext): Promise<ChangeOutcome> {
    return recoverAccount({ ...this.#parts, keyring: this.#deps.keyring }, id, { to, by });
  }

  /** Another account of the same person went into it; see merged-account-store.ts. */
  takeOver(id: string, to: TakenOver, by: ChangeContext): Promise<ChangeOutcome> {
    return takeOverAccount({ ...this.#parts, keyring: this.#deps.keyring }, id, { to, by });
  }

  /** Gives the account the identity that was proven; see VerifiedIdentities. */
  proveIdentity(id: string, proof: IdentityProof, by: ProveContext): Promise<ProveOutcome> {
    return this.#identities.prove(id, proof, by);
  }

  /** A new account for an identity that was proven; see VerifiedIdentities. */
  readonly enterIdentity: VerifiedIdentities['enter'] = (...of) => this.#identities.enter(...of);

  /** The person has proven to hold it, or takes it away; see contact-change-store.ts. */
  changeContact(id: string, to: ContactChange, by: ChangeContext): Promise<ContactChangeOutcome> {
    return changeContact({ ...this.#parts, keyring: this.#deps.keyring }, id, { to, by });
  }
}
