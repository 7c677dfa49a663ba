// Departments in the database, in the clear: which offices a city has is public. A code belongs to one
// by an index; moves are serialised by one document, so that no two of them make a circle.
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { Department, DepartmentFacts } from './department.ts';

interface DepartmentDocument extends Omit<Department, 'id' | 'path'> {
  _id: string;
  path: string[];
  schemaVersion: 1;
}

interface TreeDocument {
  _id: 'tree';
  moves: number;
}

export const DEPARTMENTS = 'departments';
export const DEPARTMENT_TREE = 'departmentTree';
const MOST = 20_000;

export class DepartmentStore {
  readonly #deps: { database: Database; clock: Clock; random: Random };

  constructor(deps: { database: Database; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  async find(id: string, session?: ClientSession): Promise<Department | undefined> {
    const document = await this.#departments.findOne({ _id: id }, session ? { session } : {});
    return document ? departmentOf(document) : undefined;
  }

  async byCode(code: string, session?: ClientSession): Promise<Department | undefined> {
    const document = await this.#departments.findOne({ code }, session ? { session } : {});
    return document ? departmentOf(document) : undefined;
  }

  async named(ids: readonly string[], session?: ClientSession): Promise<Department[]> {
    if (ids.length === 0) return [];
    const found = this.#departments.find({ _id: { $in: [...ids] } }, session ? { session } : {});
    return (await found.toArray()).map((document) => departmentOf(document));
  }

  async withCodes(codes: readonly string[]): Promise<Department[]> {
    const found = await this.#departments.find({ code: { $in: [...codes] } }).toArray();
    return found.map((document) => departmentOf(document));
  }

  /** Those at or below one of `within`; all without it. Oldest first. */
  async list(within?: readonly string[]): Promise<Department[]> {
    const filter = within ? { path: { $in: [...within] } } : {};
    const found = await this.#departments
      .find(filter)
      .sort({ createdAt: 1, _id: 1 })
      .limit(MOST)
      .toArray();
    return found.map((document) => departmentOf(document));
  }

  /** @throws the duplicate key error where the code belongs to another */
  async insert(
    facts: DepartmentFacts,
    above: Department | undefined,
    session: ClientSession,
  ): Promise<Department> {
    const id = this.#deps.random.id();
    const now = this.#deps.clock.now();
    const document: DepartmentDocument = {
      _id: id,
      ...defined(facts),
      path: [...(above?.path ?? []), id],
      revision: 1,
      createdAt: now,
      updatedAt: now,
      schemaVersion: 1,
    };
    await this.#departments.insertOne(document, { session });
    return departmentOf(document);
  }

  /** Undefined when somebody else has changed it since. @throws the duplicate key error */
  async change(
    former: Department,
    to: { facts: DepartmentFacts; above: Department | undefined },
    session: ClientSession,
  ): Promise<Department | undefined> {
    const path = [...(to.above?.path ?? []), former.id];
    const { code, externalId, parentId, unknownIds } = to.facts;
    const unset = {
      ...(code === undefined ? { code: 1 as const } : {}),
      ...(externalId === undefined ? { externalId: 1 as const } : {}),
      ...(unknownIds?.length ? {} : { unknownIds: 1 as const }),
      ...(parentId === undefined ? { parentId: 1 as const } : {}),
    };
    const document = await this.#departments.findOneAndUpdate(
      { _id: former.id, revision: former.revision },
      {
        $set: { ...defined(to.facts), path, updatedAt: this.#deps.clock.now() },
        ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
        $inc: { revision: 1 },
      },
      { session, returnDocument: 'after' },
    );
    if (!document) return undefined;
    if (path.join('/') !== former.path.join('/')) await this.#moveBelow(former, path, session);
    return departmentOf(document);
  }

  async remove({ id, revision }: Department, session: ClientSession): Promise<boolean> {
    const { deletedCount } = await this.#departments.deleteOne({ _id: id, revision }, { session });
    return deletedCount === 1;
  }

  async hasChildren(id: string, session: ClientSession): Promise<boolean> {
    const child = await this.#departments.findOne(
      { parentId: id },
      { session, projection: { _id: 1 } },
    );
    return child !== null;
  }

  /** How many levels stand below it. */
  async depthBelow(id: string, session: ClientSession): Promise<number> {
    const below = await this.#departments.find({ path: id }, { session }).toArray();
    return Math.max(0, ...below.map(({ path }) => path.length - 1 - path.indexOf(id)));
  }

  /** Whoever changes the shape of the tree in a transaction does it alone. */
  async holdTree(session: ClientSession): Promise<void> {
    const trees = this.#deps.database.collection<TreeDocument>(DEPARTMENT_TREE);
    await trees.updateOne({ _id: 'tree' }, { $inc: { moves: 1 } }, { session, upsert: true });
  }

  async #moveBelow({ id }: Department, path: string[], session: ClientSession): Promise<void> {
    const below = await this.#departments
      .find({ path: id, _id: { $ne: id } }, { session, projection: { path: 1 } })
      .toArray();
    for (const each of below) {
      const rest = each.path.slice(each.path.indexOf(id) + 1);
      const moved = { $set: { path: [...path, ...rest] } };
      await this.#departments.updateOne({ _id: each._id }, moved, { session });
    }
  }

  get #departments() {
    return this.#deps.database.collection<DepartmentDocument>(DEPARTMENTS);
  }
}

function departmentOf({ _id, schemaVersion: _version, ...facts }: DepartmentDocument): Department {
  return { id: _id, ...facts };
}

/** What is stored has no undefined members. */
function defined({
  code,
  name,
  externalId,
  parentId,
  unknownIds,
}: DepartmentFacts): DepartmentFacts {
  return {
    name,
    ...(code === undefined ? {} : { code }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(unknownIds?.length ? { unknownIds } : {}),
  };
}
