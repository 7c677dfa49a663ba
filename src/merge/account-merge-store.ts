// Merges of two accounts of one person, from the offer after a person-present proof to the end. Every
// step is a compare-and-set on the state, so that of two who try one succeeds. Nothing personal stands
// here: the identity is a keyed hash, tokens are keyed hashes.
import type { ProvenIdentity } from '../accounts/proven-identity.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

/**
 * `offered`: one has proven to be the person whom the other account belongs to; `waiting`: the other
 * account was proven too, or two reviewers agreed; `void`: one of the two was not what it was any more.
 */
export type MergeState = 'offered' | 'waiting' | 'done' | 'stopped' | 'void';
/** How it was shown that the other account is the same person's. */
export type MergeProof = 'credential' | 'review';

export interface MergePair {
  /** Who has proven the identity, and has not got it. */
  registrantId: string;
  /** Whose account has the identity; it stays. */
  holderId: string;
}

export interface AccountMerge extends MergePair {
  id: string;
  state: MergeState;
  source: string;
  offeredAt: Date;
  proof: MergeProof | undefined;
  readyAt: Date | undefined;
}

interface MergeDocument extends MergePair {
  _id: string;
  state: MergeState;
  source: string;
  /** Keyed hash of the identity. */
  identityKey: string;
  offeredAt: Date;
  offerEndsAt: Date;
  /** While it is offered: the registrant; of each one at a time. */
  offeredTo?: string;
  /** While it waits: the holder; of each one at a time. */
  waitingFor?: string;
  tokenKey?: string;
  tokenEndsAt?: Date;
  proof?: MergeProof;
  readyAt?: Date;
  /** Of the links that stop it. */
  stopKeys?: string[];
  /** What both had open is still to be ended. */
  isEnding?: boolean;
  leasedUntil?: Date;
  endedAt?: Date;
  purgeAt?: Date;
  schemaVersion: 1;
}

interface StoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

const ACCOUNT_MERGES = 'accountMerges';
const IS_ENDING = { isEnding: true, state: 'done' } as const;

/** In which either account can stop it (docs/decisions/0014). */
export const MERGE_WAIT_SECONDS = 72 * 3600;
/** The proof of the person is worth so long. */
const OFFER_SECONDS = 86_400;
const TOKEN_SECONDS = 1800;
const LEASE_SECONDS = 30;
const ENDED_KEPT_SECONDS = 180 * 86_400;

export class AccountMergeStore {
  readonly #deps: StoreDependencies;

  constructor(deps: StoreDependencies) {
    this.#deps = deps;
  }

  /** The latest proof counts; one that waits already goes on. */
  async offer(
    of: MergePair & { source: string } & HeldIdentity,
    session: ClientSession,
  ): Promise<void> {
    const { clock, random } = this.#deps;
    const { registrantId, holderId, source } = of;
    const [identity] = identityTexts(of);
    if (identity === undefined) return;
    const waiting = { registrantId, holderId, state: 'waiting' as const };
    if (await this.#merges.findOne(waiting, { session })) return;
    const offerEndsAt = secondsFromNow(clock, OFFER_SECONDS);
    const $set = {
      holderId,
      source,
      identityKey: this.#key('identity', identity),
      offeredAt: clock.now(),
      offerEndsAt,
      purgeAt: offerEndsAt,
    };
    const $setOnInsert = { _id: random.id(), registrantId, schemaVersion: 1 as const };
    await this.#merges.updateOne(
      { offeredTo: registrantId, state: 'offered' },
      { $set, $setOnInsert, $unset: { tokenKey: 1, tokenEndsAt: 1 } },
      { session, upsert: true },
    );
  }

  /** One that waits, of either account. */
  async waitingOf(accountId: string): Promise<AccountMerge | undefined> {
    const either = [{ registrantId: accountId }, { holderId: accountId }];
    const found = await this.#merges.findOne({ state: 'waiting', $or: either });
    return found ? mergeOf(found) : undefined;
  }

  /** What this one may still bring to its end. */
  async offeredTo(
    registrantId: string,
    session?: ClientSession,
  ): Promise<AccountMerge | undefined> {
    const offerEndsAt = { $gt: this.#deps.clock.now() };
    const found = await this.#merges.findOne(
      { offeredTo: registrantId, state: 'offered', offerEndsAt },
      session ? { session } : {},
    );
    return found ? mergeOf(found) : undefined;
  }

