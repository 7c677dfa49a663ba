// A recovery under way: what was typed and proven so far, sealed, found by the keyed hash of a
// cookie. Each step is a compare-and-set on the revision, so that of two forms one decides.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { firstHalf, ProvenCookies } from '../platform/proven-cookie.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

/** How somebody has shown that the account is theirs, beside the contact. */
export const recoveryProofs = ['contact', 'second_factor', 'face', 'waited'] as const;
export type RecoveryProof = (typeof recoveryProofs)[number];

const contentSchema = z.object({
  channel: z.enum(['sms', 'mail']),
  /** E.164 number or mail address. */
  contact: z.string(),
  /** Both as they were typed. */
  typed: z.string(),
  login: z.string(),
  /** The sign-in that it began from, to be gone on with. */
  interaction: z.string().optional(),
  /** From here on it is about this account, and by this proof. */
  accountId: z.string().optional(),
  proof: z.enum(recoveryProofs).optional(),
  /** Of the waiting time that this one completes. */
  pendingId: z.string().optional(),
  /** Of the new password, when it is there. */
  passwordRevision: z.number().optional(),
  /** Of the cookie, once the contact is proven. */
  half: z.string().optional(),
});
export type RecoveryContent = z.infer<typeof contentSchema>;

/**
 * `contact`: a code is awaited; `proven`: it came; `ready`: the account has been proven too;
 * `waiting`: the cooling time runs; `done`: there is a new password.
 */
export type RecoveryStage = 'contact' | 'proven' | 'ready' | 'waiting' | 'done';

export interface Recovery extends RecoveryContent {
  /** The key it is stored under; it opens nothing. */
  key: string;
  stage: RecoveryStage;
  revision: number;
  /** When the present stage was reached. */
  stageAt: Date;
  /** It was led into a sign-in once; the next one asks for the password. */
  isHandedOver: boolean;
}

interface RecoveryDocument {
  _id: string;
  sealed: Buffer;
  stage: RecoveryStage;
  revision: number;
  stageAt: Date;
  handedOverAt: Date | null;
  endsAt: Date;
  purgeAt: Date;
  schemaVersion: 1;
}

const VALID_SECONDS = 1800;
const PURGE_TOLERANCE_SECONDS = 600;
const COLLECTION = 'recoveries';

interface RecoveryStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class RecoveryStore {
  readonly #deps: RecoveryStoreDependencies;
  readonly #cookies: ProvenCookies;

  constructor(deps: RecoveryStoreDependencies) {
    this.#deps = deps;
    this.#cookies = new ProvenCookies(deps, 'recovery.proven');
  }

  /** A value for the cookie; nothing is kept under it yet. */
  newId(): string {
    return this.#deps.random.id(256);
  }

  /** Begins one under the value of a cookie; false when there is one, or was until just now. */
  async begin(
    id: string,
    content: RecoveryContent,
    stage: RecoveryStage = 'contact',
  ): Promise<boolean> {
    const { clock } = this.#deps;
    const key = this.#key(id);
    const endsAt = secondsFromNow(clock, VALID_SECONDS);
    try {
      await this.#recoveries.insertOne({
        _id: key,
        sealed: this.#seal(key, content),
        stage,
        revision: 1,
        stageAt: clock.now(),
        handedOverAt: null,
        endsAt,
        purgeAt: new Date(endsAt.getTime() + PURGE_TOLERANCE_SECONDS * 1000),
        schemaVersion: 1,
      });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** By the cookie; undefined also where it lacks the second half that it needs by now. */
  async find(id: string): Promise<Recovery | undefined> {
    const key = this.#key(id);
    const now = this.#deps.clock.now();
    const document = await this.#recoveries.findOne({ _id: key, endsAt: { $gt: now } });
    if (!document) return undefined;
    const { stage, revision, stageAt } = document;
    const isHandedOver = document.handedOverAt !== null;
    const opened = this.#deps.keyring.decryptJson(document.sealed, sealedContext(key));
    const content = contentSchema.parse(opened);
    const { half } = content;
    // One that a link began has had a cookie of its own from its first page.
    if (half !== undefined && !this.#cookies.isComplete(id, { key, half })) return undefined;
    return { ...content, key, stage, revision, stageAt, isHandedOver };
  }

  /** Its contact is proven: the new value of the cookie; undefined when another form was first. */
  async prove(id: string, from: Recovery): Promise<string | undefined> {
    const { cookie, half } = this.#cookies.complete(id, from.key);
    const isMoved = await this.move(from, { stage: 'proven', content: { ...from, half } });
    return isMoved ? cookie : undefined;
  }

  /** The next state of `from`; false when another form has changed it since it was read. */
  async move(
    from: Recovery,
    to: { stage: RecoveryStage; content: RecoveryContent },
    session?: ClientSession,
  ): Promise<boolean> {
    const { key, revision } = from;
    const { matchedCount } = await this.#recoveries.updateOne(
      { _id: key, revision },
      {
        $set: {
          sealed: this.#seal(key, to.content),
          stage: to.stage,
          stageAt: this.#deps.clock.now(),
        },
        $inc: { revision: 1 },
      },
      session ? { session } : {},
    );
    return matchedCount === 1;
  }

  /** True for the first time that the recovered account is led into a sign-in. */
  async handOver(key: string): Promise<boolean> {
    const { matchedCount } = await this.#recoveries.updateOne(
      { _id: key, stage: 'done', handedOverAt: null },
      { $set: { handedOverAt: this.#deps.clock.now() } },
    );
    return matchedCount === 1;
  }

  #seal(key: string, content: RecoveryContent): Buffer {
    return this.#deps.keyring.encryptJson(contentSchema.parse(content), sealedContext(key));
  }

  #key(id: string): string {
    return this.#deps.keyring
      .mac('artefactId', 'recovery.cookie', firstHalf(id))
      .toString('base64url');
  }

  get #recoveries() {
    return this.#deps.database.collection<RecoveryDocument>(COLLECTION);
  }
}

function sealedContext(key: string): string {
  return `recovery.under-way:${key}`;
}

export const sealedRecoveries: SealedPlace = {
  collection: COLLECTION,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as RecoveryDocument;
    return [{ path: 'sealed', sealed, context: sealedContext(_id) }];
  },
};
