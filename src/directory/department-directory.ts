// Departments come, move and go, and people with them. A department and its people change in one
// transaction; changes of the tree's shape pass one by one.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { DEEPEST, MOST_UNKNOWN } from './department.ts';
import type { Department, DepartmentFacts } from './department.ts';
import type { DepartmentStore } from './department-store.ts';
import { DirectoryRefused } from './staff-entry.ts';
import type { DirectoryActor, DirectoryRefusal, StaffEntry } from './staff-entry.ts';
import { requireWithin } from './staff-placement.ts';
import type { StaffStore } from './staff-store.ts';

export interface DepartmentDirectoryDependencies {
  staff: StaffStore;
  departments: DepartmentStore;
  accounts: Pick<AccountStore, 'transaction'>;
  audit: AuditLog;
}

export interface GivenDepartment {
  facts: DepartmentFacts;
  /** Ids of all its people; undefined leaves them as they are. */
  memberIds: readonly string[] | undefined;
}

/** The department as it is, with the ids of its people. */
export interface PeopledDepartment {
  department: Department;
  memberIds: readonly string[];
}

export type DepartmentOutcome =
  | ({ ok: true } & PeopledDepartment)
  | { ok: false; reason: DirectoryRefusal };

interface Within {
  by: DirectoryActor;
  session: ClientSession;
}

export class DepartmentDirectory {
  readonly #deps: DepartmentDirectoryDependencies;

  constructor(deps: DepartmentDirectoryDependencies) {
    this.#deps = deps;
  }