  /** A token for the sign-in to the other account; without an offer it opens nothing. */
  async issueToken(registrantId: string): Promise<string> {
    const { clock, random } = this.#deps;
    const token = random.id(256);
    await this.#merges.updateOne(
      { offeredTo: registrantId, state: 'offered', offerEndsAt: { $gt: clock.now() } },
      {
        $set: {
          tokenKey: this.#key('token', token),
          tokenEndsAt: secondsFromNow(clock, TOKEN_SECONDS),
        },
      },
    );
    return token;
  }

  /** By its token and the account that it needs; undefined for any other. */
  async findByToken(
    token: string,
    holderId: string,
    session?: ClientSession,
  ): Promise<AccountMerge | undefined> {
    const found = await this.#merges.findOne(
      {
        tokenKey: { $in: this.#keys('token', token) },
        tokenEndsAt: { $gt: this.#deps.clock.now() },
        state: 'offered',
        holderId,
      },
      session ? { session } : {},
    );
    return found ? mergeOf(found) : undefined;
  }

  /** True for the first use of the token. @param to.stopTokens of the links, one for each account */
  async begin(
    { id, holderId }: Pick<AccountMerge, 'id' | 'holderId'>,
    to: { proof: MergeProof; readyAt: Date; stopTokens: readonly string[] },
    session: ClientSession,
  ): Promise<boolean> {
    const { proof, readyAt, stopTokens } = to;
    if (await this.#merges.findOne({ waitingFor: holderId }, { session })) return false;
    const stopKeys = stopTokens.map((token) => this.#key('stop', token));
    const { matchedCount } = await this.#merges.updateOne(
      { _id: id, state: 'offered' },
      {
        $set: { state: 'waiting', waitingFor: holderId, proof, readyAt, stopKeys },
        $unset: { offeredTo: 1, tokenKey: 1, tokenEndsAt: 1, purgeAt: 1 },
      },
      { session },
    );
    return matchedCount === 1;
  }

  async findByStopToken(token: string): Promise<AccountMerge | undefined> {
    const found = await this.#merges.findOne({ stopKeys: { $in: this.#keys('stop', token) } });
    return found ? mergeOf(found) : undefined;
  }

  /** True for the one call that ends it. */
  async end(
    { id }: Pick<AccountMerge, 'id'>,
    to: { state: 'done' | 'stopped' | 'void' },
    session: ClientSession,
  ): Promise<boolean> {
    const { clock } = this.#deps;
    const { state } = to;
    const isDone = state === 'done';
    const at = clock.now();
    const purgeAt = secondsFromNow(clock, ENDED_KEPT_SECONDS);
    const $set = { state, endedAt: at, purgeAt, ...(isDone ? { isEnding: true } : {}) };
    const { matchedCount } = await this.#merges.updateOne(
      { _id: id, state: 'waiting' },
      { $set, $unset: { waitingFor: 1, leasedUntil: 1 } },
      { session },
    );
    return matchedCount === 1;
  }

  /** Whether `leaseDue` or `toSettle` would find something. */
  isAnyDue(): Promise<boolean> {
    const { clock, database } = this.#deps;
    return isAny(database, ACCOUNT_MERGES, this.#due(clock.now()), IS_ENDING);
  }

  #due(now: Date) {
    return {
      state: 'waiting' as const,
      readyAt: { $lte: now },
      $or: [{ leasedUntil: { $exists: false } }, { leasedUntil: { $lte: now } }],
    };
  }

  /** One that is due, for this process to carry out; nobody else tries meanwhile. */
  async leaseDue(): Promise<AccountMerge | undefined> {
    const { clock } = this.#deps;
    const now = clock.now();
    const leased = await this.#merges.findOneAndUpdate(
      this.#due(now),
      { $set: { leasedUntil: secondsFromNow(clock, LEASE_SECONDS) } },
      { sort: { readyAt: 1 } },
    );
    return leased ? mergeOf(leased) : undefined;
  }

  /** Carried out, while both accounts may still have something open. */
  async toSettle(limit: number): Promise<AccountMerge[]> {
    const found = await this.#merges.find(IS_ENDING).limit(limit).toArray();
    return found.map(mergeOf);
  }

  async settled(id: string): Promise<void> {
    await this.#merges.updateOne({ _id: id }, { $unset: { isEnding: 1 } });
  }

  /** Whether the merge is about this identity. */
  async isOf(id: string, identity: HeldIdentity, session: ClientSession): Promise<boolean> {
    const keys = identityTexts(identity).flatMap((text) => this.#keys('identity', text));
    return (
      (await this.#merges.findOne({ _id: id, identityKey: { $in: keys } }, { session })) !== null
    );
  }

  /** Part of the removal of an account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    const either = { $or: [{ holderId: accountId }, { registrantId: accountId }] };
    await this.#merges.deleteMany({ ...either, isEnding: { $exists: false } }, { session });
  }

  #key(of: Label, value: string): string {
    return this.#deps.keyring.mac('artefactId', `merge.${of}`, value).toString('base64url');
  }

  #keys(of: Label, value: string): string[] {
    return this.#deps.keyring
      .macs('artefactId', `merge.${of}`, value)
      .map((mac) => mac.toString('base64url'));
  }

  get #merges() {
    return this.#deps.database.collection<MergeDocument>(ACCOUNT_MERGES);
  }
}

type Label = 'identity' | 'token' | 'stop';

type HeldIdentity = Pick<ProvenIdentity, 'certificate' | 'opaqueId'>;

function identityTexts({ certificate, opaqueId }: HeldIdentity): string[] {
  const { type, number, country = '' } = certificate ?? {};
  return [
    ...(certificate ? [JSON.stringify([type, country, number])] : []),
    ...(opaqueId === undefined ? [] : [JSON.stringify(['opaque', opaqueId])]),
  ];
}

function mergeOf({ _id: id, ...of }: MergeDocument): AccountMerge {
  const { registrantId, holderId, state, source, offeredAt, proof, readyAt } = of;
  return { id, registrantId, holderId, state, source, offeredAt, proof, readyAt };
}
