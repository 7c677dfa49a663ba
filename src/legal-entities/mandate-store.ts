// Mandates in the database. That a person has a role at an entity once, and that an entity has one
// legal representative, is the indexes' decision.
import type { Clock } from '../platform/clock.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { Mandate, MandateEndReason } from './mandate.ts';

interface MandateDocument extends Omit<Mandate, 'id'> {
  _id: string;
  /** Only while it counts: what the unique indexes look at. */
  isActive?: true;
  endedAt?: Date;
  endedFor?: MandateEndReason;
  /** Written so that its end and what is done upon it do not pass each other. */
  heldAt?: Date;
  schemaVersion: 1;
}

export const MANDATES = 'mandates';
const MAX_LISTED = 200;

export class MandateStore {
  readonly #deps: { database: Database; clock: Clock; random: Random };

  constructor(deps: { database: Database; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  /** Undefined when the person has the role already, or somebody else is the representative. */
  async grant(
    mandate: Omit<Mandate, 'id' | 'since'>,
    session: ClientSession,
  ): Promise<Mandate | undefined> {
    const { clock, random } = this.#deps;
    const document: MandateDocument = {
      _id: random.id(),
      ...mandate,
      since: clock.now(),
      isActive: true,
      schemaVersion: 1,
    };
    if (await this.#isTaken(mandate, session)) return undefined;
    await this.#mandates.insertOne(document, { session });
    return mandateOf(document);
  }

  /** Looked at first: a duplicate key would end the caller's transaction. */
  async #isTaken(
    { entityId, personId, role }: Pick<Mandate, 'entityId' | 'personId' | 'role'>,
    session: ClientSession,
  ): Promise<boolean> {
    const key = role === 'legalRepresentative' ? { entityId, role } : { entityId, personId, role };
    const same = { ...key, isActive: true } as const;
    const now = this.#deps.clock.now();
    // One whose term is over stands in nobody's way.
    await this.#mandates.updateMany(
      { ...same, expiresAt: { $lte: now } },
      { $set: { endedAt: now, endedFor: 'expired' }, $unset: { isActive: 1 } },
      { session },
    );
    return (await this.#mandates.findOne(same, { session })) !== null;
  }

  /** That count now, oldest first. */
  async ofPerson(personId: string, session?: ClientSession): Promise<Mandate[]> {
    return this.#list({ personId }, session);
  }

  async ofEntity(entityId: string, session?: ClientSession): Promise<Mandate[]> {
    return this.#list({ entityId }, session);
  }

  /** What a person may do for an entity; the strongest first. */
  async between(
    entityId: string,
    personId: string,
    session?: ClientSession,
  ): Promise<Mandate | undefined> {
    const found = await this.#list({ entityId, personId }, session);
    return found.toSorted((a, b) => rank(a) - rank(b))[0];
  }

  async find(id: string): Promise<Mandate | undefined> {
    const document = await this.#mandates.findOne({ _id: id, ...this.#counting() });
    return document ? mandateOf(document) : undefined;
  }

  /** Whether it counts; until the transaction ends nobody ends it. */
  async hold(id: string, session: ClientSession): Promise<boolean> {
    const { matchedCount } = await this.#mandates.updateOne(
      { _id: id, ...this.#counting() },
      { $set: { heldAt: this.#deps.clock.now() } },
      { session },
    );
    return matchedCount === 1;
  }

  /** Some that count, in the order of their ids, for background work that looks at all of them. */
  async after(id: string, limit: number): Promise<Mandate[]> {
    const found = await this.#mandates
      .find({ _id: { $gt: id }, ...this.#counting() })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(mandateOf);
  }

  /** True for the one call that ended it. */
  async end(id: string, endedFor: MandateEndReason, session: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.#mandates.updateOne(
      { _id: id, isActive: true },
      { $set: { endedAt: this.#deps.clock.now(), endedFor }, $unset: { isActive: 1 } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Part of the removal of an account, be it of a person or of an entity. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    const either = { $or: [{ entityId: accountId }, { personId: accountId }] };
    await this.#mandates.deleteMany(either, { session });
  }

  async #list(
    of: Partial<Pick<Mandate, 'entityId' | 'personId'>>,
    session?: ClientSession,
  ): Promise<Mandate[]> {
    const found = await this.#mandates
      .find({ ...of, ...this.#counting() }, session ? { session } : {})
      .sort({ since: 1 })
      .limit(MAX_LISTED)
      .toArray();
    return found.map(mandateOf);
  }

  #counting() {
    const now = this.#deps.clock.now();
    const term = [{ expiresAt: { $exists: false } }, { expiresAt: { $gt: now } }];
    return { isActive: true as const, $or: term };
  }

  get #mandates() {
    return this.#deps.database.collection<MandateDocument>(MANDATES);
  }
}

/** Two grants at once: the other one was first. */
export function isGrantTaken(error: unknown): boolean {
  return isDuplicateKey(error) && String(error).includes(MANDATES);
}

function rank({ role }: Mandate): number {
  return ['legalRepresentative', 'administrator', 'handler'].indexOf(role);
}

function mandateOf(document: MandateDocument): Mandate {
  const { _id: id, entityId, personId, role, services, grantedBy, since, expiresAt } = document;
  return {
    id,
    entityId,
    personId,
    role,
    grantedBy,
    since,
    ...(services === undefined ? {} : { services }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