  add(given: GivenDepartment, by: DirectoryActor): Promise<DepartmentOutcome> {
    return this.#carryOut(async (session) => {
      const at = { by, session };
      const { departments } = this.#deps;
      await departments.holdTree(session);
      const above = await this.#above(given.facts, at);
      if ((above?.path.length ?? 0) >= DEEPEST) throw new DirectoryRefused('department_deep');
      const members = await this.#members(given.memberIds, session);
      const facts = { ...given.facts, parentId: above?.id, unknownIds: members?.unknown };
      const department = await departments.insert(facts, above, session);
      await this.#recode(department, undefined, at);
      await this.#setMembers(department, members?.known, at);
      await this.#record('directory.department_added', department, at);
      return department;
    });
  }

  /** `mutate` makes of a department as it is what it is to be; may run several times. */
  change(
    id: string,
    mutate: (of: PeopledDepartment) => GivenDepartment | Promise<GivenDepartment>,
    by: DirectoryActor,
  ): Promise<DepartmentOutcome> {
    return this.#carryOut(async (session) => {
      const at = { by, session };
      const { departments, staff } = this.#deps;
      const former = await this.#department(id, at);
      const memberIds = await staff.memberIds(id, session);
      const given = await mutate(peopled(former, memberIds));
      const above = await this.#moved(former, given.facts, at);
      const members = await this.#members(given.memberIds, session);
      const unknownIds = members ? members.unknown : former.unknownIds;
      const facts = { ...given.facts, parentId: above?.id, unknownIds };
      const isSame =
        !factsDiffer(former, facts) &&
        !differ(memberIds, members?.known) &&
        !differ(former.unknownIds ?? [], members?.unknown);
      if (isSame) return former;
      const department = await departments.change(former, { facts, above }, session);
      if (!department) throw new DirectoryRefused('version_differs');
      await this.#recode(department, former.code, at);
      await this.#setMembers(department, members?.known, at);
      await this.#record('directory.department_changed', department, at);
      return department;
    });
  }

  /** Its people stay, without it. */
  remove(
    id: string,
    by: DirectoryActor,
    check: (of: PeopledDepartment) => void = () => undefined,
  ): Promise<DepartmentOutcome> {
    return this.#carryOut(async (session) => {
      const at = { by, session };
      const { departments, staff } = this.#deps;
      await departments.holdTree(session);
      const department = await this.#department(id, at);
      if (by.within?.includes(id)) throw new DirectoryRefused('outside_subtree');
      check(peopled(department, await staff.memberIds(id, session)));
      if (await departments.hasChildren(id, session)) throw new DirectoryRefused('has_children');
      if (!(await departments.remove(department, session))) {
        throw new DirectoryRefused('version_differs');
      }
      await staff.release(id, department.code, session);
      await this.#record('directory.department_removed', department, at);
      return department;
    });
  }

  /** Who may not see the whole city puts a department without a parent at the top of the own part. */
  async #above(facts: DepartmentFacts, { by, session }: Within): Promise<Department | undefined> {
    const parentId = facts.parentId ?? by.within?.[0];
    if (parentId === undefined && by.within) throw new DirectoryRefused('outside_subtree');
    if (parentId === undefined) return undefined;
    const above = await this.#deps.departments.find(parentId, session);
    if (!above) throw new DirectoryRefused('department_unknown');
    await requireWithin(this.#deps, { departmentId: parentId, departmentIds: [] }, { by, session });
    return above;
  }

  async #moved(former: Department, facts: DepartmentFacts, at: Within) {
    const { departments } = this.#deps;
    const { parentId } = facts;
    if (parentId === former.parentId) {
      return parentId === undefined ? undefined : departments.find(parentId, at.session);
    }
    await departments.holdTree(at.session);
    if (at.by.within?.includes(former.id)) throw new DirectoryRefused('outside_subtree');
    const above = await this.#above(facts, at);
    if (above?.path.includes(former.id)) throw new DirectoryRefused('department_circle');
    const below = await departments.depthBelow(former.id, at.session);
    if ((above?.path.length ?? 0) + 1 + below > DEEPEST) {
      throw new DirectoryRefused('department_deep');
    }
    return above;
  }

  async #department(id: string, { by, session }: Within): Promise<Department> {
    const department = await this.#deps.departments.find(id, session);
    if (!department) throw new DirectoryRefused('unknown');
    await requireWithin(this.#deps, { departmentId: id, departmentIds: [] }, { by, session });
    return department;
  }

  /**
   * People are named by its code: a new one finds those who wait for it, a lost one loses its own. Who
   * waits is nobody's part yet, so whoever sees a part alone takes none of them.
   */
  async #recode({ id, code }: Department, former: string | undefined, { by, session }: Within) {
    if (code === former) return;
    if (code === undefined) await this.#deps.staff.unname(id, former, session);
    else if (!by.within) await this.#deps.staff.adopt(id, code, session);
  }

  /** Some directories name people before they enter them, or after they have removed them. */
  async #members(wanted: readonly string[] | undefined, session: ClientSession) {
    if (!wanted) return undefined;
    const found = await this.#deps.staff.known(wanted, session);
    const known = wanted.filter((id) => found.has(id));
    const unknown = [...new Set(wanted)].filter((id) => !found.has(id));
    if (unknown.length > MOST_UNKNOWN) throw new DirectoryRefused('user_unknown');
    return { known, unknown };
  }

  async #setMembers(
    { id }: Department,
    wanted: readonly string[] | undefined,
    at: Within,
  ): Promise<void> {
    if (!wanted) return;
    const present = new Set(await this.#deps.staff.memberIds(id, at.session));
    const next = new Set(wanted);
    for (const each of next) {
      if (!present.has(each)) {
        await this.#place(each, (ids) => [...ids, id], at);
      }
    }
    for (const each of present) {
      if (!next.has(each)) await this.#place(each, (ids) => ids.filter((own) => own !== id), at);
    }
  }

  async #place(
    staffId: string,
    to: (departmentIds: readonly string[]) => readonly string[],
    { by, session }: Within,
  ): Promise<void> {
    const { staff, audit } = this.#deps;
    const entry = await staff.find(staffId, session);
    if (!entry) throw new DirectoryRefused('user_unknown');
    await requireWithin(this.#deps, entry.placement, { by, session });
    const departmentIds = to(entry.placement.departmentIds);
    const { departmentId, unknownCode } = entry.placement;
    const isMainKept = departmentId !== undefined && departmentIds.includes(departmentId);
    const placement: StaffEntry['placement'] = {
      ...(isMainKept ? { departmentId } : {}),
      ...(unknownCode === undefined ? {} : { unknownCode }),
      departmentIds,
    };
    if (!(await staff.change(entry, { ...entry, placement }, session))) {
      throw new DirectoryRefused('version_differs');
    }
    const { actor, address, clientId } = by;
    const facts = { actor, address, clientId, subject: entry.accountId, result: 'done' } as const;
    await audit.record({ type: 'directory.staff_changed', ...facts }, session);
  }

  async #carryOut(
    work: (session: ClientSession) => Promise<Department>,
  ): Promise<DepartmentOutcome> {
    try {
      return await this.#deps.accounts.transaction(async (session) => {
        const department = await work(session);
        const memberIds = await this.#deps.staff.memberIds(department.id, session);
        return { ok: true, ...peopled(department, memberIds) };
      });
    } catch (error) {
      if (error instanceof DirectoryRefused) return { ok: false, reason: error.reason };
      if (isDuplicateKey(error)) return { ok: false, reason: 'code_taken' };
      throw error;
    }
  }

  async #record(
    type: `directory.department_${'added' | 'changed' | 'removed'}`,
    { id, code }: Department,
    { by: { actor, address, clientId }, session }: Within,
  ): Promise<void> {
    const event = {
      type,
      actor,
      address,
      clientId,
      result: 'done',
      details: { department: code ?? id },
    } as const;
    await this.#deps.audit.record(event, session);
  }
}

/** With whom its directory names besides. */
export function peopled(department: Department, memberIds: readonly string[]): PeopledDepartment {
  return { department, memberIds: [...memberIds, ...(department.unknownIds ?? [])] };
}

function factsDiffer(former: Department, to: DepartmentFacts): boolean {
  const names = ['code', 'name', 'externalId', 'parentId'] as const;
  return names.some((name) => former[name] !== to[name]);
}

function differ(present: readonly string[], wanted: readonly string[] | undefined): boolean {
  if (!wanted) return false;
  const next = new Set(wanted);
  return next.size !== present.length || present.some((id) => !next.has(id));
}
