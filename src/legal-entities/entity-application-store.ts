// Registrations of organisations under way: what was typed and what the register said, sealed. One
// for each person and code, so that a form sent twice makes one; each step is a compare-and-set.
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { entityProofSources } from '../platform/entity-proof-config.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { registeredSubtypes } from './entity-register.ts';

const contentSchema = z.object({
  uscc: z.string(),
  /** As typed; once confirmed as registered. */
  name: z.string(),
  /** What the register said, once it did. */
  confirmed: z
    .object({
      subtype: z.enum(registeredSubtypes),
      resultCode: z.string(),
      reference: z.string(),
    })
    .optional(),
  /** What the organisation has shown by a means of its own, and what the person is to be. */
  proof: z
    .object({
      source: z.enum(entityProofSources),
      grade: z.enum(['A', 'B', 'C', 'D']),
      cap: z.number(),
      resultCode: z.string(),
      reference: z.string(),
      /** ISO 8601 */
      expiresAt: z.string().optional(),
      role: z.enum(['legalRepresentative', 'administrator']),
    })
    .optional(),
  /** As the person says, for a review. */
  subtype: z.enum(registeredSubtypes).optional(),
  /** What the register said last, for who reviews it. */
  answer: z
    .object({
      outcome: z.enum(['matched', 'different', 'not_found', 'unclear', 'unavailable']),
      resultCode: z.string(),
      /** ISO 8601 */
      at: z.string(),
    })
    .optional(),
  /** Since when the register has not answered; ISO 8601. */
  waitingSince: z.string().optional(),
  /** Another account has the code, and did not give way. */
  isHeld: z.boolean().optional(),
  caseId: z.string().optional(),
  /** As it was agreed to when it was sent for review. */
  agreement: z
    .object({ version: z.number(), language: z.enum(['zh-CN', 'en']), address: z.string() })
    .optional(),
});
export type EntityApplicationContent = z.infer<typeof contentSchema>;

/**
 * `waiting`: the register has not answered; `refused`: it did not confirm, staff may; `confirmed`: it
 * said yes, the agreement is due; `review`: was sent to staff.
 */
export type EntityApplicationStage = 'waiting' | 'refused' | 'confirmed' | 'review' | 'done';

export interface EntityApplication extends EntityApplicationContent {
  id: string;
  personId: string;
  stage: EntityApplicationStage;
  revision: string;
}

interface EntityApplicationDocument {
  /** Keyed hash of person and code. */
  _id: string;
  personId: string;
  sealed: Buffer;
  stage: EntityApplicationStage;
  /** Another with every change. */
  revision: string;
  at: Date;
  /** A form is being carried out. */
  claimedUntil?: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

export const ENTITY_APPLICATIONS = 'entityApplications';
/** What the register said is relied upon for so long. */
const CONFIRMED_SECONDS = 3600;
const WAITING_SECONDS = 7 * 86_400;
/** Longer than staff need to decide, and people to look how it ended. */
const REVIEW_SECONDS = 180 * 86_400;
/** Longer than any request takes. */
const CLAIM_SECONDS = 15;

interface EntityApplicationStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class EntityApplicationStore {
  readonly #deps: EntityApplicationStoreDependencies;

  constructor(deps: EntityApplicationStoreDependencies) {
    this.#deps = deps;
  }

  /** In place of what this person had under way for this code. */
  async put(
    personId: string,
    stage: Exclude<EntityApplicationStage, 'review' | 'done'>,
    content: EntityApplicationContent,
  ): Promise<EntityApplication> {
    const { keyring, clock, random } = this.#deps;
    const _id = this.#idOf(personId, content.uscc);
    const sealed = keyring.encryptJson(contentSchema.parse(content), context(_id));
    const seconds = stage === 'confirmed' ? CONFIRMED_SECONDS : WAITING_SECONDS;
    const revision = random.id();
    const expiresAt = secondsFromNow(clock, seconds);
    const facts = { personId, sealed, stage, revision, at: clock.now(), expiresAt } as const;
    await this.#applications.replaceOne({ _id }, { ...facts, schemaVersion: 1 }, { upsert: true });
    return { id: _id, personId, stage, revision, ...content };
  }

