// What begins without a sign-in and leads to one (a registration, a recovery): what was typed and
// proven so far, sealed, found by the keyed hash of a cookie. Each step is a compare-and-set on the
// revision, so that of two forms one decides.
import type { z } from 'zod';
import { secondsFromNow } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Keyring } from './crypto.ts';
import { isDuplicateKey } from './mongo.ts';
import type { ClientSession, Database } from './mongo.ts';
import { firstHalf, ProvenCookies } from './proven-cookie.ts';
import type { Random } from './random.ts';
import type { SealedPlace } from './sealed-place.ts';

/** `half`: of the cookie, once the contact is proven. */
interface JourneyContent {
  half?: string | undefined;
}

/** It has at least these: where it begins, what the proof of a contact leads to, and its end. */
type CommonStage = 'contact' | 'proven' | 'done';

export interface JourneyKind<Content extends JourneyContent> {
  collection: string;
  content: z.ZodType<Content>;
  /** They keep the keyed hashes and the seals of one kind apart from all others. */
  labels: { cookie: string; proven: string; sealed: string };
  /** Links in messages begin some of them: proven from the start, with a cookie that is nobody else's. */
  beginsByLink: boolean;
}

export type Journey<Stage extends string, Content> = Content & {
  /** The key it is stored under; it opens nothing. */
  key: string;
  stage: Stage;
  revision: number;
  /** When the present stage was reached. */
  stageAt: Date;
  /** It was led into a sign-in once; the next one asks for the password. */
  isHandedOver: boolean;
};

interface JourneyDocument {
  _id: string;
  sealed: Buffer;
  stage: string;
  revision: number;
  stageAt: Date;
  handedOverAt: Date | null;
  endsAt: Date;
  purgeAt: Date;
  schemaVersion: 1;
}

interface JourneyStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

const VALID_SECONDS = 1800;
const PURGE_TOLERANCE_SECONDS = 600;
/** Who comes back later than this after the end, or sits down there, has to know the password. */
const HAND_OVER_SECONDS = 600;

export class JourneyStore<Stage extends string, Content extends JourneyContent> {
  readonly #deps: JourneyStoreDependencies;
  readonly #kind: JourneyKind<Content>;
  readonly #cookies: ProvenCookies;

  constructor(deps: JourneyStoreDependencies, kind: JourneyKind<Content>) {
    this.#deps = deps;
    this.#kind = kind;
    this.#cookies = new ProvenCookies(deps, kind.labels.proven);
  }

  /** A value for the cookie; nothing is kept under it yet. */
  newId(): string {
    return this.#deps.random.id(256);
  }

  /** Begins one under the value of a cookie; false when there is one, or was until just now. */
  async begin(
    id: string,
    content: Content,
    stage: Stage | CommonStage = 'contact',
  ): Promise<boolean> {
    const { clock } = this.#deps;
    const key = this.#key(id);
    const endsAt = secondsFromNow(clock, VALID_SECONDS);
    try {
      await this.#journeys.insertOne({
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
  async find(id: string): Promise<Journey<Stage, Content> | undefined> {
    const key = this.#key(id);
    const now = this.#deps.clock.now();
    const document = await this.#journeys.findOne({ _id: key, endsAt: { $gt: now } });
    if (!document) return undefined;
    const { stage, revision, stageAt, handedOverAt, sealed } = document;
    const { content: schema, labels, beginsByLink } = this.#kind;
    const opened = this.#deps.keyring.decryptJson(sealed, contextOf(labels, key));
    const content = schema.parse(opened);
    const { half } = content;
    const isHalfDue = half !== undefined || (stage !== 'contact' && !beginsByLink);
    if (isHalfDue && !this.#cookies.isComplete(id, { key, half })) return undefined;
    const isHandedOver = handedOverAt !== null;
    return { ...content, key, stage: stage as Stage, revision, stageAt, isHandedOver };
  }

  /** Its contact is proven: the new value of the cookie; undefined when another form was first. */
  async prove(id: string, from: Journey<Stage, Content>): Promise<string | undefined> {
    const { cookie, half } = this.#cookies.complete(id, from.key);
    const isMoved = await this.move(from, { stage: 'proven', content: { ...from, half } });
    return isMoved ? cookie : undefined;
  }

  /** The next state of `from`; false when another form has changed it since it was read. */
  async move(
    { key, revision }: { key: string; revision: number },
    to: { stage: Stage | CommonStage; content: Content },
    session?: ClientSession,
  ): Promise<boolean> {
    const { matchedCount } = await this.#journeys.updateOne(
      { _id: key, revision, stage: { $ne: 'done' } },
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

  /** Whether its account may still be led into a sign-in without the password. */
  isAwaited({ stage, stageAt, isHandedOver }: Journey<Stage, Content>): boolean {
    const isRecent = stageAt > secondsFromNow(this.#deps.clock, -HAND_OVER_SECONDS);
    return stage === 'done' && !isHandedOver && isRecent;
  }

  /** True for the first time that its account is led into a sign-in. */
  async handOver(key: string): Promise<boolean> {
    const { matchedCount } = await this.#journeys.updateOne(
      { _id: key, stage: 'done', handedOverAt: null },
      { $set: { handedOverAt: this.#deps.clock.now() } },
    );
    return matchedCount === 1;
  }

  #seal(key: string, content: Content): Buffer {
    const { content: schema, labels } = this.#kind;
    return this.#deps.keyring.encryptJson(schema.parse(content), contextOf(labels, key));
  }

  #key(id: string): string {
    const { labels } = this.#kind;
    return this.#deps.keyring.mac('artefactId', labels.cookie, firstHalf(id)).toString('base64url');
  }

  get #journeys() {
    return this.#deps.database.collection<JourneyDocument>(this.#kind.collection);
  }
}

export function sealedJourneys({
  collection,
  labels,
}: Pick<JourneyKind<JourneyContent>, 'collection' | 'labels'>): SealedPlace {
  return {
    collection,
    fields: ['sealed'],
    valuesOf: (document) => {
      const { _id, sealed } = document as JourneyDocument;
      return [{ path: 'sealed', sealed, context: contextOf(labels, _id) }];
    },
  };
}

function contextOf(labels: JourneyKind<JourneyContent>['labels'], key: string): string {
  return `${labels.sealed}:${key}`;
}
