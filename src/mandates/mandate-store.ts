// Mandates in the database: granted, changed, used and ended by compare-and-set. That an entity has one
// legal representative, that a person is its administrator once, and its handler once for the same
// things, is the indexes' decision.
import type { Clock } from '../platform/clock.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { mandatesBetween } from './between-store.ts';
import { rankOf } from './mandate.ts';
import type { Mandate, MandateEndReason, MandateUse } from './mandate.ts';
import {
  counting,
  counts,
  isOpen,
  mandateOf,
  MANDATES,
  notOver,
  reachableBy,
  scopeKeyOf,
} from './mandate-document.ts';
import type { EndNote, MandateDocument, MandateEnd, MandateFilter } from './mandate-document.ts';
import type { OnMandateEvents } from './mandate-events.ts';
import { standingMandates } from './standing-store.ts';

/** More than the largest employer has handlers. */
const MAX_LISTED = 20_000;

export interface MandateStoreDependencies {
  database: Database;
  clock: Clock;
  random: Random;
  /** Absent for who only reads. */
  onEvents?: OnMandateEvents;
}

/** `since` absent: now. `warnAt`: when both sides are told that it ends soon. */
export type NewMandate = Omit<Mandate, 'id' | 'since'> & {
  since?: Date | undefined;
  warnAt?: Date | undefined;
};

type EndCause = MandateEndReason | { reason: MandateEndReason; note?: EndNote | undefined };

export class MandateStore {
  readonly #deps: MandateStoreDependencies;

  constructor(deps: MandateStoreDependencies) {
    this.#deps = deps;
  }

  /** Undefined when the person has it already, or somebody else is the representative. */
  async grant(mandate: NewMandate, session: ClientSession): Promise<Mandate | undefined> {
    const { clock, random } = this.#deps;
    const { holderId: personId, since = clock.now(), ...facts } = mandate;
    const given = Object.entries(facts).filter(([, value]) => value !== undefined);
    const document: MandateDocument = {
      _id: random.id(),
      personId,
      ...(Object.fromEntries(given) as typeof facts),
      since,
      ...(mandate.role === 'handler' ? { scopeKey: scopeKeyOf(mandate) } : {}),
      isActive: true,
      schemaVersion: 1,
    } as MandateDocument;
    // Looked at first: a duplicate key would end the caller's transaction.
    if ((await this.same(mandate, session)).length > 0) return undefined;
    await this.#mandates.insertOne(document, { session });
    const granted = mandateOf(document);
    await this.#deps.onEvents?.([{ type: 'granted', mandate: granted }], session);
    return granted;
  }

