// What the claim `civil_servant` says of somebody: as the directory has it now, whenever it is asked for.
import { accountAttributesOf, postsOf, staffIdOf } from './staff-attributes.ts';
import type { DepartmentStore } from './department-store.ts';
import type { StaffStore } from './staff-store.ts';

/** Members as relying parties read them. */
export interface StaffClaim {
  staff_id?: string;
  name?: string;
  /** `path`: names from the top of the city down to the department. */
  department?: { code?: string; name?: string; path?: string[] };
  posts?: { name: string; department?: string }[];
}

/** Undefined for accounts that no directory has. */
export async function staffClaimOf(
  { staff, departments }: { staff: StaffStore; departments: DepartmentStore },
  accountId: string,
): Promise<StaffClaim | undefined> {
  const entry = await staff.ofAccount(accountId);
  if (!entry) return undefined;
  const { attributes, placement } = entry;
  const staffId = staffIdOf(attributes);
  const { name } = accountAttributesOf(attributes);
  const posts = postsOf(attributes).map((post) => ({ ...post }));
  const department = await departmentOf(departments, placement);
  return {
    ...(staffId === undefined ? {} : { staff_id: staffId }),
    ...(name === undefined ? {} : { name }),
    ...(department === undefined ? {} : { department }),
    ...(posts.length > 0 ? { posts } : {}),
  } as StaffClaim;
}

async function departmentOf(
  departments: DepartmentStore,
  {
    departmentId,
    unknownCode,
  }: { departmentId?: string | undefined; unknownCode?: string | undefined },
): Promise<StaffClaim['department']> {
  const found = departmentId === undefined ? undefined : await departments.find(departmentId);
  if (!found) return unknownCode === undefined ? undefined : { code: unknownCode };
  const named = await departments.named(found.path);
  const names = found.path.map((id) => named.find((each) => each.id === id)?.name ?? '');
  const { code, name } = found;
  return { ...(code === undefined ? {} : { code }), name, path: names };
}
