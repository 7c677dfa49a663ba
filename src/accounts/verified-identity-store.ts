// Gives an account the identity that was proven, and takes it from another where the proof is
// stronger: one transaction, so that an identity never belongs to two accounts or to none.
import type mongoose from 'mongoose';
import { PERSON_PRESENT_LEVEL, VERIFIED_LEVEL } from './account.ts';
import type { Account, Attributes, RealNameLevel } from './account.ts';
import type { OnAccountChanged } from './account-change.ts';
import { accountOf, blindIndexes, documentOf, sealAttributes } from './account-document.ts';
import type { AccountDocument, BlindIndexes } from './account-document.ts';
import type { AccountDraft } from './account-draft.ts';
import {
  attributesAfter,
  IDENTITY_ATTRIBUTES,
  isOfChild,
  isOfSamePerson,
} from './proven-identity.ts';
import type { IdentityProof } from './proven-identity.ts';
import { accountModel } from './account-model-store.ts';
import { AccountWriter, takenReason } from './account-writer-store.ts';
import type {
  AuditFacts,
  ChangeContext,
  OnAccountTouched,
  OnStandingLost,
} from './account-writer-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

export interface ProveContext extends Omit<ChangeContext, 'alongside'> {
  /** In the transaction, before anything is written: the level the account gets. */
  grade(session: ClientSession, account: Account): Promise<RealNameLevel>;
  /** In the transaction: what else the displaced account loses, and how its owner is told. */
  onDisplaced(session: ClientSession, holderId: string): Promise<void>;
  /** In the transaction: that the identity belongs to another, for a later review. */
  onHeld(session: ClientSession, holderId: string): Promise<void>;
}

/** As in ProveContext; `alongside` gets the id of the new account. */
export interface EnterContext extends ChangeContext {
  onDisplaced: ProveContext['onDisplaced'];
  onHeld: ProveContext['onHeld'];
}

export type EnterOutcome =
  | { ok: true; account: Account; displacedAccountId: string | undefined }
  | { ok: false; reason: 'identity_held'; holderId: string };

export type ProveOutcome =
  | {
      ok: true;
      account: Account;
      formerLevel: RealNameLevel;
      displacedAccountIds: readonly string[];
    }
  | {
      ok: false;
      reason:
        | 'account_unknown'
        | 'account_closed'
        /** Under 14: only through a guardian's account. */
        | 'guardian_needed'
        /** Of another account, which does not give way. */
        | 'identity_held'
        /** The account is verified as somebody else. */
        | 'identity_differs';
      /** Of `identity_held`. */
      holderId?: string;
    };

const MAX_RACES = 5;

interface VerifiedIdentityDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  onStandingLost?: OnStandingLost | undefined;
  onAccountChanged?: OnAccountChanged | undefined;
  onAccountTouched?: OnAccountTouched | undefined;
}

export class VerifiedIdentities {
  readonly #deps: VerifiedIdentityDependencies;
  readonly #model: mongoose.Model<AccountDocument>;
  readonly #writer: AccountWriter;

  constructor(deps: VerifiedIdentityDependencies) {
    this.#deps = deps;
    this.#model = accountModel(deps.database.connection);
    this.#writer = new AccountWriter({ ...deps, model: this.#model });
  }

  async prove(id: string, proof: IdentityProof, by: ProveContext): Promise<ProveOutcome> {
    return this.#raced(by, () => this.#prove(id, proof, by));
  }

  /** A new account for an identity that was proven to the level of the draft. */
  async enter(draft: AccountDraft, by: EnterContext): Promise<EnterOutcome> {
    return this.#raced(by, () => this.#enter(draft, by));
  }

