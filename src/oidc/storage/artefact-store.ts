// Tokens, codes, pushed requests, interactions and replay marks at rest. Ids are bearer values:
// only their keyed hash is stored, and the payload is sealed. One-time use is a compare-and-set.
import { batchesOf } from '../../platform/batches.ts';
import { secondsFromNow } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { readById } from '../../platform/grouped-reads-store.ts';
import { compareAndSet, insertGrouped, upsertById } from '../../platform/grouped-writes-store.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { ClientSession, Database, Document } from '../../platform/mongo.ts';
import type { Random } from '../../platform/random.ts';
import type { SealedPlace } from '../../platform/sealed-place.ts';
import {
  ENDS_WITH_GRANT,
  KEPT_SECONDS,
  KEPT_WHEN_SPENT,
  MADE_ONCE,
  PROBED_TOGETHER,
} from './artefact-model.ts';
import type { ArtefactModel } from './artefact-model.ts';
import { grantKeyOf } from '../../sessions/grant-key.ts';

export type ArtefactPayload = Record<string, unknown>;

export interface ArtefactContent {
  payload: ArtefactPayload;
  /** Seconds. */
  expiresIn: number;
}

export interface StoredArtefact {
  payload: ArtefactPayload;
  consumedAt: Date | null;
}

interface ArtefactDocument {
  _id: string;
  model: ArtefactModel;
  grantKey?: string;
  userCodeKey?: string;
  consumedAt: Date | null;
  sealed: Buffer;
  purgeAt: Date;
}

const ARTEFACTS = 'oidcArtefacts';

const DAY_SECONDS = 24 * 3600;
const MAX_REMEMBERED = 1000;
const CLOCK_TOLERANCE_SECONDS = 15;
/** Longer than any grace window (config: at most 300 s). */
const GRACE_SECONDS = 300;
const PROVISIONAL_REPLAY_SECONDS = 24 * 3600;

interface ArtefactStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class ArtefactStore {
  readonly #deps: ArtefactStoreDependencies;
  /** Only ever a guess of what is stored now: the write that builds on it compares. */
  readonly #opened = new Map<string, ArtefactDocument>();

  constructor(deps: ArtefactStoreDependencies) {
    this.#deps = deps;
  }

