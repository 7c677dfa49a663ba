// Children that the registers did not confirm, until staff have decided: what the guardian typed and
// what the registers said, sealed. One for each guardian and child; each step is a compare-and-set.
import { z } from 'zod';
import { certificateTypeCodes } from '../accounts/certificate-types.ts';
import type { Certificate } from '../accounts/identity-number.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { answerOutcomes } from '../review/review-case.ts';
import type { Child } from './child-form.ts';
import { relations } from './ward.ts';

const contentSchema = z.object({
  name: z.string(),
  certificate: z.object({
    type: z.enum(certificateTypeCodes),
    number: z.string(),
    country: z.string().optional(),
  }),
  /** YYYY-MM-DD */
  birthDate: z.string(),
  relation: z.enum(relations),
  /** What the registers said last, for who reviews it. */
  answers: z.array(
    z.object({
      source: z.enum(['population', 'household']),
      outcome: z.enum(answerOutcomes),
      resultCode: z.string(),
      /** ISO 8601 */
      at: z.string(),
    }),
  ),
  caseId: z.string().optional(),
  /** As it was agreed to when it was sent. */
  agreement: z
    .object({ version: z.number(), language: z.enum(['zh-CN', 'en']), address: z.string() })
    .optional(),
});
export type ChildApplicationContent = z.infer<typeof contentSchema>;
export type RegisterAnswer = ChildApplicationContent['answers'][number];

export interface ChildApplication extends ChildApplicationContent {
  id: string;
  guardianId: string;
  revision: string;
}

interface ChildApplicationDocument {
  /** Keyed hash of guardian and child. */
  _id: string;
  guardianId: string;
  sealed: Buffer;
  /** Another with every change. */
  revision: string;
  at: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

export const CHILD_APPLICATIONS = 'childApplications';
const TYPED_SECONDS = 7 * 86_400;
/** Longer than staff need to decide, and people to look how it ended. */
const REVIEW_SECONDS = 180 * 86_400;
const MOST_OF_GUARDIAN = 20;

interface ChildApplicationStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class ChildApplicationStore {
  readonly #deps: ChildApplicationStoreDependencies;

  constructor(deps: ChildApplicationStoreDependencies) {
    this.#deps = deps;
  }

  /**
   * In place of `former`, what this guardian had under way for this child. What another form has put
   * there meanwhile stays.
   */
  async put(
    guardianId: string,
    content: ChildApplicationContent,
    former: ChildApplication | undefined,
  ): Promise<ChildApplication | undefined> {
    const _id = this.#idOf(guardianId, content.certificate);
    const { clock } = this.#deps;
    const document = this.#sealed(_id, { guardianId, content, seconds: TYPED_SECONDS });
    if (former) {
      await this.#applications.updateOne({ _id, revision: former.revision }, { $set: document });
    } else {
      await this.#applications.deleteOne({ _id, expiresAt: { $lte: clock.now() } });
      await this.#applications.updateOne({ _id }, { $setOnInsert: document }, { upsert: true });
    }
    return this.find(_id, guardianId);
  }

  /** Not over yet; of this guardian only. */
  async find(id: string, guardianId: string): Promise<ChildApplication | undefined> {
    const now = this.#deps.clock.now();
    const filter = { _id: id, guardianId, expiresAt: { $gt: now } };
    const document = await this.#applications.findOne(filter);
    return document ? this.#open(document) : undefined;
  }

  /** What this guardian has under way for the child. */
  ofChild(guardianId: string, certificate: Certificate): Promise<ChildApplication | undefined> {
    return this.find(this.#idOf(guardianId, certificate), guardianId);
  }

  /** Newest first. */
  async ofGuardian(guardianId: string): Promise<ChildApplication[]> {
    const now = this.#deps.clock.now();
    const found = await this.#applications
      .find({ guardianId, expiresAt: { $gt: now } })
      .sort({ at: -1 })
      .limit(MOST_OF_GUARDIAN)
      .toArray();
    return found.map((document) => this.#open(document));
  }

  /** Sent to staff, first or again. True for the one call that found it as it was read. */
  async submit(
    application: ChildApplication,
    sent: Required<Pick<ChildApplicationContent, 'caseId' | 'agreement'>>,
    session: ClientSession,
  ): Promise<boolean> {
    const { id, guardianId, revision } = application;
    const content = { ...application, ...sent };
    const set = this.#sealed(id, { guardianId, content, seconds: REVIEW_SECONDS });
    const { modifiedCount } = await this.#applications.updateOne(
      { _id: id, revision },
      { $set: set },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Approved, or given up by the guardian. */
  async drop({ id, revision }: ChildApplication, session: ClientSession): Promise<boolean> {
    const { deletedCount } = await this.#applications.deleteOne({ _id: id, revision }, { session });
    return deletedCount === 1;
  }

  /** Part of the removal of the account. */
  async erase(guardianId: string, session: ClientSession): Promise<void> {
    await this.#applications.deleteMany({ guardianId }, { session });
  }

  #idOf(guardianId: string, { type, number }: Certificate): string {
    const of = JSON.stringify([guardianId, type, number]);
    const label = 'guardianship.application';
    return this.#deps.keyring.mac('artefactId', label, of).toString('base64url');
  }

  #sealed(
    id: string,
    of: { guardianId: string; content: ChildApplicationContent; seconds: number },
  ): Omit<ChildApplicationDocument, '_id'> {
    const { keyring, clock, random } = this.#deps;
    return {
      guardianId: of.guardianId,
      sealed: keyring.encryptJson(contentSchema.parse(of.content), context(id)),
      revision: random.id(),
      at: clock.now(),
      expiresAt: secondsFromNow(clock, of.seconds),
      schemaVersion: 1,
    };
  }

  #open({ _id: id, guardianId, revision, sealed }: ChildApplicationDocument): ChildApplication {
    const opened = contentSchema.parse(this.#deps.keyring.decryptJson(sealed, context(id)));
    return { id, guardianId, revision, ...opened };
  }

  get #applications() {
    return this.#deps.database.collection<ChildApplicationDocument>(CHILD_APPLICATIONS);
  }
}

/** As the use cases know a child. */
export function childOf({
  name,
  certificate,
  birthDate,
  relation,
}: ChildApplicationContent): Child {
  const { country, ...others } = certificate;
  const claim = {
    name,
    certificate: country === undefined ? others : { ...others, country },
  };
  return { claim, birthDate, relation };
}

function context(id: string): string {
  return `guardianship.application:${id}`;
}

export const sealedChildApplications: SealedPlace = {
  collection: CHILD_APPLICATIONS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as ChildApplicationDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
