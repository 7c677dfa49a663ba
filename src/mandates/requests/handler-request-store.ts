// Requests to act for organisations, until they are answered: bound to who asks and to the code that
// was typed, of which only a keyed hash can be searched. Each step is a compare-and-set.
import { z } from 'zod';
import { secondsFromNow } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';
import type { Random } from '../../platform/random.ts';
import type { SealedPlace } from '../../platform/sealed-place.ts';
import { scopeKeyOf } from '../mandate-document.ts';
import type { HandlerRequest, RequestOutcome } from './handler-request.ts';

const party = z.object({ name: z.string(), number: z.string() });
const sealedSchema = z.object({ entity: party, person: party });

interface RequestDocument extends Omit<HandlerRequest, 'id' | 'entity' | 'person'> {
  _id: string;
  /** Keyed hash of the organisation's code. */
  usccMac: string;
  scopeKey: string;
  sealed: Buffer;
  /** Only while it is not closed: what the unique index looks at. */
  isOpen?: true;
  purgeAt: Date;
  schemaVersion: 1;
}

export const HANDLER_REQUESTS = 'mandateRequests';
const LABEL = 'mandates.request';
const DAY_SECONDS = 86_400;
const VALID_SECONDS = 7 * DAY_SECONDS;
/** Longer than staff need to decide. */
const REVIEW_SECONDS = 180 * DAY_SECONDS;
/** How long who asked reads what became of it. */
const KEPT_SECONDS = 30 * DAY_SECONDS;
/** Open ones of one person. */
export const MAX_REQUESTS = 5;
/** Shown to one organisation at a time. */
const MAX_SHOWN = 100;

interface HandlerRequestStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class HandlerRequestStore {
  readonly #deps: HandlerRequestStoreDependencies;

  constructor(deps: HandlerRequestStoreDependencies) {
    this.#deps = deps;
  }

