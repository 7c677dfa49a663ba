// The keys of all epochs; secrets lie sealed. At most one is announced and one active, by unique indexes.
import { z } from 'zod';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';
import type { SealedPlace } from '../../platform/sealed-place.ts';
import type { OprfKey } from '../oprf.ts';
import type { RecognitionKeyRecord, RecognitionKeyState } from './recognition-key.ts';

export const RECOGNITION_KEYS = 'recognitionKeys';

interface KeyDocument {
  /** `epoch:1` */
  _id: string;
  epoch: number;
  state: RecognitionKeyState;
  publicKey: Buffer;
  /** Missing once retired. */
  sealed?: Buffer;
  createdAt: Date;
  activatedAt?: Date;
  retiredAt?: Date;
  schemaVersion: 1;
}

interface KeyStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  audit: AuditLog;
}

export type KeyStep =
  | { ok: true; epoch: number }
  | { ok: false; reason: 'announced_already' | 'nothing_announced' | 'not_former' };

export class RecognitionKeyStore {
  readonly #deps: KeyStoreDependencies;

  constructor(deps: KeyStoreDependencies) {
    this.#deps = deps;
  }

  async list(): Promise<RecognitionKeyRecord[]> {
    const found = await this.#keys
      .find({}, { projection: { sealed: 0 } })
      .sort({ epoch: 1 })
      .toArray();
    return found.map(({ epoch, state, publicKey, createdAt, activatedAt, retiredAt }) => {
      return { epoch, state, publicKey, createdAt, activatedAt, retiredAt };
    });
  }

  /** With their secrets: those that are evaluated with. */
  async open(): Promise<{ epoch: number; state: RecognitionKeyState; key: OprfKey }[]> {
    const found = await this.#keys
      .find({ state: { $ne: 'retired' } })
      .sort({ epoch: 1 })
      .toArray();
    return found.flatMap(({ _id, epoch, state, publicKey, sealed }) => {
      if (!sealed) return [];
      const secretKey = this.#deps.keyring.decrypt(sealed, contextOf(_id));
      return [{ epoch, state, key: { secretKey, publicKey } }];
    });
  }

  /** A first key where there is none; of two processes that start at once, one makes it. */
  async ensureFirst(key: OprfKey): Promise<void> {
    if ((await this.#keys.findOne({})) !== null) return;
    try {
      await this.#deps.database.transaction(async (session) => {
        await this.#insert(key, { epoch: 1, state: 'active' }, session);
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async announce(key: OprfKey): Promise<KeyStep> {
    try {
      return await this.#deps.database.transaction(async (session) => {
        const last = await this.#keys.findOne({}, { sort: { epoch: -1 }, session });
        const epoch = (last?.epoch ?? 0) + 1;
        await this.#insert(key, { epoch, state: last ? 'announced' : 'active' }, session);
        return { ok: true, epoch };
      });
    } catch (error) {
      if (isDuplicateKey(error)) return { ok: false, reason: 'announced_already' };
      throw error;
    }
  }

  /** The announced one takes over; the one before is evaluated with until it is retired. */
  async activate(): Promise<KeyStep> {
    const activatedAt = this.#deps.clock.now();
    return this.#deps.database.transaction(async (session) => {
      const next = await this.#keys.findOne({ state: 'announced' }, { session });
      if (!next) return { ok: false, reason: 'nothing_announced' };
      await this.#keys.updateOne({ state: 'active' }, { $set: { state: 'former' } }, { session });
      const $set = { state: 'active' as const, activatedAt };
      await this.#keys.updateOne({ _id: next._id }, { $set }, { session });
      await this.#record('recognition.key_activated', next.epoch, session);
      return { ok: true, epoch: next.epoch };
    });
  }

  /** Its secret is destroyed: nobody can compute an index of this epoch any more. */
  async retire(epoch: number): Promise<KeyStep> {
    const retiredAt = this.#deps.clock.now();
    return this.#deps.database.transaction(async (session) => {
      const { matchedCount } = await this.#keys.updateOne(
        { _id: idOf(epoch), state: 'former' },
        { $set: { state: 'retired', retiredAt }, $unset: { sealed: 1 } },
        { session },
      );
      if (matchedCount === 0) return { ok: false, reason: 'not_former' };
      await this.#record('recognition.key_retired', epoch, session);
      return { ok: true, epoch };
    });
  }

  async #insert(
    { secretKey, publicKey }: OprfKey,
    { epoch, state }: { epoch: number; state: 'announced' | 'active' },
    session: ClientSession,
  ): Promise<void> {
    const _id = idOf(epoch);
    const createdAt = this.#deps.clock.now();
    const document: KeyDocument = {
      _id,
      epoch,
      state,
      publicKey: Buffer.from(publicKey),
      sealed: this.#deps.keyring.encrypt(secretKey, contextOf(_id)),
      createdAt,
      ...(state === 'active' ? { activatedAt: createdAt } : {}),
      schemaVersion: 1,
    };
    await this.#keys.insertOne(document, { session });
    const type = state === 'active' ? 'recognition.key_activated' : 'recognition.key_announced';
    await this.#record(type, epoch, session);
  }

  async #record(
    type: 'recognition.key_announced' | 'recognition.key_activated' | 'recognition.key_retired',
    epoch: number,
    session: ClientSession,
  ): Promise<void> {
    await this.#deps.audit.record(
      { type, actor: 'operator', details: { epoch }, result: 'done' },
      session,
    );
  }

  get #keys() {
    return this.#deps.database.collection<KeyDocument>(RECOGNITION_KEYS);
  }
}

function idOf(epoch: number): string {
  return `epoch:${epoch}`;
}

function contextOf(id: string): string {
  return `${RECOGNITION_KEYS}.sealed:${id}`;
}

const sealedKey = z.looseObject({ _id: z.string(), sealed: z.instanceof(Buffer).optional() });

export const sealedRecognitionKeys: SealedPlace = {
  collection: RECOGNITION_KEYS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = sealedKey.parse(document);
    return sealed ? [{ path: 'sealed', sealed, context: contextOf(_id) }] : [];
  },
};