  /** Those not ended in whose place this one would be: their term may be over, unswept. */
  async same(
    mandate: Pick<
      Mandate,
      'entityId' | 'holderId' | 'role' | 'services' | 'clients' | 'isSingleUse' | 'parentId'
    >,
    session: ClientSession,
  ): Promise<Mandate[]> {
    const { entityId, holderId: personId, role } = mandate;
    const whose = role === 'legalRepresentative' ? {} : { personId };
    const what = role === 'handler' ? { scopeKey: scopeKeyOf(mandate) } : {};
    const filter = { entityId, role, ...whose, ...what, isActive: true } as const;
    return (await this.#mandates.find(filter, { session }).toArray()).map(mandateOf);
  }

  /** That count now, oldest first. */
  async ofHolder(holderId: string, session?: ClientSession): Promise<Mandate[]> {
    return this.#list({ personId: holderId }, session);
  }

  async ofEntity(entityId: string, session?: ClientSession): Promise<Mandate[]> {
    return this.#list({ entityId }, session);
  }

  /** That count now: what any of these holds for any of these, so that nobody's size is felt. */
  async over(
    { entityIds, holderIds }: { entityIds: readonly string[]; holderIds: readonly string[] },
    session?: ClientSession,
  ): Promise<Mandate[]> {
    const [entityId, ...entities] = entityIds;
    const [holderId, ...holders] = holderIds;
    if (entityId === undefined || holderId === undefined) return [];
    if (!session && entities.length + holders.length === 0) {
      const { database, clock } = this.#deps;
      const pair = { entityId, personId: holderId };
      return (await mandatesBetween(database, pair, clock.now())).map(mandateOf);
    }
    const of = { entityId: { $in: [...entityIds] }, personId: { $in: [...holderIds] } };
    return this.#list(of, session);
  }

  /** By which a person acts for organisations as a whole. */
  async led(holderId: string, session?: ClientSession): Promise<Mandate[]> {
    return this.#list({ personId: holderId, role: { $ne: 'handler' } }, session);
  }

  /**
   * Some of what a holder has that counts, by id; only what a use may reach, if one is given.
   * @param after the id of the last one that is known
   */
  async reaching(
    { holderId, use, after }: { holderId: string; use: MandateUse | undefined; after: string },
    limit: number,
  ): Promise<Mandate[]> {
    const $and = [counting(this.#deps.clock.now()), ...(use ? reachableBy(use) : [])];
    return this.#inTurn({ _id: { $gt: after }, personId: holderId, $and }, limit);
  }

  /** Who may act for it, or for one of these, as a whole: representatives and administrators. */
  async leaders(of: string | readonly string[], session?: ClientSession): Promise<Mandate[]> {
    if (of.length === 0) return [];
    const entityId = typeof of === 'string' ? of : { $in: [...of] };
    return this.#list({ entityId, role: { $ne: 'handler' } }, session);
  }

  /** Not ended, in pages; see standing-store.ts. */
  standing(of: MandateFilter, session: ClientSession): AsyncGenerator<readonly Mandate[]> {
    return standingMandates(this.#deps.database, of, session);
  }

  /** The strongest of what somebody may do for an entity. */
  async between(
    entityId: string,
    holderId: string,
    session?: ClientSession,
  ): Promise<Mandate | undefined> {
    const found = await this.#list({ entityId, personId: holderId }, session);
    return found.toSorted((a, b) => rankOf(a.role) - rankOf(b.role))[0];
  }

  async find(id: string, session?: ClientSession): Promise<Mandate | undefined> {
    const found = await this.#read(id, session);
    return found && counts(found, this.#deps.clock.now()) ? mandateOf(found) : undefined;
  }

  /** The same, also one that has not begun. */
  async findOpen(id: string, session?: ClientSession): Promise<Mandate | undefined> {
    const found = await this.#read(id, session);
    return found && isOpen(found, this.#deps.clock.now()) ? mandateOf(found) : undefined;
  }

  /** Why and when one has ended; undefined for one that counts, or that was never there. */
  async endOf(id: string): Promise<MandateEnd | undefined> {
    const { endedFor, endedNote: note, endedAt, expiresAt } = (await this.#read(id)) ?? {};
    if (endedFor && endedAt) return { reason: endedFor, note, at: endedAt };
    const isOver = expiresAt && expiresAt <= this.#deps.clock.now();
    return isOver ? { reason: 'expired', at: expiresAt } : undefined;
  }

  /** Whether it counts; until the transaction ends nobody ends it. */
  async hold(id: string, session: ClientSession): Promise<boolean> {
    const now = this.#deps.clock.now();
    const which = { _id: id, ...counting(now) };
    const held = await this.#mandates.updateOne(which, { $set: { heldAt: now } }, { session });
    return held.matchedCount === 1;
  }

  /** So that whoever holds one of them at the same time comes before the caller's transaction or after. */
  async touch(ids: readonly string[], session: ClientSession): Promise<void> {
    const $set = { heldAt: this.#deps.clock.now() };
    await this.#mandates.updateMany({ _id: { $in: [...ids] } }, { $set }, { session });
  }

  /** Some that count, in the order of their ids, for background work that looks at all of them. */
  async after(id: string, limit: number): Promise<Mandate[]> {
    return this.#inTurn({ _id: { $gt: id }, ...counting(this.#deps.clock.now()) }, limit);
  }

  /**
   * Takes the one use of a mandate that is for one only. True for whoever took it, however often he
   * asks with the same `usedFor`, and false for everybody else and when it does not count.
   */
  async use(id: string, usedFor: string, session?: ClientSession): Promise<boolean> {
    const take = (within: ClientSession) => this.#take(id, usedFor, within);
    return session ? take(session) : this.#deps.database.transaction(take);
  }

  async #take(id: string, usedFor: string, session: ClientSession): Promise<boolean> {
    const free = { $or: [{ usedFor: { $exists: false } }, { usedFor }] };
    // Once it is used, the same may be granted again.
    const before = await this.#mandates.findOneAndUpdate(
      { _id: id, isSingleUse: true, $and: [free, counting(this.#deps.clock.now())] },
      { $set: { usedFor, scopeKey: id } },
      { session },
    );
    if (!before) return false;
    if (before.usedFor !== undefined) return true;
    const mandate = mandateOf({ ...before, usedFor });
    await this.#deps.onEvents?.([{ type: 'used', mandate }], session);
    return true;
  }

  /** False when its term is another by now, or it has ended. */
  async changeTerm(
    mandate: Pick<Mandate, 'id' | 'expiresAt'>,
    to: { expiresAt: Date; warnAt?: Date | undefined },
    session: ClientSession,
  ): Promise<boolean> {
    const { id, expiresAt: former } = mandate;
    const { expiresAt, warnAt } = to;
    const same = former === undefined ? { expiresAt: { $exists: false } } : { expiresAt: former };
    const changed = await this.#mandates.findOneAndUpdate(
      { _id: id, $and: [same, notOver(this.#deps.clock.now())] },
      warnAt ? { $set: { expiresAt, warnAt } } : { $set: { expiresAt }, $unset: { warnAt: 1 } },
      { session, returnDocument: 'after' },
    );
    if (!changed) return false;
    const event = { type: 'changed', mandate: mandateOf(changed), before: { expiresAt: former } };
    await this.#deps.onEvents?.([event as typeof event & { type: 'changed' }], session);
    return true;
  }

  /** True for the one call that ended it. */
  async end(id: string, why: EndCause, session: ClientSession): Promise<boolean> {
    return (await this.endAll([id], why, session)).length === 1;
  }

  /** @param ids as many as one command takes @returns those that this call ended */
  async endAll(ids: readonly string[], why: EndCause, session: ClientSession): Promise<Mandate[]> {
    const { reason, note }: Exclude<EndCause, string> =
      typeof why === 'string' ? { reason: why } : why;
    const which = { _id: { $in: [...ids] }, isActive: true } as const;
    // Nobody else ends what was found: the write would fail, and the transaction with it.
    const ended = (await this.#mandates.find(which, { session }).toArray()).map(mandateOf);
    if (ended.length === 0) return [];
    const end = { endedAt: this.#deps.clock.now(), endedFor: reason };
    const $set = note === undefined ? end : { ...end, endedNote: note };
    await this.#mandates.updateMany(
      which,
      { $set, $unset: { isActive: 1, warnAt: 1 } },
      { session },
    );
    const events = ended.map((mandate) => ({ type: 'ended', mandate, reason }) as const);
    await this.#deps.onEvents?.(events, session);
    return ended;
  }

  /** Those passed on from one that goes on under another id. */
  async rename(parentId: string, newId: string, session: ClientSession): Promise<void> {
    const filter = { parentId, isActive: true } as const;
    await this.#mandates.updateMany(filter, { $set: { parentId: newId } }, { session });
  }

  /** Part of the removal of an account, be it of a person or of an entity. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    const either = { $or: [{ entityId: accountId }, { personId: accountId }] };
    await this.#mandates.deleteMany(either, { session });
  }

  async #read(id: string, session?: ClientSession): Promise<MandateDocument | null> {
    if (session) return this.#mandates.findOne({ _id: id }, { session });
    return readById<MandateDocument>(this.#deps.database, MANDATES, id);
  }

  async #inTurn(filter: object, limit: number): Promise<Mandate[]> {
    const found = this.#mandates.find(filter).sort({ _id: 1 }).limit(limit);
    return (await found.toArray()).map(mandateOf);
  }

  async #list(
    of: { entityId?: string | object; personId?: string | object; role?: object },
    session?: ClientSession,
  ): Promise<Mandate[]> {
    const found = await this.#mandates
      .find({ ...of, ...counting(this.#deps.clock.now()) } as object, session ? { session } : {})
      .sort({ since: 1 })
      .limit(MAX_LISTED)
      .toArray();
    return found.map(mandateOf);
  }

  get #mandates() {
    return this.#deps.database.collection<MandateDocument>(MANDATES);
  }
}
