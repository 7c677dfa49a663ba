// Where a person works, from what was given, and whether whoever writes it may: an administrator of a
// department reaches no further than the own subtree.
import type { ClientSession } from '../platform/mongo.ts';
import type { DepartmentStore } from './department-store.ts';
import { postsOf } from './staff-attributes.ts';
import type { StaffAttributes } from './staff-attributes.ts';
import { DirectoryRefused } from './staff-entry.ts';
import type { DirectoryActor, Placement } from './staff-entry.ts';

export interface GivenPlacement {
  /** Code of the main department, be it known or not. */
  code: string | undefined;
  /** Ids of other departments of the person. */
  otherIds: readonly string[];
}

interface PlacementDependencies {
  departments: Pick<DepartmentStore, 'byCode' | 'find'>;
}

export async function placementOf(
  { departments }: PlacementDependencies,
  { code, otherIds }: GivenPlacement,
  session: ClientSession,
): Promise<Placement> {
  const main = code === undefined ? undefined : await departments.byCode(code, session);
  const departmentIds = [...new Set([...(main ? [main.id] : []), ...otherIds])];
  if (main) return { departmentId: main.id, departmentIds };
  return { ...(code === undefined ? {} : { unknownCode: code }), departmentIds };
}

/** What `placementOf` would make the same of again. */
export async function givenPlacement(
  { departments }: PlacementDependencies,
  { departmentId, unknownCode, departmentIds }: Placement,
): Promise<GivenPlacement> {
  const main = departmentId === undefined ? undefined : await departments.find(departmentId);
  const otherIds = departmentIds.filter((id) => id !== departmentId);
  return { code: main?.code ?? unknownCode, otherIds };
}

interface Reach {
  by: Pick<DirectoryActor, 'within'>;
  session?: ClientSession;
}

/** The main department decides whose the person is. */
export async function isWithin(
  { departments }: { departments: Pick<DepartmentStore, 'find'> },
  { departmentId }: Pick<Placement, 'departmentId'>,
  { by, session }: Reach,
): Promise<boolean> {
  if (!by.within) return true;
  const department =
    departmentId === undefined ? undefined : await departments.find(departmentId, session);
  return department?.path.some((id) => by.within?.includes(id)) === true;
}

/** @throws DirectoryRefused `outside_subtree` */
export async function requireWithin(
  deps: PlacementDependencies,
  placement: Placement,
  reach: Reach,
): Promise<void> {
  if (!(await isWithin(deps, placement, reach))) throw new DirectoryRefused('outside_subtree');
}

/**
 * Systems decide by a post and its department: who sees a part of the directory gives nobody a post
 * beyond it. Those that the person had before stay.
 * @throws DirectoryRefused `outside_subtree`
 */
export async function requirePostsWithin(
  deps: PlacementDependencies,
  of: { former: StaffAttributes | undefined; attributes: StaffAttributes },
  { by, session }: Reach & { session: ClientSession },
): Promise<void> {
  if (!by.within) return;
  const had = new Set(of.former && postCodes(of.former));
  for (const code of postCodes(of.attributes)) {
    if (had.has(code)) continue;
    const placement = await placementOf(deps, { code, otherIds: [] }, session);
    await requireWithin(deps, placement, { by, session });
  }
}

function postCodes(attributes: StaffAttributes): string[] {
  return postsOf(attributes).flatMap(({ department }) => department ?? []);
}
