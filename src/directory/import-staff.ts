// A staff file becomes the directory: first what it would change is counted, then it is done person by
// person. Run again it changes nothing more; what was interrupted goes on where it stood. Who came by an
// import and is in the file no more has left: if those are too many, nothing is done at all.
import type { DepartmentDirectory } from './department-directory.ts';
import type { DirectoryReader } from './directory-reader.ts';
import { userNameKey } from './staff-attributes.ts';
import { sameContent } from './same-staff.ts';
import type { StaffDirectory } from './staff-directory.ts';
import type { DirectoryRefusal, StaffEntry } from './staff-entry.ts';
import type { FileDepartment, FileStaff } from './staff-file.ts';
import { givenPlacement } from './staff-placement.ts';

export interface ImportStaffDependencies {
  staffDirectory: StaffDirectory;
  departmentDirectory: DepartmentDirectory;
  reader: DirectoryReader;
}

export interface StaffPlan {
  joining: FileStaff[];
  changing: { person: FileStaff; entry: StaffEntry }[];
  leaving: StaffEntry[];
  unchanged: number;
  /** Of those in the directory, how many came by an import. */
  imported: number;
}

export interface ImportFailure {
  line: number;
  reason: DirectoryRefusal;
}

/** Whether to go on: throws where not. */
type BeforeEach = () => Promise<void>;
const noWork: BeforeEach = () => Promise.resolve();

const BY = { actor: 'operator' } as const;

/** Without writing anything. */
export async function planImport(
  { reader }: ImportStaffDependencies,
  staff: readonly FileStaff[],
): Promise<StaffPlan> {
  const entries = new Map<string, StaffEntry>();
  for await (const entry of reader.eachStaff({})) {
    entries.set(userNameKey(entry.attributes.userName), entry);
  }
  const plan: StaffPlan = { joining: [], changing: [], leaving: [], unchanged: 0, imported: 0 };
  for (const person of staff) {
    const key = userNameKey(person.attributes.userName);
    const entry = entries.get(key);
    entries.delete(key);
    if (!entry) plan.joining.push(person);
    else {
      if (entry.isImported === true) plan.imported += 1;
      if (await isAsSaid(reader, person, entry)) plan.unchanged += 1;
      else plan.changing.push({ person, entry });
    }
  }
  plan.leaving.push(...[...entries.values()].filter(({ isImported }) => isImported === true));
  plan.imported += plan.leaving.length;
  return plan;
}

/**
 * Ids of those whom it would put out: who is in the list no more, and who is in it as one who may not
 * sign in. A list that is cut off, or whose column was mistaken, must not put a city out.
 */
export function leaversOf({ leaving, changing }: StaffPlan): string[] {
  const suspended = changing.filter(
    ({ person, entry }) => entry.isActive && person.attributes.active === false,
  );
  return [...leaving.map(({ id }) => id), ...suspended.map(({ entry }) => entry.id)];
}

async function isAsSaid(reader: DirectoryReader, person: FileStaff, entry: StaffEntry) {
  const { code } = await givenPlacement(reader, entry.placement);
  const isSamePlace = code === person.code && entry.isImported === true;
  return isSamePlace && sameContent(entry.attributes, person.attributes);
}

export async function importDepartments(
  { departmentDirectory, reader }: ImportStaffDependencies,
  departments: readonly FileDepartment[],
  beforeEach: BeforeEach = noWork,
): Promise<ImportFailure[]> {
  const failures: ImportFailure[] = [];
  for (const { line, code, name, parent } of departments) {
    await beforeEach();
    const present = await reader.departments.byCode(code);
    const above = parent === undefined ? undefined : await reader.departments.byCode(parent);
    if (parent !== undefined && !above) {
      failures.push({ line, reason: 'department_unknown' });
      continue;
    }
    const facts = { code, name, parentId: above?.id, externalId: present?.externalId };
    const given = { facts, memberIds: undefined };
    const outcome = present
      ? await departmentDirectory.change(present.id, () => given, BY)
      : await departmentDirectory.add(given, BY);
    if (!outcome.ok) failures.push({ line, reason: outcome.reason });
  }
  return failures;
}

export async function carryOutImport(
  { staffDirectory, reader }: ImportStaffDependencies,
  plan: StaffPlan,
  beforeEach: BeforeEach = noWork,
): Promise<ImportFailure[]> {
  const failures: ImportFailure[] = [];
  for (const { line, attributes, code } of plan.joining) {
    await beforeEach();
    const placement = { code, otherIds: [] };
    const how = { isAdopting: true, isImported: true };
    const outcome = await staffDirectory.join({ attributes, placement }, BY, how);
    if (!outcome.ok) failures.push({ line, reason: outcome.reason });
  }
  for (const { person, entry } of plan.changing) {
    await beforeEach();
    const { attributes, code, line } = person;
    const mutate = async ({ placement }: StaffEntry) => {
      const { otherIds } = await givenPlacement(reader, placement);
      return { attributes, placement: { code, otherIds }, isImported: true };
    };
    const outcome = await staffDirectory.change(entry.id, mutate, BY);
    if (!outcome.ok) failures.push({ line, reason: outcome.reason });
  }
  for (const { id } of plan.leaving) {
    await beforeEach();
    const outcome = await staffDirectory.leave(id, BY);
    if (!outcome.ok && outcome.reason !== 'unknown')
      failures.push({ line: 0, reason: outcome.reason });
  }
  return failures;
}