  /** Not over yet; of this person only. */
  async find(id: string, personId: string): Promise<EntityApplication | undefined> {
    const now = this.#deps.clock.now();
    const filter = { _id: id, personId, stage: { $ne: 'done' as const }, expiresAt: { $gt: now } };
    const document = await this.#applications.findOne(filter);
    return document ? this.#open(document) : undefined;
  }

  /** What this person has under way for the code. */
  ofCode(personId: string, uscc: string): Promise<EntityApplication | undefined> {
    return this.find(this.#idOf(personId, uscc), personId);
  }

  /** Sent to staff, for the first time or again. True for the one call that found it as it was read. */
  async submit(
    application: EntityApplication,
    sent: Pick<Required<EntityApplicationContent>, 'subtype' | 'caseId' | 'agreement'>,
    session: ClientSession,
  ): Promise<boolean> {
    const { keyring, clock, random } = this.#deps;
    const { id, revision } = application;
    const content = contentSchema.parse({ ...application, ...sent });
    const { modifiedCount } = await this.#applications.updateOne(
      { _id: id, revision, stage: { $ne: 'done' } },
      {
        $set: {
          stage: 'review',
          sealed: keyring.encryptJson(content, context(id)),
          revision: random.id(),
          expiresAt: secondsFromNow(clock, REVIEW_SECONDS),
        },
      },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Under way, newest first. */
  async ofPerson(personId: string): Promise<EntityApplication[]> {
    const now = this.#deps.clock.now();
    const found = await this.#applications
      .find({ personId, stage: { $ne: 'done' }, expiresAt: { $gt: now } })
      .sort({ at: -1 })
      .limit(20)
      .toArray();
    return found.map((document) => this.#open(document));
  }

  /** True for one form at a time: many sent at once do not stand in each other's way. */
  async claim({ id, revision }: EntityApplication): Promise<boolean> {
    const { clock } = this.#deps;
    const free = [{ claimedUntil: { $exists: false } }, { claimedUntil: { $lte: clock.now() } }];
    const { modifiedCount } = await this.#applications.updateOne(
      { _id: id, revision, stage: { $ne: 'done' }, $or: free },
      { $set: { claimedUntil: secondsFromNow(clock, CLAIM_SECONDS) } },
    );
    return modifiedCount === 1;
  }

  /** By who claimed it. */
  async release({ id, revision }: EntityApplication): Promise<void> {
    await this.#applications.updateOne({ _id: id, revision }, { $unset: { claimedUntil: 1 } });
  }

  /** True for the one call that ends it as it was read. */
  async finish(application: EntityApplication, session: ClientSession): Promise<boolean> {
    const { id, revision } = application;
    const { modifiedCount } = await this.#applications.updateOne(
      { _id: id, revision, stage: { $ne: 'done' } },
      { $set: { stage: 'done' } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Given up by the person. */
  async drop(id: string, personId: string, session?: ClientSession): Promise<void> {
    await this.#applications.deleteOne({ _id: id, personId }, session ? { session } : {});
  }

  /** Part of the removal of the account. */
  async erase(personId: string, session: ClientSession): Promise<void> {
    await this.#applications.deleteMany({ personId }, { session });
  }

  /** One for each person and code. */
  #idOf(personId: string, uscc: string): string {
    const label = 'legal-entities.application';
    const of = JSON.stringify([personId, uscc]);
    return this.#deps.keyring.mac('artefactId', label, of).toString('base64url');
  }

  #open({ _id: id, personId, stage, revision, sealed }: EntityApplicationDocument) {
    const opened = this.#deps.keyring.decryptJson(sealed, context(id));
    return { id, personId, stage, revision, ...contentSchema.parse(opened) };
  }

  get #applications() {
    return this.#deps.database.collection<EntityApplicationDocument>(ENTITY_APPLICATIONS);
  }
}

function context(id: string): string {
  return `legal-entities.application:${id}`;
}

export const sealedEntityApplications: SealedPlace = {
  collection: ENTITY_APPLICATIONS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as EntityApplicationDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
