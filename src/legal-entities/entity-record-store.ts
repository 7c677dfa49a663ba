// What the register said of each entity with an account, and when it is to be asked again.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { EntityStatus } from './entity-register.ts';

/** Said once, and not acted upon until it is said again: registers err, too. */
export type EntityDoubt = 'cancelled' | 'revoked' | 'representative_changed';

export interface EntityRecord {
  /** Of the entity's account. */
  id: string;
  status: EntityStatus;
  checkedAt: Date;
  doubt?: EntityDoubt | undefined;
  /** Staff have confirmed it; the register has not yet. */
  isReviewed?: boolean | undefined;
}

interface EntityRecordDocument extends Omit<EntityRecord, 'id'> {
  _id: string;
  /** Absent once the entity has ended: nothing is asked any more. */
  nextCheckAt?: Date | undefined;
  schemaVersion: 1;
}

export const ENTITY_RECORDS = 'entityRecords';
/** Longer than any round of questions takes. */
const CLAIM_SECONDS = 600;

export class EntityRecordStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  /** @param first in how many seconds the register is asked, and whether staff stood in for it */
  async insert(
    id: string,
    first: { seconds: number; isReviewed: boolean },
    session: ClientSession,
  ): Promise<void> {
    const { clock } = this.#deps;
    const nextCheckAt = secondsFromNow(clock, first.seconds);
    const facts = { _id: id, status: 'in_operation', checkedAt: clock.now(), nextCheckAt } as const;
    const basis = first.isReviewed ? { isReviewed: true } : {};
    await this.#records.insertOne({ ...facts, ...basis, schemaVersion: 1 }, { session });
  }

  async find(id: string): Promise<EntityRecord | undefined> {
    const document = await this.#records.findOne({ _id: id });
    return document ? recordOf(document) : undefined;
  }

  /** One that is due, for this caller alone for some minutes. */
  async claimDue(): Promise<EntityRecord | undefined> {
    const { clock } = this.#deps;
    const document = await this.#records.findOneAndUpdate(
      { nextCheckAt: { $lte: clock.now() } },
      { $set: { nextCheckAt: secondsFromNow(clock, CLAIM_SECONDS) } },
      { sort: { nextCheckAt: 1 } },
    );
    return document ? recordOf(document) : undefined;
  }

  /** `nextSeconds` undefined: the entity has ended. */
  async note(
    id: string,
    to: { status?: EntityStatus; doubt: EntityDoubt | undefined; nextSeconds: number | undefined },
    session?: ClientSession,
  ): Promise<void> {
    const { clock } = this.#deps;
    const { status, doubt, nextSeconds } = to;
    const nextCheckAt = nextSeconds === undefined ? undefined : secondsFromNow(clock, nextSeconds);
    const unset = {
      ...(doubt === undefined ? { doubt: 1 as const } : {}),
      ...(nextCheckAt === undefined ? { nextCheckAt: 1 as const } : {}),
      ...(status === undefined ? {} : { isReviewed: 1 as const }),
    };
    await this.#records.updateOne(
      { _id: id },
      {
        $set: {
          checkedAt: clock.now(),
          ...(status === undefined ? {} : { status }),
          ...(doubt === undefined ? {} : { doubt }),
          ...(nextCheckAt === undefined ? {} : { nextCheckAt }),
        },
        ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
      },
      session ? { session } : {},
    );
  }

  /** The register did not answer: nothing is known anew. */
  async postpone(id: string, seconds: number): Promise<void> {
    const nextCheckAt = secondsFromNow(this.#deps.clock, seconds);
    await this.#records.updateOne({ _id: id }, { $set: { nextCheckAt } });
  }

  /** Part of the removal of the entity's account. */
  async erase(id: string, session: ClientSession): Promise<void> {
    await this.#records.deleteOne({ _id: id }, { session });
  }

  get #records() {
    return this.#deps.database.collection<EntityRecordDocument>(ENTITY_RECORDS);
  }
}

function recordOf(document: EntityRecordDocument): EntityRecord {
  const { _id: id, status, checkedAt, doubt, isReviewed = false } = document;
  return { id, status, checkedAt, isReviewed, ...(doubt === undefined ? {} : { doubt }) };
}
