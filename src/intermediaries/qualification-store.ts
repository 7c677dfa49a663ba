// Qualifications in the database. What a certificate says is on public registers 双公示, so it lies in
// the clear, and that one organisation holds a number is an ordinary index's decision, which no change
// of keys can open. Every step is a compare-and-set on the revision.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { endsAt, numberKeyOf } from './qualification.ts';
import type {
  Qualification,
  QualificationEnd,
  QualificationFacts,
  QualificationState,
} from './qualification.ts';

interface QualificationDocument extends Omit<Qualification, 'id' | 'isHolder'> {
  _id: string;
  isHolder?: true;
  /** Draft or sent: one for each organisation and kind. */
  isOpen?: true;
  /** The first instant after the term. */
  endsAt: Date;
  /** Of a draft. */
  expiresAt?: Date;
  schemaVersion: 1;
}

export const QUALIFICATIONS = 'qualifications';
const DRAFT_SECONDS = 7 * 86_400;
const MOST_LISTED = 500;

/** What a change writes; `null` takes away. */
export interface QualificationPatch {
  state: QualificationState;
  caseId?: string;
  sentBy?: string;
  decidedAt?: Date;
  decidedBy?: readonly string[];
  endedAt?: Date;
  endedFor?: QualificationEnd;
  isHolder?: true | null;
}

type Numbered = Pick<Qualification, 'kind' | 'number' | 'numberKey'>;

const OPEN: ReadonlySet<QualificationState> = new Set(['draft', 'sent']);

export interface QualificationStoreDependencies {
  database: Database;
  clock: Clock;
  random: Random;
}

export class QualificationStore {
  readonly #deps: QualificationStoreDependencies;

  constructor(deps: QualificationStoreDependencies) {
    this.#deps = deps;
  }

