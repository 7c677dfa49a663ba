// Grants: what a person allowed one client, from one authorization on. Parallel writes are
// united; a revoked grant leaves a tombstone, so that nothing issued later under its id lives.
import type { ActingReference } from '../../mandates/acting.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { readById } from '../../platform/grouped-reads-store.ts';
import { insertGrouped } from '../../platform/grouped-writes-store.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';
import { deviceContext, GRANTS, sealedContext } from './grant-document.ts';
import type { GrantDocument } from './grant-document.ts';
import { grantKeyOf } from '../../sessions/grant-key.ts';
import { holdsAny, itemsInEffect, uniteGrants } from './grant-union.ts';
import type { GrantPayload } from './grant-union.ts';

/** A device that somebody signed in with a code (RFC 8628), for the list of its owner. */
export interface SignedInDevice {
  /** Names it in a list and ends it; opens nothing. */
  key: string;
  clientId: string;
  userAgent: string;
  address: string;
  since: Date;
  /** When its sign-in ends by itself. */
  until: Date;
}

/** `expiresIn` in seconds; `sessionKey` of the session whose slot holds it. */
export interface BegunGrant {
  grantId: string;
  payload: GrantPayload & { acting: ActingReference };
  expiresIn: number;
  sessionKey?: string | undefined;
}

/** `united`: with the items that were not released under it before. */
export type UniteOutcome =
  | { outcome: 'created' | 'revoked' }
  | { outcome: 'united'; added: readonly string[] };

const TOLERANCE_SECONDS = 300;

interface GrantStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
}

export class GrantStore {
  readonly #deps: GrantStoreDependencies;

  constructor(deps: GrantStoreDependencies) {
    this.#deps = deps;
  }

  async find(grantId: string): Promise<GrantPayload | undefined> {
    const document = await readById<GrantDocument>(this.#deps.database, GRANTS, this.key(grantId));
    if (!document || document.revokedAt || document.purgeAt <= this.#deps.clock.now()) {
      return undefined;
    }
    return this.#open(document, grantId);
  }

  /** True when the grant existed and was revoked: its id must not be used again. */
  async isRevoked(grantId: string): Promise<boolean> {
    const document = await this.#grants.findOne(
      { _id: this.key(grantId) },
      { projection: { revokedAt: 1 } },
    );
    return document !== null && document.revokedAt !== null;
  }

