// What an organisation is asked to sign: one text for each sign-in and purpose at a time, used once.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

/** For what it is signed, and by whose sign-in; the signature counts for nothing else. */
export interface ChallengeOf {
  accountId: string;
  /** Of the sign-in. */
  sid: string;
  purpose: 'register' | 'raise' | 'sign_in';
  /** Who gains power over the organisation, masked: whoever keeps the key reads for whom he signs. */
  person?: string | undefined;
  /** Of `sign_in`: the system that is signed in to, on one line. */
  system?: string | undefined;
  /** Code of the organisation that it is to be, where that is known before. */
  uscc?: string | undefined;
}

export interface Challenge {
  /** Public; changes with the text. */
  id: string;
  text: string;
  expiresAt: Date;
}

interface ChallengeDocument {
  /** Keyed hash of whom and what it is for. */
  _id: string;
  accountId: string;
  challengeId: string;
  sealed: Buffer;
  usedAt?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

interface ChallengeStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  /** Who asks. */
  issuer: string;
}

export const ENTITY_CHALLENGES = 'entityChallenges';
/** Long enough to fetch a key from a drawer. */
const VALID_SECONDS = 1200;
/** One with less than this left is replaced by a new one. */
const LEAST_SECONDS = 300;
const textSchema = z.object({ text: z.string() });

export class ChallengeStore {
  readonly #deps: ChallengeStoreDependencies;

  constructor(deps: ChallengeStoreDependencies) {
    this.#deps = deps;
  }

  /** The present one, or a new one. */
  async begin(of: ChallengeOf): Promise<Challenge> {
    const found = await this.#find(of, LEAST_SECONDS);
    if (found) return found;
    const { clock } = this.#deps;
    const _id = this.#key(of);
    const document = this.#compose(_id, of);
    const replaceable = [
      { usedAt: { $exists: true } },
      { expiresAt: { $lte: secondsFromNow(clock, LEAST_SECONDS) } },
    ];
    try {
      const { _id: _same, ...replacement } = document;
      await this.#challenges.replaceOne({ _id, $or: replaceable }, replacement, { upsert: true });
    } catch (error) {
      // Another form of the same page was first.
      if (!isDuplicateKey(error)) throw error;
    }
    return (await this.#find(of, 0)) ?? this.#open(document);
  }

  /** The one with this id, as long as nobody has used it. */
  async find(of: ChallengeOf, id: string): Promise<Challenge | undefined> {
    const found = await this.#find(of, 0);
    return found?.id === id ? found : undefined;
  }

  /** True for the one call that uses it. */
  async use(of: ChallengeOf, id: string): Promise<boolean> {
    const now = this.#deps.clock.now();
    const { modifiedCount } = await this.#challenges.updateOne(
      { _id: this.#key(of), challengeId: id, usedAt: { $exists: false }, expiresAt: { $gt: now } },
      { $set: { usedAt: now } },
    );
    return modifiedCount === 1;
  }

  async #find(of: ChallengeOf, leastSeconds: number): Promise<Challenge | undefined> {
    const document = await this.#challenges.findOne({
      _id: this.#key(of),
      usedAt: { $exists: false },
      expiresAt: { $gt: secondsFromNow(this.#deps.clock, leastSeconds) },
    });
    return document ? this.#open(document) : undefined;
  }

  #compose(_id: string, of: ChallengeOf): ChallengeDocument {
    const { accountId, purpose, uscc, person, system } = of;
    const { clock, random, keyring, issuer } = this.#deps;
    const expiresAt = secondsFromNow(clock, VALID_SECONDS);
    const lines = [
      'hutong organisation challenge 2',
      `audience: ${issuer}`,
      `purpose: ${purpose}`,
      ...(person === undefined ? [] : [`person: ${person}`]),
      ...(system === undefined ? [] : [`system: ${system.replaceAll(/\s+/gu, ' ')}`]),
      ...(uscc === undefined ? [] : [`organisation: ${uscc}`]),
      `nonce: ${random.id(256)}`,
      `issued: ${clock.now().toISOString()}`,
      `expires: ${expiresAt.toISOString()}`,
    ];
    const text = `${lines.join('\n')}\n`;
    const sealed = keyring.encryptJson({ text }, context(_id));
    const challengeId = random.id();
    return { _id, accountId, challengeId, sealed, expiresAt, schemaVersion: 1 };
  }

  #key({ accountId, sid, purpose, uscc = '' }: ChallengeOf): string {
    const of = JSON.stringify([accountId, sid, purpose, uscc]);
    return this.#deps.keyring
      .mac('artefactId', 'entity-proofs.challenge', of)
      .toString('base64url');
  }

  #open({ _id, challengeId: id, sealed, expiresAt }: ChallengeDocument): Challenge {
    const { text } = textSchema.parse(this.#deps.keyring.decryptJson(sealed, context(_id)));
    return { id, text, expiresAt };
  }

  get #challenges() {
    return this.#deps.database.collection<ChallengeDocument>(ENTITY_CHALLENGES);
  }
}

/** Part of the removal of the account. */
export async function eraseChallenges(
  database: Database,
  accountId: string,
  session: ClientSession,
): Promise<void> {
  const challenges = database.collection<ChallengeDocument>(ENTITY_CHALLENGES);
  await challenges.deleteMany({ accountId }, { session });
}

function context(id: string): string {
  return `entity-proofs.challenge:${id}`;
}

export const sealedChallenges: SealedPlace = {
  collection: ENTITY_CHALLENGES,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as ChallengeDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