  /** A new draft; undefined when the organisation has one of this kind under way. */
  async insert(of: {
    entityId: string;
    facts: QualificationFacts;
    lineId?: string | undefined;
  }): Promise<Qualification | undefined> {
    const { clock, random } = this.#deps;
    const id = random.id();
    const { entityId, facts, lineId = id } = of;
    const now = clock.now();
    await this.#collection.deleteMany({
      entityId,
      kind: facts.kind,
      state: 'draft',
      expiresAt: { $lte: now },
    });
    const document: QualificationDocument = {
      _id: id,
      entityId,
      lineId,
      ...written(facts),
      state: 'draft',
      isOpen: true,
      createdAt: now,
      expiresAt: secondsFromNow(clock, DRAFT_SECONDS),
      revision: random.id(),
      schemaVersion: 1,
    };
    try {
      await this.#collection.insertOne(document);
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
    return qualificationOf(document);
  }

  /** Other facts in one that is under way. Undefined when it is not as it was read. */
  async rewrite(
    { id, revision }: Qualification,
    facts: QualificationFacts,
  ): Promise<Qualification | undefined> {
    const { number, numberKey, ...others } = written(facts);
    const found = await this.#collection.findOneAndUpdate(
      { _id: id, revision, isOpen: true },
      number === undefined
        ? {
            $set: { ...others, revision: this.#deps.random.id() },
            $unset: { number: 1, numberKey: 1 },
          }
        : { $set: { ...others, number, numberKey, revision: this.#deps.random.id() } },
      { returnDocument: 'after' },
    );
    return found ? qualificationOf(found) : undefined;
  }

  /** True for the one call that found it as it was read. */
  async change(
    { id, revision }: Qualification,
    patch: QualificationPatch,
    session: ClientSession,
  ): Promise<boolean> {
    const entries = Object.entries(patch);
    const unset = entries.filter(([, value]) => value === null).map(([name]) => name);
    if (!OPEN.has(patch.state)) unset.push('isOpen');
    if (patch.state !== 'draft') unset.push('expiresAt');
    if (patch.state === 'ended') unset.push('isHolder');
    const { modifiedCount } = await this.#collection.updateOne(
      { _id: id, revision },
      {
        $set: {
          ...Object.fromEntries(entries.filter(([, value]) => value !== null)),
          revision: this.#deps.random.id(),
        },
        ...(unset.length > 0 ? { $unset: Object.fromEntries(unset.map((name) => [name, 1])) } : {}),
      },
      { session },
    );
    return modifiedCount === 1;
  }

  async find(id: string, session?: ClientSession): Promise<Qualification | undefined> {
    return this.#one({ _id: id }, session);
  }

  /** The one that a review decides about. */
  ofCase(caseId: string, session: ClientSession): Promise<Qualification | undefined> {
    return this.#one({ caseId }, session);
  }

  /** What the organisation has under way of this kind. */
  openOf(entityId: string, kind: string): Promise<Qualification | undefined> {
    return this.#one({ entityId, kind, isOpen: true });
  }

  /** Newest first. */
  ofEntity(entityId: string, session?: ClientSession): Promise<Qualification[]> {
    return this.#list({ entityId }, { session, sort: { createdAt: -1, _id: 1 } });
  }

  /** Of other organisations, approved or with staff, with the same number of this kind. */
  alike(of: Numbered & { entityId: string }, session?: ClientSession): Promise<Qualification[]> {
    const states = { $in: ['sent', 'active'] satisfies QualificationState[] };
    return this.#numbered(of, { entityId: { $ne: of.entityId }, state: states }, session);
  }

  /** Approved ones with this number of this kind, whoever's; also such as are over and not marked yet. */
  approvedWith(of: Numbered, session: ClientSession): Promise<Qualification[]> {
    return this.#numbered(of, { state: 'active' }, session);
  }

  /** Approved ones whose term ends before then, the first first; `untold`: nobody was told of it. */
  endingBefore(
    before: Date,
    { limit, untold = false }: { limit: number; untold?: boolean },
  ): Promise<Qualification[]> {
    const told = untold ? { endToldAt: { $exists: false } } : {};
    const filter = { state: 'active' as const, endsAt: { $lte: before }, ...told };
    return this.#list(filter, { sort: { endsAt: 1 }, limit });
  }

  /** True for the one call that marks it. */
  async markEndTold(id: string, session: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.#collection.updateOne(
      { _id: id, state: 'active', endToldAt: { $exists: false } },
      { $set: { endToldAt: this.#deps.clock.now() } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Part of the removal of the organisation's account. */
  async erase(entityId: string, session: ClientSession): Promise<void> {
    await this.#collection.deleteMany({ entityId }, { session });
  }

  /** The number as it is written here, of any authority, or of this authority however it is written. */
  async #numbered(
    { kind, number, numberKey }: Numbered,
    filter: object,
    session: ClientSession | undefined,
  ): Promise<Qualification[]> {
    if (number === undefined) return [];
    const same = [{ kind, number }, ...(numberKey === undefined ? [] : [{ numberKey }])];
    return this.#list({ ...filter, $or: same }, { session });
  }

  async #one(filter: object, session?: ClientSession): Promise<Qualification | undefined> {
    const [found] = await this.#list(filter, { session, limit: 1 });
    return found;
  }

  async #list(
    filter: object,
    of: {
      session?: ClientSession | undefined;
      sort?: Readonly<Record<string, 1 | -1>>;
      limit?: number;
    },
  ): Promise<Qualification[]> {
    const { session, sort = { createdAt: -1 }, limit = MOST_LISTED } = of;
    const alive = { expiresAt: { $not: { $lte: this.#deps.clock.now() } } };
    const found = await this.#collection
      .find({ ...filter, ...alive }, session ? { session } : {})
      .sort(sort)
      .limit(limit)
      .toArray();
    return found.map(qualificationOf);
  }

  get #collection() {
    return this.#deps.database.collection<QualificationDocument>(QUALIFICATIONS);
  }
}

function written(facts: QualificationFacts) {
  const { kind, names, number, authority, validFrom, validUntil } = facts;
  const numberKey = numberKeyOf(facts);
  return {
    kind,
    names,
    authority,
    validFrom,
    validUntil,
    endsAt: endsAt(facts),
    ...(number === undefined ? {} : { number, numberKey }),
  };
}

function qualificationOf(document: QualificationDocument): Qualification {
  const { _id: id, isOpen: _open, endsAt: _ends, expiresAt: _expires, ...others } = document;
  const { schemaVersion: _version, ...facts } = others;
  return { id, ...facts };
}