  /** The caller holds the account of who asks, so that no limit is passed by two at once. */
  async put(
    request: Pick<HandlerRequest, 'personId' | 'way' | 'entity' | 'person' | 'terms'>,
    session: ClientSession,
  ): Promise<HandlerRequest | 'too_many' | 'asked_already'> {
    const { keyring, clock, random } = this.#deps;
    const { personId, way, entity, person } = request;
    const terms = given(request.terms);
    const now = clock.now();
    await this.#requests.updateMany(
      { personId, isOpen: true, expiresAt: { $lte: now } },
      { $unset: { isOpen: 1 } },
      { session },
    );
    const open = { personId, isOpen: true } as const;
    const scopeKey = scopeKeyOf(terms);
    const same = { ...open, usccMac: { $in: this.#macs(entity.number) }, scopeKey };
    if (await this.#requests.findOne(same, { session })) return 'asked_already';
    const limit = MAX_REQUESTS;
    if ((await this.#requests.countDocuments(open, { session, limit })) >= limit) return 'too_many';
    const _id = random.id();
    const document: RequestDocument = {
      _id,
      personId,
      way,
      terms,
      usccMac: keyring.mac('artefactId', LABEL, entity.number).toString('base64url'),
      scopeKey,
      sealed: keyring.encryptJson(sealedSchema.parse({ entity, person }), context(_id)),
      isOpen: true,
      at: now,
      expiresAt: secondsFromNow(clock, VALID_SECONDS),
      purgeAt: secondsFromNow(clock, VALID_SECONDS + KEPT_SECONDS),
      schemaVersion: 1,
    };
    await this.#requests.insertOne(document, { session });
    return this.#read(document);
  }

  /** Open or not, as long as it is kept. */
  async find(id: string, session?: ClientSession): Promise<HandlerRequest | undefined> {
    const document = await this.#requests.findOne({ _id: id }, session ? { session } : {});
    return document ? this.#read(document) : undefined;
  }

  /** Whose letter this case of staff is about. */
  async ofCase(
    { id: caseId, applicantId: personId }: { id: string; applicantId: string },
    session?: ClientSession,
  ): Promise<HandlerRequest | undefined> {
    const filter = { personId, caseId };
    const document = await this.#requests.findOne(filter, session ? { session } : {});
    return document ? this.#read(document) : undefined;
  }

  /** Whether something may still come of it. */
  isOpen({ outcome, expiresAt }: HandlerRequest): boolean {
    return outcome === undefined && expiresAt > this.#deps.clock.now();
  }

  /** Of one person, newest first, with what became of them. */
  async ofPerson(personId: string): Promise<HandlerRequest[]> {
    const found = this.#requests.find({ personId }).sort({ at: -1 }).limit(MAX_SHOWN);
    return (await found.toArray()).map((document) => this.#read(document));
  }

  /** Open ones to the organisation of this code, oldest first, that name it rightly. */
  async toEntity(uscc: string, isNamed: (name: string) => boolean): Promise<HandlerRequest[]> {
    const filter = { usccMac: { $in: this.#macs(uscc) }, ...this.#open() };
    const meant: HandlerRequest[] = [];
    for await (const document of this.#requests.find(filter).sort({ at: 1 })) {
      const request = this.#read(document);
      if (isNamed(request.entity.name)) meant.push(request);
      if (meant.length === MAX_SHOWN) break;
    }
    return meant;
  }

  /** Its letter goes to staff, for the first time or again. True for the one that found it as read. */
  async submit(
    { id, caseId: former }: Pick<HandlerRequest, 'id' | 'caseId'>,
    caseId: string,
    session: ClientSession,
  ): Promise<boolean> {
    const { clock } = this.#deps;
    const { modifiedCount } = await this.#requests.updateOne(
      { _id: id, ...this.#open(), caseId: former ?? { $exists: false } },
      {
        $set: {
          caseId,
          expiresAt: secondsFromNow(clock, REVIEW_SECONDS),
          purgeAt: secondsFromNow(clock, REVIEW_SECONDS + KEPT_SECONDS),
        },
      },
      { session },
    );
    return modifiedCount === 1;
  }

  /** True for the one call that ended it. */
  async close(
    id: string,
    end: { outcome: RequestOutcome; mandateId?: string },
    session: ClientSession,
  ): Promise<boolean> {
    const { clock } = this.#deps;
    const purgeAt = secondsFromNow(clock, KEPT_SECONDS);
    const { modifiedCount } = await this.#requests.updateOne(
      { _id: id, ...this.#open() },
      { $set: { ...end, closedAt: clock.now(), purgeAt }, $unset: { isOpen: 1 } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Part of the removal of an account. */
  async erase(personId: string, session: ClientSession): Promise<void> {
    await this.#requests.deleteMany({ personId }, { session });
  }

  #open() {
    return { isOpen: true as const, expiresAt: { $gt: this.#deps.clock.now() } };
  }

  #macs(uscc: string): string[] {
    const macs = this.#deps.keyring.macs('artefactId', LABEL, uscc);
    return macs.map((mac) => mac.toString('base64url'));
  }

  #read(document: RequestDocument): HandlerRequest {
    const { _id: id, personId, way, terms, caseId, at, expiresAt } = document;
    const { outcome, mandateId, closedAt } = document;
    const opened = this.#deps.keyring.decryptJson(document.sealed, context(id));
    return {
      id,
      personId,
      way,
      terms,
      ...sealedSchema.parse(opened),
      ...(caseId === undefined ? {} : { caseId }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(mandateId === undefined ? {} : { mandateId }),
      ...(closedAt === undefined ? {} : { closedAt }),
      at,
      expiresAt,
    };
  }

  get #requests() {
    return this.#deps.database.collection<RequestDocument>(HANDLER_REQUESTS);
  }
}

/** Two at once asked for the same. */
export function isAskedTwice(error: unknown): boolean {
  return isDuplicateKey(error) && String(error).includes(HANDLER_REQUESTS);
}

function given(terms: HandlerRequest['terms']): HandlerRequest['terms'] {
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined));
}

function context(id: string): string {
  return `mandates.request:${id}`;
}

export const sealedHandlerRequests: SealedPlace = {
  collection: HANDLER_REQUESTS,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as RequestDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