  async #raced<T>(by: Pick<ChangeContext, 'within'>, attempt: () => Promise<T>): Promise<T> {
    for (let race = 1; ; race += 1) {
      try {
        return await attempt();
      } catch (error) {
        // Another took the identity between our snapshot and our write: look who it is.
        const isOver = by.within !== undefined || race >= MAX_RACES;
        if (takenReason(error) !== 'identity_taken' || isOver) throw error;
      }
    }
  }

  async #prove(id: string, proof: IdentityProof, by: ProveContext): Promise<ProveOutcome> {
    let outcome: ProveOutcome = { ok: false, reason: 'account_unknown' };
    await this.#writer.change(by, id, async (session) => {
      const before = await this.#model.findById(id, null, { session }).lean<AccountDocument>();
      const refusal = refusalOf(this.#deps, before, proof);
      if (!before || refusal) {
        outcome = { ok: false, reason: refusal ?? 'account_unknown' };
        return undefined;
      }
      const account = accountOf(this.#deps.keyring, before);
      const attributes = attributesAfter(account, proof);
      const indexes = this.#indexesOf(before, attributes);
      const holders = await this.#holdersOf(indexes, id, session);
      const kept = holders.filter((holder) => !givesWay(holder, proof.provenLevel));
      for (const holder of kept) await by.onHeld(session, holder._id);
      const [first] = kept;
      if (first) {
        outcome = { ok: false, reason: 'identity_held', holderId: first._id };
        return undefined;
      }
      const level = await by.grade(session, account);
      const formerLevel = before.realNameLevel;
      if (level < VERIFIED_LEVEL) {
        // More evidence is needed before the identity belongs to anybody.
        outcome = { ok: true, account, formerLevel, displacedAccountIds: [] };
        return undefined;
      }
      for (const holder of holders) await this.#displace(holder, by, session);
      const after = await this.#write(before, { attributes, indexes, level }, session);
      outcome = {
        ok: true,
        account: after,
        formerLevel,
        displacedAccountIds: holders.map(({ _id }) => _id),
      };
      return changeOf(formerLevel, level, proof.origin.source);
    });
    return outcome;
  }

  async #enter(draft: AccountDraft, by: EnterContext): Promise<EnterOutcome> {
    const { keyring, clock, random } = this.#deps;
    const id = random.id();
    let outcome: EnterOutcome | undefined;
    await this.#writer.change(by, id, async (session) => {
      const document = documentOf(keyring, { id, draft, now: clock.now() });
      const [holder] = await this.#holdersOf(document, id, session);
      if (holder && !givesWay(holder, draft.realNameLevel)) {
        await by.onHeld(session, holder._id);
        outcome = { ok: false, reason: 'identity_held', holderId: holder._id };
        return undefined;
      }
      if (holder) await this.#displace(holder, by, session);
      await this.#model.create([document], { session });
      const account = accountOf(keyring, document);
      outcome = { ok: true, account, displacedAccountId: holder?._id };
      const { kind, realNameLevel: level } = draft;
      return { type: 'accounts.created', level, details: { kind } };
    });
    if (!outcome) throw new Error('the account was not written');
    return outcome;
  }

  #indexesOf({ kind }: AccountDocument, attributes: Attributes) {
    return blindIndexes(this.#deps.keyring, { kind, realNameLevel: VERIFIED_LEVEL, attributes });
  }

  /** Who has any of it: a number and an opaque identifier may be with two. */
  async #holdersOf({ identityIndex }: BlindIndexes, id: string, session: ClientSession) {
    return this.#model
      .find({ identityIndex: { $in: identityIndex ?? [] }, _id: { $ne: id } }, null, { session })
      .lean<AccountDocument[]>();
  }

  /** The identity is free again, and nothing of it stays with an account that it is not of. */
  async #displace(
    holder: AccountDocument,
    by: Pick<ProveContext, 'actor' | 'address' | 'onDisplaced'>,
    session: ClientSession,
  ) {
    await this.#model.updateOne(
      { _id: holder._id },
      {
        $set: { realNameLevel: 1, updatedAt: this.#deps.clock.now() },
        $unset: {
          identityIndex: 1,
          numberIndex: 1,
          realNameVerifiedAt: 1,
          'attributes.name': 1,
          'attributes.certificate': 1,
          'attributes.uscc': 1,
          'attributes.opaqueId': 1,
        },
        $inc: { revision: 1 },
      },
      { session },
    );
    await by.onDisplaced(session, holder._id);
    const facts = { type: 'accounts.identity_displaced', level: 1 } as const;
    const { actor, address } = by;
    await this.#writer.record(session, holder._id, { actor, address, ...facts });
  }

  async #write(
    { _id: id, revision }: AccountDocument,
    to: { attributes: Attributes; indexes: BlindIndexes; level: RealNameLevel },
    session: ClientSession,
  ): Promise<Account> {
    const { keyring, clock } = this.#deps;
    const { attributes, indexes } = to;
    const sealed = sealAttributes(keyring, id, attributes);
    const places = IDENTITY_ATTRIBUTES.map((name) => [`attributes.${name}`, sealed[name]] as const);
    const after = await this.#model
      .findOneAndUpdate(
        { _id: id, revision },
        {
          $set: {
            realNameLevel: to.level,
            ...Object.fromEntries(places.filter(([, attribute]) => attribute)),
            realNameVerifiedAt: clock.now(),
            ...indexes,
            updatedAt: clock.now(),
          },
          // What was only typed, or of somebody else, is not verified along with the rest.
          $unset: {
            ...Object.fromEntries(
              places.filter(([, attribute]) => !attribute).map(([place]) => [place, 1]),
            ),
            ...(indexes.numberIndex ? {} : { numberIndex: 1 }),
          },
          $inc: { revision: 1 },
        },
        { session, returnDocument: 'after' },
      )
      .lean<AccountDocument>();
    if (!after) throw new Error('an account changed within a transaction');
    return accountOf(keyring, after);
  }
}

/** To a person-present proof, who was matched by name and number only. */
function givesWay({ realNameLevel }: AccountDocument, provenLevel: RealNameLevel): boolean {
  return realNameLevel === VERIFIED_LEVEL && provenLevel >= PERSON_PRESENT_LEVEL;
}

function refusalOf(
  { keyring, clock }: Pick<VerifiedIdentityDependencies, 'keyring' | 'clock'>,
  document: AccountDocument | null,
  proof: IdentityProof,
) {
  if (!document) return 'account_unknown';
  if (document.state === 'closed') return 'account_closed';
  // Whatever the journey: a page may have let somebody through, or an old system have known a child.
  if (document.isWard === true || isOfChild(proof, clock.now())) return 'guardian_needed';
  if (document.realNameLevel < VERIFIED_LEVEL) return undefined;
  return isOfSamePerson(accountOf(keyring, document), proof) ? undefined : 'identity_differs';
}

function changeOf(from: RealNameLevel, level: RealNameLevel, source: string): AuditFacts {
  return { type: 'accounts.level_changed', level, details: { from, source } };
}
