// Entries of the staff directory in the database. A user name belongs to one entry by an index, and
// every change is a compare-and-set on the revision.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { staffIdOf, userNameKey } from './staff-attributes.ts';
import type { StaffAttributes } from './staff-attributes.ts';
import { STAFF, entryOf, staffKey, writtenOf } from './staff-document.ts';
import type { StaffContent, StaffDocument, StaffMarks } from './staff-document.ts';
import type { StaffEntry } from './staff-entry.ts';

const BATCH = 200;

export class StaffStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock; random: Random };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  /** @throws the duplicate key error where the user name belongs to another entry */
  async insert(
    of: StaffContent & { accountId: string },
    marks: StaffMarks,
    session: ClientSession,
  ): Promise<StaffEntry> {
    const id = this.#deps.random.id();
    const now = this.#deps.clock.now();
    const document: StaffDocument = {
      _id: id,
      accountId: of.accountId,
      ...writtenOf(this.#deps.keyring, id, of).set,
      ...(marks.isEnding ? { isEnding: true } : {}),
      ...(marks.isInvitationDue ? { isInvitationDue: true } : {}),
      ...(marks.isImported ? { isImported: true } : {}),
      ...(marks.keepsContacts ? { keepsContacts: true } : {}),
      isPresent: true,
      revision: 1,
      createdAt: now,
      updatedAt: now,
      schemaVersion: 1,
    };
    await this.#staff.insertOne(document, { session });
    return this.#open(document);
  }

  /** Of those in the directory. */
  async find(id: string, session?: ClientSession): Promise<StaffEntry | undefined> {
    return this.#findOne({ _id: id, isPresent: true }, session);
  }

  async ofAccount(accountId: string): Promise<StaffEntry | undefined> {
    return this.#findOne({ accountId, isPresent: true });
  }

  byUserName(userName: string, session?: ClientSession): Promise<StaffEntry | undefined> {
    const key = this.#key('userName', userNameKey(userName));
    return this.#findOne({ userNameKey: key, isPresent: true }, session);
  }

  /** Who has left with this user name or staff number, newest first. */
  async left(attributes: StaffAttributes, session: ClientSession): Promise<StaffEntry[]> {
    const staffId = staffIdOf(attributes);
    const byName = { userNameKey: this.#key('userName', userNameKey(attributes.userName)) };
    const byNumber = staffId === undefined ? [] : [{ staffIdKey: this.#key('staffId', staffId) }];
    const found = await this.#staff
      .find({ $or: [byName, ...byNumber], isPresent: { $exists: false } }, { session })
      .sort({ leftAt: -1 })
      .limit(BATCH)
      .toArray();
    return found.map((document) => this.#open(document));
  }

  /** False when somebody else has changed it since. @throws the duplicate key error */
  async change(
    { id, revision }: StaffEntry,
    to: StaffContent & { marks?: StaffMarks },
    session: ClientSession,
  ): Promise<StaffEntry | undefined> {
    const { set, unset } = writtenOf(this.#deps.keyring, id, to);
    const marks = to.marks ?? {};
    const document = await this.#staff.findOneAndUpdate(
      { _id: id, revision, isPresent: true },
      {
        $set: {
          ...set,
          ...(marks.isEnding ? { isEnding: true as const } : {}),
          ...(marks.isInvitationDue ? { isInvitationDue: true as const } : {}),
          ...(marks.isImported ? { isImported: true as const } : {}),
          updatedAt: this.#deps.clock.now(),
        },
        ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
        $inc: { revision: 1 },
      },
      { session, returnDocument: 'after' },
    );
    return document ? this.#open(document) : undefined;
  }

  /** Not in the directory any more. False when somebody else has changed it since. */
  async leave({ id, revision }: StaffEntry, session: ClientSession): Promise<boolean> {
    const now = this.#deps.clock.now();
    const { modifiedCount } = await this.#staff.updateOne(
      { _id: id, revision, isPresent: true },
      {
        $set: { leftAt: now, updatedAt: now, isActive: false, isEnding: true, departmentIds: [] },
        $unset: { isPresent: 1, isInvitationDue: 1 },
        $inc: { revision: 1 },
      },
      { session },
    );
    return modifiedCount === 1;
  }

  /** The person is back under a new entry. */
  async forget(id: string, session: ClientSession): Promise<void> {
    await this.#staff.deleteOne({ _id: id }, { session });
  }

  /** People whose main department is one of these, or all; oldest first, in batches, each entry opened once. */
  async *each(within?: readonly string[]): AsyncGenerator<StaffEntry> {
    const filter = within ? { departmentId: { $in: [...within] } } : {};
    const cursor = this.#staff
      .find({ ...filter, isPresent: true })
      .sort({ createdAt: 1, _id: 1 })
      .batchSize(BATCH);
    for await (const document of cursor) yield this.#open(document);
  }

  /** One page of the same without opening the others. */
  async page(
    within: readonly string[] | undefined,
    { skip, limit }: { skip: number; limit: number },
  ): Promise<{ total: number; entries: StaffEntry[] }> {
    const filter = {
      ...(within ? { departmentId: { $in: [...within] } } : {}),
      isPresent: true as const,
    };
    const [total, found] = await Promise.all([
      this.#staff.countDocuments(filter),
      limit === 0
        ? []
        : this.#staff.find(filter).sort({ createdAt: 1, _id: 1 }).skip(skip).limit(limit).toArray(),
    ]);
    return { total, entries: found.map((document) => this.#open(document)) };
  }

  /** Ids of the people of a department, oldest first. */
  async memberIds(departmentId: string, session?: ClientSession): Promise<string[]> {
    const found = await this.#staff
      .find(
        { departmentIds: departmentId, isPresent: true },
        { projection: { _id: 1 }, ...(session ? { session } : {}) },
      )
      .sort({ createdAt: 1, _id: 1 })
      .toArray();
    return found.map(({ _id }) => _id);
  }

  /** Which of these are ids of people in the directory. */
  async known(ids: readonly string[], session: ClientSession): Promise<Set<string>> {
    const found = await this.#staff
      .find({ _id: { $in: [...ids] }, isPresent: true }, { session, projection: { _id: 1 } })
      .toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  /** A department has come to be, or is gone: who was named with its code belongs to it, or does not. */
  async adopt(departmentId: string, code: string, session: ClientSession): Promise<void> {
    await this.#staff.updateMany(
      { unknownCode: code, isPresent: true },
      {
        $set: { departmentId, updatedAt: this.#deps.clock.now() },
        $addToSet: { departmentIds: departmentId },
        $unset: { unknownCode: 1 },
        $inc: { revision: 1 },
      },
      { session },
    );
  }

  /** The department has no code any more: who was named with it belongs to it as to any other. */
  async unname(id: string, code: string | undefined, session: ClientSession): Promise<void> {
    await this.#staff.updateMany(
      { departmentId: id },
      {
        $set: { updatedAt: this.#deps.clock.now(), ...(code ? { unknownCode: code } : {}) },
        $unset: { departmentId: 1 },
        $inc: { revision: 1 },
      },
      { session },
    );
  }

  async release(id: string, code: string | undefined, session: ClientSession): Promise<void> {
    await this.unname(id, code, session);
    await this.#staff.updateMany(
      { departmentIds: id },
      {
        $pull: { departmentIds: id },
        $set: { updatedAt: this.#deps.clock.now() },
        $inc: { revision: 1 },
      },
      { session },
    );
  }

  /** Part of the removal of an account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#staff.deleteMany({ accountId }, { session });
  }

  async #findOne(filter: object, session?: ClientSession): Promise<StaffEntry | undefined> {
    const document = await this.#staff.findOne(filter, session ? { session } : {});
    return document ? this.#open(document) : undefined;
  }

  #key(what: 'userName' | 'staffId', value: string): Buffer {
    return staffKey(this.#deps.keyring, what, value);
  }

  #open(document: StaffDocument): StaffEntry {
    return entryOf(this.#deps.keyring, document);
  }

  get #staff() {
    return this.#deps.database.collection<StaffDocument>(STAFF);
  }
}
