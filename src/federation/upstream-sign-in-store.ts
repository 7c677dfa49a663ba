// Sign-ins that came from a peer, for as long as a session may stand on them: so that a sign-out there, the
// end of a link and the suspension of a peer find what they end.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { trustedPeerId } from './trusted-return.ts';

export interface UpstreamSignIn {
  id: string;
  linkId: string;
  peerId: string;
  accountId: string;
  /** Entities by whose word the peer counted; absent where it was registered. */
  chain?: readonly string[] | undefined;
  /** What a sign-out at the peer needs. */
  sessionId?: string | undefined;
  idToken?: string | undefined;
}

interface SignInDocument extends Pick<UpstreamSignIn, 'linkId' | 'peerId' | 'accountId'> {
  _id: string;
  chain?: readonly string[];
  /** Keyed hash of the peer's session id. */
  sessionKey?: string;
  sealed: Buffer;
  usedAt?: Date;
  /** From then on it opens nothing. */
  endedAt?: Date;
  /** Everything of the account ends with it, whatever it stands on: the peer or the link is not trusted. */
  isWhole?: boolean;
  /** What stood on it has ended, too. */
  isSettled?: boolean;
  expiresAt: Date;
  schemaVersion: 1;
}

export const UPSTREAM_SIGN_INS = 'upstreamSignIns';
/** Longer than what was given out upon it: 30 days (`offline_access`) from within a session of twelve hours. */
const KEPT_SECONDS = 31 * 86_400;

/**
 * Which are to end: of a link, of a whole peer, of all whose chain of trust has an entity, or of one session
 * there. Those of a link whose session nobody knows may be of every session of it.
 */
export type SignInsOf =
  | { linkId: string }
  | { peerId: string }
  | { chain: string }
  | { peerId: string; sessionId: string }
  | { linkId: string; sessionId: string };

export class UpstreamSignInStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock; random: Random };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  /** @returns its id, which opens nothing */
  async insert(
    { sessionId, idToken, chain, ...facts }: Omit<UpstreamSignIn, 'id'>,
    session: ClientSession,
  ): Promise<string> {
    const { random, keyring, clock } = this.#deps;
    const _id = random.id();
    const document: SignInDocument = {
      _id,
      ...facts,
      ...(chain ? { chain } : {}),
      ...(sessionId === undefined ? {} : { sessionKey: this.#sessionKeys(sessionId)[0] ?? '' }),
      sealed: keyring.encryptJson({ sessionId, idToken }, context(_id)),
      expiresAt: secondsFromNow(clock, KEPT_SECONDS),
      schemaVersion: 1,
    };
    await this.#signIns.insertOne(document, { session });
    return _id;
  }

  async has(id: string): Promise<boolean> {
    return (await this.#signIns.findOne(living({ _id: id }), { projection: { _id: 1 } })) !== null;
  }

  /** Whether somebody came from this entity of a chain, as far as it has not ended. */
  async hasFrom(issuer: string): Promise<boolean> {
    const from = living({ chain: issuer, 'chain.0': issuer });
    return (await this.#signIns.findOne(from, { projection: { _id: 1 } })) !== null;
  }

  async find(id: string): Promise<UpstreamSignIn | undefined> {
    const document = await this.#signIns.findOne({ _id: id });
    if (!document) return undefined;
    const { linkId, peerId, accountId, chain, sealed } = document;
    // Sealed by `insert` under this very id; the context proves it.
    const opened = this.#deps.keyring.decryptJson(sealed, context(id)) as object;
    return { id, linkId, peerId, accountId, chain, ...opened };
  }

  /**
   * Asked once what it opens is stored: whoever ends it writes the same document, so one of both comes
   * first and the other finds what it has left. False when it has ended.
   */
  async use(id: string): Promise<boolean> {
    const $set = { usedAt: this.#deps.clock.now() };
    return (await this.#signIns.updateOne(living({ _id: id }), { $set })).matchedCount === 1;
  }

  /** From now on they open nothing; what stands on them is the caller's to end. */
  async markEnded(of: SignInsOf & { isWhole?: boolean }, session?: ClientSession): Promise<void> {
    const { isWhole = false, ...which } = of;
    const filter = 'sessionId' in which ? this.#ofSession(which) : which;
    const $set = { endedAt: this.#deps.clock.now(), isSettled: false, isWhole };
    await this.#signIns.updateMany(living(filter), { $set }, session ? { session } : {});
  }

  /** Platforms that only the federation vouches for, each with one link that somebody came in by. */
  async livingTrusted(): Promise<{ peerId: string; linkId: string }[]> {
    const isTrusted = living({ peerId: { $regex: `^${trustedPeerId('')}` } });
    if (!(await isAny(this.#deps.database, UPSTREAM_SIGN_INS, isTrusted))) return [];
    const found = await this.#signIns
      .aggregate<{ _id: string; linkId: string }>([
        { $match: isTrusted },
        { $group: { _id: '$peerId', linkId: { $first: '$linkId' } } },
      ])
      .toArray();
    return found.map(({ _id: peerId, linkId }) => ({ peerId, linkId }));
  }

  isAnyUnsettled(): Promise<boolean> {
    return isAny(this.#deps.database, UPSTREAM_SIGN_INS, { isSettled: false });
  }

  /** Some that have ended and whose sessions may be open still. */
  async listUnsettled(
    limit: number,
  ): Promise<{ id: string; accountId: string; isWhole: boolean }[]> {
    const found = await this.#signIns
      .find({ isSettled: false }, { projection: { accountId: 1, isWhole: 1 } })
      .limit(limit)
      .toArray();
    return found.map(({ _id: id, accountId, isWhole = false }) => ({ id, accountId, isWhole }));
  }

  async settle(id: string): Promise<void> {
    await this.#signIns.updateOne({ _id: id }, { $set: { isSettled: true } });
  }

  /** Part of the removal of an account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#signIns.deleteMany({ accountId }, { session });
  }

  #ofSession({ sessionId, ...of }: SignInsOf & { sessionId: string }) {
    const keys = this.#sessionKeys(sessionId);
    // Null: it has none.
    return { ...of, sessionKey: { $in: 'linkId' in of ? [...keys, null] : keys } };
  }

  #sessionKeys(sessionId: string): string[] {
    const { keyring } = this.#deps;
    const of = ['artefactId', 'federation.upstream-session', sessionId] as const;
    const keys = [keyring.mac(...of), ...keyring.macs(...of)].map((mac) =>
      mac.toString('base64url'),
    );
    return [...new Set(keys)];
  }

  get #signIns() {
    return this.#deps.database.collection<SignInDocument>(UPSTREAM_SIGN_INS);
  }
}

function living<Of extends object>(of: Of) {
  return { ...of, endedAt: { $exists: false } };
}

function context(id: string): string {
  return `upstream-sign-in:${id}`;
}

export const sealedUpstreamSignIns: SealedPlace = {
  collection: UPSTREAM_SIGN_INS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as SignInDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
