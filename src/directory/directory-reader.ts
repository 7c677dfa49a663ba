// What is read of the directory, within the part that whoever asks may see.
import type { Department } from './department.ts';
import type { DepartmentStore } from './department-store.ts';
import type { DirectoryActor, StaffEntry } from './staff-entry.ts';
import { peopled } from './department-directory.ts';
import { isWithin } from './staff-placement.ts';
import type { PeopledDepartment } from './department-directory.ts';
import type { StaffStore } from './staff-store.ts';

type Scope = Pick<DirectoryActor, 'within'>;

interface Part {
  skip: number;
  limit: number;
}

export class DirectoryReader {
  readonly #staff: StaffStore;
  readonly #departments: DepartmentStore;

  constructor(deps: { staff: StaffStore; departments: DepartmentStore }) {
    this.#staff = deps.staff;
    this.#departments = deps.departments;
  }

  /** For `givenPlacement`. */
  get departments(): Pick<DepartmentStore, 'byCode' | 'find'> {
    return this.#departments;
  }

  async staff(id: string, by: Scope): Promise<StaffEntry | 'unknown' | 'outside_subtree'> {
    const entry = await this.#staff.find(id);
    if (!entry) return 'unknown';
    return (await this.#isWithin(entry.placement.departmentId, by)) ? entry : 'outside_subtree';
  }

  /** @param path lower case; `not_indexed` where only a look at every entry finds somebody */
  async staffBy(
    path: string,
    value: string,
    by: Scope,
  ): Promise<StaffEntry | undefined | 'not_indexed'> {
    if (path !== 'username' && path !== 'id') return 'not_indexed';
    const entry =
      path === 'id' ? await this.#staff.find(value) : await this.#staff.byUserName(value);
    if (!entry) return undefined;
    return (await this.#isWithin(entry.placement.departmentId, by)) ? entry : undefined;
  }

  async *eachStaff(by: Scope): AsyncGenerator<StaffEntry> {
    yield* this.#staff.each(await this.#within(by));
  }

  async staffPage(by: Scope, part: Part): Promise<{ total: number; entries: StaffEntry[] }> {
    return this.#staff.page(await this.#within(by), part);
  }

  async departmentsOf(entries: readonly StaffEntry[]): Promise<Map<string, Department>> {
    const ids = entries.flatMap(({ placement }) => [
      ...placement.departmentIds,
      ...(placement.departmentId === undefined ? [] : [placement.departmentId]),
    ]);
    return byId(await this.#departments.named([...new Set(ids)]));
  }

  async allDepartments(): Promise<Map<string, Department>> {
    return byId(await this.#departments.list());
  }

  async department(
    id: string,
    by: Scope,
  ): Promise<PeopledDepartment | 'unknown' | 'outside_subtree'> {
    const department = await this.#departments.find(id);
    if (!department) return 'unknown';
    if (!(await this.#isWithin(id, by))) return 'outside_subtree';
    return this.peopled(department);
  }

  departmentList({ within }: Scope): Promise<Department[]> {
    return this.#departments.list(within);
  }

  async peopled(department: Department): Promise<PeopledDepartment> {
    return peopled(department, await this.#staff.memberIds(department.id));
  }

  /** Codes that no department has are left out: who is limited to them alone sees nothing. */
  async departmentIds(codes: readonly string[]): Promise<string[]> {
    return (await this.#departments.withCodes(codes)).map(({ id }) => id);
  }

  /** Those of these departments that there are. */
  async present(ids: readonly string[]): Promise<string[]> {
    return (await this.#departments.named(ids)).map(({ id }) => id);
  }

  /** Where somebody new belongs who is entered without a department, by who sees a part alone. */
  async ownCode({ within }: Scope): Promise<string | undefined> {
    const [first] = within ?? [];
    return first === undefined ? undefined : (await this.#departments.find(first))?.code;
  }

  async #within({ within }: Scope): Promise<string[] | undefined> {
    if (!within) return undefined;
    return (await this.#departments.list(within)).map(({ id }) => id);
  }

  async #isWithin(departmentId: string | undefined, by: Scope): Promise<boolean> {
    return isWithin({ departments: this.#departments }, { departmentId }, { by });
  }
}

function byId(departments: readonly Department[]): Map<string, Department> {
  return new Map(departments.map((department) => [department.id, department]));
}
