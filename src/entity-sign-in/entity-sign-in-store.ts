// What organisations that signed in by themselves signed in with, for as long as anything may stand on
// it: looked at again and again, because a certificate can be revoked and whoever was behind it can lose
// the power any minute.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

export type EntityMeans = 'licence' | 'certificate';
/** `password`: one that counts no more, noted to end what was opened with it. */
type NotedMeans = EntityMeans | 'password';

const sealedSchema = z.object({
  /** Of a certificate: what its issuers may have revoked. */
  path: z.array(z.object({ certificate: z.string(), issuer: z.string() })).readonly(),
});

/** What one organisation signed in with. */
export interface EntitySignIn extends z.output<typeof sealedSchema> {
  id: string;
  entityId: string;
  means: NotedMeans;
  /** Whose power over the organisation it stands on, where that is known here. */
  personId?: string | undefined;
  /** When the certificate ends, or what the password has opened. */
  endsAt?: Date | undefined;
}

export interface DueSignIn extends EntitySignIn {
  /** By who ended the power that it stood on. */
  hasEnded: boolean;
}

/** `reference`: names the means among those of the organisation. */
export interface NewEntitySignIn extends Omit<EntitySignIn, 'id'> {
  reference: string;
}

interface EntitySignInDocument extends Omit<EntitySignIn, 'id' | 'path'> {
  _id: string;
  sealed: Buffer;
  /** Looked at next; absent where nothing that can be looked at ends it. */
  dueAt?: Date;
  /** Names the round that looks at it. */
  round?: string;
  /** From then on it opens nothing; it is forgotten when all that stood on it has ended. */
  endedAt?: Date;
  usedAt?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

export const ENTITY_SIGN_INS = 'entitySignIns';
/** As long as an authorization may outlive the sign-in (`offline_access`, devices). */
const KEPT_SECONDS = 30 * 86_400;

interface EntitySignInStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class EntitySignInStore {
  readonly #deps: EntitySignInStoreDependencies;

  constructor(deps: EntitySignInStoreDependencies) {
    this.#deps = deps;
  }

  /** One for each means of an organisation. @returns its id, which opens nothing */
  async note(
    { reference, path, ...facts }: NewEntitySignIn,
    session?: ClientSession,
  ): Promise<string> {
    const { keyring, clock } = this.#deps;
    const { entityId, means, personId, endsAt } = facts;
    const canEnd = personId !== undefined || endsAt !== undefined || path.length > 0;
    const of = JSON.stringify([entityId, means, reference]);
    const _id = keyring.mac('artefactId', 'entity-sign-in', of).toString('base64url');
    const sealed = keyring.encryptJson(sealedSchema.parse({ path }), context(_id));
    const document = {
      entityId,
      means,
      sealed,
      expiresAt: secondsFromNow(clock, KEPT_SECONDS),
      ...(personId === undefined ? {} : { personId }),
      ...(endsAt === undefined ? {} : { endsAt }),
      ...(canEnd ? { dueAt: clock.now() } : {}),
      schemaVersion: 1 as const,
    };
    await this.#signIns.replaceOne({ _id }, document, {
      upsert: true,
      ...(session ? { session } : {}),
    });
    return _id;
  }

  async has(id: string): Promise<boolean> {
    return (await this.#signIns.findOne(living({ _id: id }), { projection: { _id: 1 } })) !== null;
  }

  /**
   * Asked once what it opens is stored: whoever ends it writes the same document, so one of both comes
   * first and the other finds what it has left. False when it has ended.
   */
  async use(id: string): Promise<boolean> {
    const $set = { usedAt: this.#deps.clock.now() };
    return (await this.#signIns.updateOne(living({ _id: id }), { $set })).matchedCount === 1;
  }

  /** Those that stand on the power of one of these persons, over one organisation or any. */
  async upon(
    of: readonly { personId: string; entityId?: string }[],
    session: ClientSession,
  ): Promise<EntitySignIn[]> {
    if (of.length === 0) return [];
    const found = await this.#signIns.find(living({ $or: [...of] }), { session }).toArray();
    return found.map((document) => this.#open(document));
  }

  /** Opens nothing from the commit on, and is the first that the next round takes up. True once. */
  async markEnded(id: string, session: ClientSession): Promise<boolean> {
    const $set = { endedAt: this.#deps.clock.now(), dueAt: new Date(0) };
    const update = await this.#signIns.updateOne(living({ _id: id }), { $set }, { session });
    return update.matchedCount === 1;
  }

  async forget(id: string): Promise<void> {
    await this.#signIns.deleteOne({ _id: id });
  }

  /** Forgotten, unless it was shown anew since it ended. */
  async remove(id: string): Promise<void> {
    await this.#signIns.deleteOne({ _id: id, endedAt: { $exists: true } });
  }

  /**
   * Some of those that were due at a time, what has ended first; each is handed to one process, which
   * has so many seconds for it.
   */
  async takeDue(
    limit: number,
    { dueBy, everySeconds }: { dueBy: Date; everySeconds: number },
  ): Promise<DueSignIn[]> {
    const { clock, random } = this.#deps;
    const due = { dueAt: { $lte: dueBy } };
    if (!(await isAny(this.#deps.database, ENTITY_SIGN_INS, due))) return [];
    const found = await this.#signIns
      .find(due, { projection: { _id: 1 } })
      .sort({ dueAt: 1 })
      .limit(limit)
      .toArray();
    const _id = { $in: found.map((document) => document._id) };
    const round = random.id();
    const $set = { round, dueAt: secondsFromNow(clock, everySeconds) };
    await this.#signIns.updateMany({ _id, ...due }, { $set });
    const taken = await this.#signIns.find({ _id, round }).toArray();
    return taken.map((document) => ({
      ...this.#open(document),
      hasEnded: document.endedAt !== undefined,
    }));
  }

  /** Part of the removal of an account, be it of the organisation or of the person. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    const either = { $or: [{ entityId: accountId }, { personId: accountId }] };
    await this.#signIns.deleteMany(either, { session });
  }

  #open({ _id, entityId, means, personId, endsAt, sealed }: EntitySignInDocument): EntitySignIn {
    const opened = this.#deps.keyring.decryptJson(sealed, context(_id));
    return { id: _id, entityId, means, personId, endsAt, ...sealedSchema.parse(opened) };
  }

  get #signIns() {
    return this.#deps.database.collection<EntitySignInDocument>(ENTITY_SIGN_INS);
  }
}

function living<Of extends object>(of: Of) {
  return { ...of, endedAt: { $exists: false } };
}

function context(id: string): string {
  return `entity-sign-in:${id}`;
}

export const sealedEntitySignIns: SealedPlace = {
  collection: ENTITY_SIGN_INS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as EntitySignInDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
