// One document per browser session, found by its `uid` or by a cookie id, which is only an alias.
// Every write is one atomic update of what changed, so parallel requests of one browser neither
// lose each other's clients nor bring back a client or session that has signed out.
import { clientKey } from '../clients/client-id.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { upsertById, updateIf } from '../platform/grouped-writes-store.ts';
import { readById, readByKey } from '../platform/grouped-reads-store.ts';
import type { UniqueKey } from '../platform/grouped-reads-store.ts';
import type { ClientSession, Database, Document } from '../platform/mongo.ts';
import { AccountEndingStore } from './account-ending-store.ts';
import { endSlots } from './end-slots-store.ts';
import type { EndedPart, SessionPart } from './end-slots-store.ts';
import { SessionCodec } from './session-codec.ts';
import { changeStages, slotPath, TOUCH_SECONDS, touchStages } from './session-update.ts';
import type {
  ClientSlot,
  SessionChange,
  SessionDevice,
  SessionDocument,
  SessionEndReason,
  SessionState,
} from './session-codec.ts';

export const ABSOLUTE_SESSION_SECONDS = 12 * 3600;
const SESSIONS = 'sessions';
const TOMBSTONE_SECONDS = 24 * 3600;
const BY_ALIAS: UniqueKey<SessionDocument> = {
  field: 'aliases.key',
  valuesOf: ({ aliases = [] }) => aliases.map(({ key }) => key),
};

interface SessionStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
}

export class SessionStore {
  readonly #deps: SessionStoreDependencies;
  readonly #codec: SessionCodec;
  readonly endings: AccountEndingStore;

  constructor(deps: SessionStoreDependencies) {
    this.#deps = deps;
    this.endings = new AccountEndingStore(deps.database);
    this.#codec = new SessionCodec(deps.keyring);
  }

  /** What stands for a cookie wherever the cookie itself must not be kept. */
  cookieKey(cookieId: string): string {
    return this.#codec.aliasKey(cookieId);
  }

