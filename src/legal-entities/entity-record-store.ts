// What the register said of each entity with an account, when it is to be asked again, and what its
// notices say has changed until that was looked after.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { EntityChange } from './changes/change-notice.ts';
import { ENTITY_RECORDS, nameContext, noticeContext, recordOf } from './entity-record-document.ts';
import type {
  EntityDoubt,
  EntityRecord,
  EntityRecordDocument,
  NoticedChanges,
} from './entity-record-document.ts';
import type { EntityStatus } from './entity-register.ts';

/** Longer than any round of questions takes. */
const CLAIM_SECONDS = 600;
const MAX_FORMER_NAMES = 20;

export class EntityRecordStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
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
    return document ? this.#open(document) : undefined;
  }

  /** False for one that came otherwise, by import, too. */
  async isRegistered(id: string): Promise<boolean> {
    return (await this.#records.findOne({ _id: id, isAdopted: { $ne: true } })) !== null;
  }

  /** For a verified account that is not asked about; nothing for one that is. */
  async adopt(id: string, seconds: number): Promise<void> {
    const { clock } = this.#deps;
    const nextCheckAt = secondsFromNow(clock, seconds);
    const facts = { status: 'in_operation', checkedAt: clock.now(), nextCheckAt } as const;
    await this.#records.updateOne(
      { _id: id },
      { $setOnInsert: { ...facts, isAdopted: true, schemaVersion: 1 } },
      { upsert: true },
    );
    // One that had ended, and is verified again.
    const ended = { _id: id, nextCheckAt: { $exists: false } };
    await this.#records.updateOne(ended, { $set: { nextCheckAt, status: 'in_operation' } });
  }

  /** One that is due, for this caller alone for some minutes; first what a notice speaks of. */
  async claimDue(): Promise<EntityRecord | undefined> {
    return (await this.#claim({ 'noticed.seq': { $exists: true } })) ?? this.#claim({});
  }

  /** This one, if it is due. */
  claim(id: string): Promise<EntityRecord | undefined> {
    return this.#claim({ _id: id });
  }

  async #claim(which: object): Promise<EntityRecord | undefined> {
    const { clock } = this.#deps;
    const document = await this.#records.findOneAndUpdate(
      { ...which, nextCheckAt: { $lte: clock.now() } },
      { $set: { nextCheckAt: secondsFromNow(clock, CLAIM_SECONDS) } },
      { sort: { nextCheckAt: 1 } },
    );
    return document ? this.#open(document) : undefined;
  }

  /** It is due at once. Nothing for an entity that has ended, or a notice that was noted before. */
  async notice(
    id: string,
    {
      change,
      seq,
      representative,
    }: Omit<NoticedChanges, 'changes' | 'tries'> & {
      change: EntityChange;
    },
  ): Promise<void> {
    const { keyring, clock } = this.#deps;
    const sealed = representative && keyring.encryptJson(representative, noticeContext(id));
    await this.#records.updateOne(
      {
        _id: id,
        nextCheckAt: { $exists: true },
        $or: [{ 'noticed.seq': { $exists: false } }, { 'noticed.seq': { $lt: seq } }],
      },
      {
        $set: {
          nextCheckAt: clock.now(),
          'noticed.seq': seq,
          'noticed.tries': 0,
          ...(sealed ? { 'noticed.sealed': sealed } : {}),
        },
        $addToSet: { 'noticed.changes': change },
      },
    );
  }

  /** One of what was noticed up to `seq` was carried out: part of that transaction. */
  async strike(
    id: string,
    { seq, change }: { seq: number; change: EntityChange },
    session: ClientSession,
  ): Promise<void> {
    const filter = { _id: id, 'noticed.seq': seq };
    await this.#records.updateOne(filter, { $pull: { 'noticed.changes': change } }, { session });
  }

  /** What was noticed up to `seq` has been looked after; what came meanwhile stays. */
  async settle(id: string, seq: number, session?: ClientSession): Promise<void> {
    const filter = { _id: id, 'noticed.seq': seq };
    await this.#records.updateOne(filter, { $unset: { noticed: 1 } }, session ? { session } : {});
  }

  /** The register does not bear a notice out, yet. */
  async askAgain(id: string, seconds: number): Promise<void> {
    const nextCheckAt = secondsFromNow(this.#deps.clock, seconds);
    const change = { $set: { nextCheckAt }, $inc: { 'noticed.tries': 1 } };
    await this.#records.updateOne({ _id: id, noticed: { $exists: true } }, change);
  }

  async keepName(id: string, name: string, session: ClientSession): Promise<void> {
    const { keyring, clock } = this.#deps;
    const kept = { sealed: keyring.encryptJson(name, nameContext(id)), until: clock.now() };
    await this.#records.updateOne(
      { _id: id },
      { $push: { formerNames: { $each: [kept], $slice: -MAX_FORMER_NAMES } } },
      { session },
    );
  }

  /** All, or one, are due now; how many. */
  async hurry(id?: string): Promise<number> {
    const { modifiedCount } = await this.#records.updateMany(
      { ...(id === undefined ? {} : { _id: id }), nextCheckAt: { $exists: true } },
      { $set: { nextCheckAt: this.#deps.clock.now() } },
    );
    return modifiedCount;
  }

  /** How many are still to be looked after that notices speak of. */
  noticedCount(): Promise<number> {
    return this.#records.countDocuments({ 'noticed.seq': { $exists: true } });
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
      ...(nextCheckAt === undefined ? { nextCheckAt: 1 as const, noticed: 1 as const } : {}),
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

  #open(document: EntityRecordDocument): EntityRecord {
    return recordOf(this.#deps.keyring, document);
  }

  get #records() {
    return this.#deps.database.collection<EntityRecordDocument>(ENTITY_RECORDS);
  }
}
