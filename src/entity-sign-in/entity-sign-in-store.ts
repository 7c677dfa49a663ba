// What organisations that signed in by themselves signed in with, for as long as anything may stand on
// it: looked at again and again, because a certificate can be revoked and whoever was behind it can lose
// the power any minute.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
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

/** `reference`: names the means among those of the organisation. */
export interface NewEntitySignIn extends Omit<EntitySignIn, 'id'> {
  reference: string;
}

interface EntitySignInDocument extends Omit<EntitySignIn, 'id' | 'path'> {
  _id: string;
  sealed: Buffer;
  /** Looked at next; absent where nothing that can be looked at ends it. */
  dueAt?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

export const ENTITY_SIGN_INS = 'entitySignIns';
/** As long as an authorization may outlive the sign-in (`offline_access`, devices). */
const KEPT_SECONDS = 30 * 86_400;

export class EntitySignInStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
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
    return (await this.#signIns.findOne({ _id: id }, { projection: { _id: 1 } })) !== null;
  }

  /** Those that are due, each handed to one process, which has so many seconds for it. */
  async takeDue(limit: number, everySeconds: number): Promise<EntitySignIn[]> {
    const { clock } = this.#deps;
    const due = { dueAt: { $lte: clock.now() } };
    const found = await this.#signIns.find(due).sort({ dueAt: 1 }).limit(limit).toArray();
    const taken: EntitySignIn[] = [];
    for (const document of found) {
      const { _id, dueAt } = document;
      const $set = { dueAt: secondsFromNow(clock, everySeconds) };
      const read = { _id, ...(dueAt ? { dueAt } : {}) };
      const { modifiedCount } = await this.#signIns.updateOne(read, { $set });
      if (modifiedCount === 1) taken.push(this.#open(document));
    }
    return taken;
  }

  async remove(id: string): Promise<void> {
    await this.#signIns.deleteOne({ _id: id });
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