  /**
   * `asAgreed`: what a majority stands behind, at the price of a round among them. An end that the
   * primary has only seen itself could still be undone by a failover.
   */
  async findByCookie(
    cookieId: string,
    { asAgreed = false }: { asAgreed?: boolean } = {},
  ): Promise<SessionState | undefined> {
    const now = this.#deps.clock.now();
    const key = this.#codec.aliasKey(cookieId);
    const document = asAgreed
      ? await this.#sessions.findOne({ 'aliases.key': key }, { readConcern: 'linearizable' })
      : await readByKey(this.#deps.database, SESSIONS, { key: BY_ALIAS, value: key });
    const alias = document?.aliases?.find((candidate) => candidate.key === key);
    if (
      !document ||
      document.endedAt !== null ||
      !alias ||
      (alias.until !== null && alias.until <= now)
    )
      return undefined;
    return this.#live(document);
  }

  async findByUid(uid: string): Promise<SessionState | undefined> {
    const key = this.#codec.key(uid);
    const document = await readById<SessionDocument>(this.#deps.database, SESSIONS, key);
    return document?.endedAt === null ? this.#live(document) : undefined;
  }

  /** Stores a session that this request has begun. Repeating it with the same uid is harmless. */
  async create(cookieId: string, state: SessionState, device: SessionDevice): Promise<void> {
    const now = this.#deps.clock.now();
    const _id = this.#codec.key(state.uid);
    const absoluteEndsAt = secondsFromNow(this.#deps.clock, ABSOLUTE_SESSION_SECONDS);
    const document: Omit<SessionDocument, '_id'> = {
      aliases: [{ key: this.#codec.aliasKey(cookieId), until: null }],
      ...(state.accountId === undefined ? {} : { accountId: state.accountId }),
      ...(state.upstreamSignInId === undefined ? {} : { upstreamSignInId: state.upstreamSignInId }),
      core: this.#codec.sealCore(_id, state),
      ...(state.state === undefined ? {} : { state: this.#codec.sealState(_id, state.state) }),
      device: this.#codec.sealDevice(_id, device),
      clients: Object.fromEntries(
        Object.entries(state.authorizations).map(([clientId, slot]) => [
          clientKey(clientId),
          this.#codec.sealSlot(_id, clientId, slot),
        ]),
      ),
      endedSids: [],
      startedAt: now,
      lastSeenAt: now,
      endsAt: this.#endsAt(state.exp, absoluteEndsAt),
      absoluteEndsAt,
      purgeAt: new Date(absoluteEndsAt.getTime() + TOMBSTONE_SECONDS * 1000),
      endedAt: null,
      schemaVersion: 1,
    };
    const update = { $setOnInsert: document };
    await upsertById(this.#deps.database, SESSIONS, { _id, update });
  }

  /** Applies what one request changed. A session that has ended meanwhile stays ended. */
  async apply(uid: string, change: SessionChange, session?: ClientSession): Promise<void> {
    const _id = this.#codec.key(uid);
    const stages = changeStages(this.#deps.clock, this.#codec, { _id, change });
    const { _id: __, ...only } = this.#ifLive(_id);
    if (session) await this.#sessions.updateOne({ _id, ...only }, stages, { session });
    else await updateIf(this.#deps.database, SESSIONS, { _id, only, update: stages });
  }

  /**
   * The one slot of a client in a session: the first caller's proposal is stored, every other
   * caller gets that one. Undefined when the session has ended.
   */
  async claimSlot(uid: string, clientId: string, proposal: ClientSlot) {
    const _id = this.#codec.key(uid);
    const path = slotPath(clientId);
    const sealed = this.#codec.sealSlot(_id, clientId, proposal);
    const document = await this.#sessions.findOneAndUpdate(
      this.#ifLive(_id),
      [{ $set: { [path]: { $ifNull: [`$${path}`, { $literal: sealed }] } } }],
      { returnDocument: 'after', projection: { [path]: 1 } },
    );
    const stored = document?.clients[clientKey(clientId)];
    return stored ? this.#codec.openSlot(_id, clientId, stored) : undefined;
  }

  /** Puts a new grant into a slot whose grant was revoked; loses to a parallel replacement. */
  async replaceGrant(
    uid: string,
    clientId: string,
    { former, grantId }: { former: ClientSlot; grantId: string },
  ) {
    const _id = this.#codec.key(uid);
    const path = slotPath(clientId);
    const replacement = { ...former, grantId };
    await this.#sessions.updateOne(
      { ...this.#ifLive(_id), [`${path}.grantKey`]: this.#codec.grantKey(former.grantId) },
      { $set: { [path]: this.#codec.sealSlot(_id, clientId, replacement) } } as Document,
    );
    return this.claimSlot(uid, clientId, replacement);
  }

  /**
   * Puts a slot in the place of whatever a client has in a live session, whose `sid` does not come
   * back. Returns what stood there; undefined when the session has ended.
   */
  async exchangeSlot(
    of: { uid: string; accountId: string; clientId: string; slot: ClientSlot },
    session: ClientSession,
  ): Promise<{ former: ClientSlot | undefined } | undefined> {
    const { uid, accountId, clientId, slot } = of;
    const _id = this.#codec.key(uid);
    const path = slotPath(clientId);
    const ended = [{ $ifNull: [`$${path}.sidKey`, null] }];
    const endedSids = { $concatArrays: ['$endedSids', { $setDifference: [ended, [null]] }] };
    const sealed = this.#codec.sealSlot(_id, clientId, slot);
    const before = await this.#sessions.findOneAndUpdate(
      { ...this.#ifLive(_id), accountId },
      [{ $set: { endedSids, [path]: { $literal: sealed } } }],
      { session, returnDocument: 'before' },
    );
    if (!before) return undefined;
    const stored = before.clients[clientKey(clientId)];
    return { former: stored && this.#codec.openSlot(_id, clientId, stored) };
  }

  touch(uid: string, idleSeconds: number): Promise<void> {
    return this.touchByKey(this.#codec.key(uid), idleSeconds);
  }

  /** Activity counts against the idle end. Written at most once a minute, and only `w: 1`. */
  async touchByKey(key: string, idleSeconds: number): Promise<void> {
    const now = this.#deps.clock.now();
    const staleSince = new Date(now.getTime() - TOUCH_SECONDS * 1000);
    await this.#sessions.updateOne(
      { ...this.#ifLive(key), lastSeenAt: { $lt: staleSince } },
      touchStages(this.#deps.clock, idleSeconds),
      { writeConcern: { w: 1 } },
    );
  }

  /**
   * Ends a session, at most once. It stays as a tombstone, so that no late write revives it.
   * Returns what it held, for the logout notices. An idle end asks again whether it is idle.
   */
  async end(key: string, reason: SessionEndReason, session: ClientSession) {
    const isOverdue = reason === 'idle' ? { endsAt: { $lte: this.#deps.clock.now() } } : {};
    const before = await this.#sessions.findOneAndUpdate(
      { _id: key, endedAt: null, ...isOverdue },
      {
        $set: { endedAt: this.#deps.clock.now(), endReason: reason },
        $unset: { aliases: '', state: '' },
      },
      { session, returnDocument: 'before' },
    );
    return before ? this.#codec.open(before) : undefined;
  }

  /** Ends parts of clients while their sessions go on; see end-slots-store.ts. */
  endClients<Part extends SessionPart>(
    parts: readonly Part[],
    session: ClientSession,
  ): Promise<EndedPart<Part>[]> {
    return endSlots(this.#sessions, this.#codec, { parts, session });
  }

  /** The live sessions of an account, newest activity first. */
  async listByAccount(accountId: string) {
    const documents = await this.#sessions
      .find({ accountId, endedAt: null, endsAt: { $gt: this.#deps.clock.now() } })
      .sort({ lastSeenAt: -1 })
      .limit(100)
      .toArray();
    return documents.map((document) => this.#codec.summarize(document));
  }

  /** Keys of live documents of an account, whatever their end: for ending all of them. */
  async keysOfAccount(accountId: string, session?: ClientSession): Promise<string[]> {
    const documents = await this.#sessions
      .find(
        { accountId, endedAt: null },
        { projection: { _id: 1 }, ...(session ? { session } : {}) },
      )
      .toArray();
    return documents.map(({ _id }) => _id);
  }

  /** Keys of live documents that stand on a sign-in at a peer. */
  async keysOfUpstream(upstreamSignInId: string): Promise<string[]> {
    const documents = await this.#sessions
      .find({ upstreamSignInId, endedAt: null }, { projection: { _id: 1 } })
      .toArray();
    return documents.map(({ _id }) => _id);
  }

  /** Keys of the grants that a session's slots hold. */
  async grantKeysOf(key: string): Promise<string[]> {
    const document = await this.#sessions.findOne({ _id: key }, { projection: { clients: 1 } });
    return Object.values(document?.clients ?? {}).map(({ grantKey }) => grantKey);
  }

  /** The key of the live session of an account in which a client goes by this `sid`. */
  async keyOfSid(accountId: string, clientId: string, sid: string): Promise<string | undefined> {
    const slot = { [`${slotPath(clientId)}.sidKey`]: this.#codec.sidKey(sid) };
    const live = { endedAt: null, endsAt: { $gt: this.#deps.clock.now() } };
    const document = await this.#sessions.findOne({ accountId, ...live, ...slot });
    return document?._id;
  }

  /** Sessions whose idle or absolute end has passed and that nobody has ended yet. */
  async findOverdue(limit: number): Promise<string[]> {
    const documents = await this.#sessions
      .find({ endedAt: null, endsAt: { $lte: this.#deps.clock.now() } }, { projection: { _id: 1 } })
      .limit(limit)
      .toArray();
    return documents.map(({ _id }) => _id);
  }

  /** The key under which a session is listed and ended; it opens nothing. */
  keyOf(uid: string): string {
    return this.#codec.key(uid);
  }

  #ifLive(_id: string) {
    return { _id, endedAt: null, endsAt: { $gt: this.#deps.clock.now() } };
  }

  #live(document: SessionDocument): SessionState | undefined {
    if (document.endsAt <= this.#deps.clock.now()) return undefined;
    return this.#codec.open(document);
  }

  #endsAt(exp: number, absoluteEndsAt: Date): Date {
    return new Date(Math.min((exp + TOUCH_SECONDS) * 1000, absoluteEndsAt.getTime()));
  }

  get #sessions() {
    return this.#deps.database.collection<SessionDocument>(SESSIONS);
  }
}