  /** Stores or replaces the payload; consumption marks are left as they are. */
  async save(model: ArtefactModel, id: string, content: ArtefactContent): Promise<void> {
    const _id = this.key(model, id);
    const $set = this.#content(_id, { model, ...content });
    if (MADE_ONCE.has(model) && (await this.#insert({ _id, ...$set, consumedAt: null }))) return;
    const update = { $set, $setOnInsert: { consumedAt: null } };
    await upsertById(this.#deps.database, ARTEFACTS, { _id, update });
  }

  /** Stores it unless the id is taken, in which case the stored one stands. */
  async saveOnce(model: ArtefactModel, id: string, content: ArtefactContent): Promise<void> {
    const _id = this.key(model, id);
    await this.#insert({ _id, ...this.#content(_id, { model, ...content }), consumedAt: null });
  }

  async find(model: ArtefactModel, id: string): Promise<StoredArtefact | undefined> {
    return this.open(model, id, await this.read(model, id));
  }

  /** The raw document under this value's hash, for a caller that probes several models. */
  async read(model: ArtefactModel, id: string): Promise<ArtefactDocument | null> {
    const key = this.key(model, id);
    const document = await readById<ArtefactDocument>(this.#deps.database, ARTEFACTS, key);
    if (document && model === 'Interaction') this.#remember(document);
    return document;
  }

  /** What a page of an interaction has read is most likely what its form will amend. */
  #remember(document: ArtefactDocument): void {
    if (this.#opened.size >= MAX_REMEMBERED) this.#opened.clear();
    this.#opened.set(document._id, { ...document, sealed: ownBytes(document.sealed) });
  }

  open(model: ArtefactModel, id: string, document: ArtefactDocument | null) {
    if (document?.model !== model || document.purgeAt <= this.#deps.clock.now()) return undefined;
    return { payload: this.#openPayload(document, id), consumedAt: document.consumedAt };
  }

  async findByUserCode(userCode: string): Promise<StoredArtefact | undefined> {
    const document = await this.#artefacts.findOne({ userCodeKey: this.#userCodeKey(userCode) });
    if (!document || document.purgeAt <= this.#deps.clock.now()) return undefined;
    return { payload: this.#openPayload(document), consumedAt: document.consumedAt };
  }

  /**
   * Changes the payload of one that is not spent; `change` is asked anew when another write came
   * between. False when it is spent or over, or `change` wants nothing (undefined).
   */
  async amend(
    model: ArtefactModel,
    id: string,
    change: (payload: ArtefactPayload) => ArtefactPayload | undefined,
  ): Promise<boolean> {
    let known = this.#opened.get(this.key(model, id));
    for (;;) {
      const document = known ?? (await this.read(model, id));
      known = undefined;
      const stored = this.open(model, id, document);
      if (!document || !stored || stored.consumedAt !== null) return false;
      const changed = change(stored.payload);
      if (!changed) return false;
      // No two ciphertexts are the same: an equal one has not been written to since.
      const result = await this.#artefacts.updateOne(
        { _id: document._id, consumedAt: null, sealed: document.sealed },
        { $set: this.#sealed(document._id, model, changed) },
      );
      this.#opened.delete(document._id);
      if (result.matchedCount === 1) return true;
    }
  }

  /** The same inside the caller's transaction, which runs again when another write came between. */
  async amendWithin(
    session: ClientSession,
    { model, id }: { model: ArtefactModel; id: string },
    change: (payload: ArtefactPayload) => ArtefactPayload | undefined,
  ): Promise<boolean> {
    const _id = this.key(model, id);
    const stored = this.open(model, id, await this.#artefacts.findOne({ _id }, { session }));
    if (!stored || stored.consumedAt !== null) return false;
    const changed = change(stored.payload);
    if (!changed) return false;
    const $set = this.#sealed(_id, model, changed);
    return (await this.#artefacts.updateOne({ _id }, { $set }, { session })).matchedCount === 1;
  }

  /** True for exactly one caller per artefact, however many try at once. */
  async consume(model: ArtefactModel, id: string): Promise<boolean> {
    const { database, clock, random } = this.#deps;
    const purgeAt = KEPT_WHEN_SPENT.has(model) ? secondsFromNow(clock, DAY_SECONDS) : undefined;
    return compareAndSet(database, ARTEFACTS, {
      _id: this.key(model, id),
      only: { consumedAt: null },
      set: { consumedAt: clock.now(), ...(purgeAt && { purgeAt }) },
      mark: random.id(),
    });
  }

  /** True for exactly one caller per id: a replay mark can be set once. */
  async claimReplayMark(id: string, expiresIn = PROVISIONAL_REPLAY_SECONDS): Promise<boolean> {
    const _id = this.key('ReplayDetection', id);
    const content = this.#content(_id, {
      model: 'ReplayDetection',
      payload: {},
      expiresIn,
    });
    return this.#insert({ _id, ...content, consumedAt: null });
  }

  /** False when the id is taken. */
  async #insert(document: Document & ArtefactDocument): Promise<boolean> {
    try {
      await insertGrouped(this.#deps.database, ARTEFACTS, document);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async remove(model: ArtefactModel, id: string): Promise<void> {
    await this.#artefacts.deleteOne({ _id: this.key(model, id) });
  }

  /** Ends everything of one model that came from a grant. Codes stay, spent, to show replays. */
  async removeByGrant(model: ArtefactModel, grantKey: string): Promise<void> {
    if (model === 'AuthorizationCode') await this.#spendCodes([grantKey]);
    else await this.#artefacts.deleteMany({ grantKey, model });
  }

  /** Ends everything that came from a grant. */
  removeAllByGrant(grantKey: string): Promise<void> {
    return this.removeAllByGrants([grantKey]);
  }

  async removeAllByGrants(grantKeys: readonly string[]): Promise<void> {
    for (const keys of batchesOf(grantKeys)) {
      await this.#spendCodes(keys);
      const others = { grantKey: { $in: [...keys] }, model: { $ne: 'AuthorizationCode' as const } };
      await this.#artefacts.deleteMany(others);
    }
  }

  /** Removes what came from grants whose account is removed: spent codes too. */
  async eraseByGrants(grantKeys: readonly string[], session: ClientSession): Promise<void> {
    await this.#artefacts.deleteMany({ grantKey: { $in: [...grantKeys] } }, { session });
  }

  grantKey(grantId: string): string {
    return grantKeyOf(this.#deps.keyring, grantId);
  }

  key(model: ArtefactModel, id: string): string {
    return this.#hash(PROBED_TOGETHER.has(model) ? 'token' : model, id);
  }

  async #spendCodes(grantKeys: readonly string[]): Promise<void> {
    const unspent = { model: 'AuthorizationCode' as const, consumedAt: null };
    await this.#artefacts.updateMany(
      { grantKey: { $in: [...grantKeys] }, ...unspent },
      { $set: { consumedAt: this.#deps.clock.now() } },
    );
  }

  #content(_id: string, artefact: ArtefactContent & { model: ArtefactModel }) {
    const { model, payload, expiresIn } = artefact;
    const keptSeconds =
      expiresIn + CLOCK_TOLERANCE_SECONDS + GRACE_SECONDS + (KEPT_SECONDS[model] ?? 0);
    const content: Document & Omit<ArtefactDocument, '_id' | 'consumedAt'> = {
      model,
      ...this.#sealed(_id, model, payload),
      purgeAt: new Date(this.#deps.clock.now().getTime() + keptSeconds * 1000),
    };
    if (model === 'DeviceCode' && typeof payload['userCode'] === 'string') {
      content.userCodeKey = this.#userCodeKey(payload['userCode']);
    }
    return content;
  }

  #sealed(_id: string, model: ArtefactModel, payload: ArtefactPayload) {
    const { jti, consumed: _consumed, ...rest } = payload;
    // Whoever approves a device knows its user code only; its device code has to be found by that.
    const sealable = model === 'DeviceCode' ? { ...rest, jti } : rest;
    const sealed = this.#deps.keyring.encryptJson(sealable, `${model}:${_id}`);
    const { grantId } = payload;
    const hasGrant = ENDS_WITH_GRANT.has(model) && typeof grantId === 'string';
    return { sealed, ...(hasGrant ? { grantKey: this.grantKey(grantId) } : {}) };
  }

  #openPayload(document: ArtefactDocument, id?: string): ArtefactPayload {
    const context = `${document.model}:${document._id}`;
    const payload = this.#deps.keyring.decryptJson(document.sealed, context) as ArtefactPayload;
    return id === undefined ? payload : { ...payload, jti: id };
  }

  #userCodeKey(userCode: string): string {
    return this.#hash('UserCode', userCode);
  }

  #hash(label: string, value: string): string {
    return this.#deps.keyring.mac('artefactId', label, value).toString('base64url');
  }

  get #artefacts() {
    return this.#deps.database.collection<ArtefactDocument>(ARTEFACTS);
  }
}

/** A copy: bytes that were read are a slice of the whole answer, and would keep all of it. */
function ownBytes(bytes: Buffer): Buffer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = Buffer.allocUnsafeSlow(view.byteLength);
  view.copy(copy);
  return copy;
}

export const sealedArtefacts: SealedPlace = {
  collection: ARTEFACTS,
  fields: ['model', 'sealed'],
  valuesOf: (document) => {
    const { _id, model, sealed } = document as ArtefactDocument;
    return [{ path: 'sealed', sealed, context: `${model}:${_id}` }];
  },
};