  /**
   * Adds what `payload` allows to what is stored; a grant that was revoked meanwhile stays so.
   */
  async unite(grantId: string, payload: GrantPayload, expiresIn: number): Promise<UniteOutcome> {
    const _id = this.key(grantId);
    for (;;) {
      const stored = await this.#grants.findOne({ _id });
      if (stored?.revokedAt) return { outcome: 'revoked' };
      if (!stored) {
        if (await this.#insert(_id, payload, expiresIn)) return { outcome: 'created' };
        continue;
      }
      const former = this.#open(stored, grantId);
      const united = uniteGrants(former, payload);
      const result = await this.#grants.updateOne(
        { _id, revision: stored.revision, revokedAt: null },
        {
          $set: { sealed: this.#seal(_id, united), purgeAt: this.#purgeAt(expiresIn) },
          $inc: { revision: 1 },
        },
      );
      if (result.matchedCount === 1) {
        const known = new Set(itemsInEffect(former));
        // It was begun with nothing in it, for an acting identity.
        if (known.size === 0 && former.acting) return { outcome: 'created' };
        const added = itemsInEffect(united).filter((item) => !known.has(item));
        return { outcome: 'united', added };
      }
    }
  }

  /** The same for an id that was just made: most likely there is nothing to unite with. */
  async create(grantId: string, payload: GrantPayload, expiresIn: number): Promise<UniteOutcome> {
    const isMade = await this.#insert(this.key(grantId), payload, expiresIn);
    return isMade ? { outcome: 'created' } : this.unite(grantId, payload, expiresIn);
  }

  /**
   * A grant that is bound to an acting identity, with nothing allowed under it yet. Part of the
   * caller's transaction. False when it is there already, or was revoked.
   */
  async begin(
    { grantId, payload, expiresIn, sessionKey }: BegunGrant,
    session: ClientSession,
  ): Promise<boolean> {
    const _id = this.key(grantId);
    if (await this.#grants.findOne({ _id }, { projection: { _id: 1 }, session })) return false;
    const { mandateIds, entityId } = payload.acting;
    const own = { mandateIds, entityId, ...(sessionKey === undefined ? {} : { sessionKey }) };
    const document = { ...this.#document(_id, payload, expiresIn), ...own };
    await this.#grants.insertOne(document, { session });
    return true;
  }

  /** Whose it was, for the one caller that revoked it; its tokens are the caller's to remove. */
  async revoke(
    grantKey: string,
    session?: ClientSession,
  ): Promise<{ accountId: string; clientId: string } | undefined> {
    const before = await this.#grants.findOneAndUpdate(
      { _id: grantKey, revokedAt: null },
      this.#revocation(),
      { returnDocument: 'before', ...(session ? { session } : {}) },
    );
    return before ? { accountId: before.accountId, clientId: before.clientId } : undefined;
  }

  /** @param keys of living grants, as the caller's transaction sees them; as many as one command takes */
  async revokeAll(keys: readonly string[], session: ClientSession): Promise<void> {
    const which = { _id: { $in: [...keys] }, revokedAt: null };
    await this.#grants.updateMany(which, this.#revocation(), { session });
  }

  /** Keys of the living grants of an account, at one client or at all. */
  keysOfAccount(accountId: string, clientId?: string, session?: ClientSession): Promise<string[]> {
    return this.#keysOf({ accountId, ...(clientId === undefined ? {} : { clientId }) }, session);
  }

  /** What is given out under it stands on this sign-in at a peer, too. False when it was revoked. */
  async noteUpstream(grantId: string, signInId: string): Promise<boolean> {
    const living = { _id: this.key(grantId), revokedAt: null };
    const update = { $addToSet: { upstreamSignInIds: signInId } };
    return (await this.#grants.updateOne(living, update)).matchedCount === 1;
  }

  /** Keys of the living grants that stand on a sign-in at a peer. */
  keysOfUpstream(signInId: string): Promise<string[]> {
    return this.#keysOf({ upstreamSignInIds: signInId });
  }

  /** Keys of living grants at a client that a chain of trust has brought, some of them at a time. */
  async keysOfClient(clientId: string, most: number): Promise<string[]> {
    const query = this.#grants.find({ clientId, revokedAt: null }, { projection: { _id: 1 } });
    return (await query.limit(most).toArray()).map(({ _id }) => _id);
  }

  async #keysOf(which: object, session?: ClientSession): Promise<string[]> {
    const options = { projection: { _id: 1 }, ...(session ? { session } : {}) };
    const documents = await this.#grants.find({ ...which, revokedAt: null }, options).toArray();
    return documents.map(({ _id }) => _id);
  }

  /** Keys of the living grants of an account at a client that release one of these items. */
  async keysHolding(of: {
    accountId: string;
    clientId: string;
    items: readonly string[];
  }): Promise<string[]> {
    const { accountId, clientId, items } = of;
    const documents = await this.#grants
      .find({ accountId, clientId, revokedAt: null, purgeAt: { $gt: this.#deps.clock.now() } })
      .toArray();
    return documents
      .filter((document) => holdsAny(this.#open(document), items))
      .map(({ _id }) => _id);
  }

  /** Removes the grants of an account, revoked ones too. Returns their keys. */
  async eraseOfAccount(accountId: string, session: ClientSession): Promise<string[]> {
    const keys = await this.#grants.distinct('_id', { accountId }, { session });
    await this.#grants.deleteMany({ accountId }, { session });
    return keys;
  }

  /** The one grant of a device code, the account that approves it, and whom that acts for. */
  idForDevice(deviceCode: string, accountId: string, acting?: ActingReference): string {
    const { keyring } = this.#deps;
    const parts = [deviceCode, accountId, ...(acting?.mandateIds ?? [])];
    return keyring.mac('artefactId', 'device-grant', parts.join('\0')).toString('base64url');
  }

  /**
   * Notes that a living grant belongs to a device. False when the grant was revoked.
   * @param seconds until its sign-in ends by itself
   */
  async noteDevice(
    grantId: string,
    { seconds, ...seen }: { userAgent: string; address: string; seconds: number },
    session: ClientSession,
  ): Promise<boolean> {
    const _id = this.key(grantId);
    const now = this.#deps.clock.now();
    const device = this.#deps.keyring.encryptJson({ ...seen, since: now }, deviceContext(_id));
    const deviceUntil = new Date(now.getTime() + seconds * 1000);
    const living = { _id, revokedAt: null };
    const update = { $set: { device, deviceUntil } };
    const { matchedCount } = await this.#grants.updateOne(living, update, { session });
    return matchedCount === 1;
  }

  /** The devices of an account that are signed in with a code, the newest first. */
  async devicesOfAccount(accountId: string): Promise<SignedInDevice[]> {
    const now = this.#deps.clock.now();
    const documents = await this.#grants
      .find({ accountId, revokedAt: null, deviceUntil: { $gt: now } })
      .sort({ deviceUntil: -1 })
      .limit(100)
      .toArray();
    return documents.map(({ _id, clientId, device, deviceUntil }) => {
      const context = deviceContext(_id);
      const seen = this.#deps.keyring.decryptJson(device as Buffer, context) as {
        userAgent: string;
        address: string;
        since: string;
      };
      const since = new Date(seen.since);
      return { key: _id, clientId, ...seen, since, until: deviceUntil as Date };
    });
  }

  key(grantId: string): string {
    return grantKeyOf(this.#deps.keyring, grantId);
  }

  async #insert(_id: string, payload: GrantPayload, expiresIn: number): Promise<boolean> {
    try {
      const document = this.#document(_id, payload, expiresIn);
      await insertGrouped(this.#deps.database, GRANTS, { ...document });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  #document(_id: string, payload: GrantPayload, expiresIn: number): GrantDocument {
    return {
      _id,
      accountId: payload.accountId,
      clientId: payload.clientId,
      revision: 1,
      sealed: this.#seal(_id, payload),
      revokedAt: null,
      createdAt: this.#deps.clock.now(),
      purgeAt: this.#purgeAt(expiresIn),
      schemaVersion: 1,
    };
  }

  #seal(_id: string, payload: GrantPayload): Buffer {
    const { jti: _jti, ...sealable } = payload;
    return this.#deps.keyring.encryptJson(sealable, sealedContext(_id));
  }

  #open(document: GrantDocument, grantId?: string): GrantPayload {
    const opened = this.#deps.keyring.decryptJson(document.sealed, sealedContext(document._id));
    const payload = opened as GrantPayload;
    return grantId === undefined ? payload : { ...payload, jti: grantId };
  }

  #revocation() {
    return {
      $set: { revokedAt: this.#deps.clock.now(), sealed: Buffer.alloc(0) },
      $unset: { device: '', deviceUntil: '' } as const,
    };
  }

  #purgeAt(expiresIn: number): Date {
    return new Date(this.#deps.clock.now().getTime() + (expiresIn + TOLERANCE_SECONDS) * 1000);
  }

  get #grants() {
    return this.#deps.database.collection<GrantDocument>(GRANTS);
  }
}
