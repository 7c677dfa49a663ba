// /Users: entries of the staff directory as SCIM speaks of them.
import { givenPlacement } from '../directory/staff-placement.ts';
import type { GivenPlacement } from '../directory/staff-placement.ts';
import { ENTERPRISE_USER } from '../directory/staff-attributes.ts';
import type { StaffAttributes } from '../directory/staff-attributes.ts';
import type { Department } from '../directory/department.ts';
import type { DirectoryReader } from '../directory/directory-reader.ts';
import type { StaffDirectory, StaffOutcome } from '../directory/staff-directory.ts';
import type { StaffEntry } from '../directory/staff-entry.ts';
import { applyPatch, readPatch } from './patch.ts';
import { isObject, readAttributes, readResource } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import { idOfReference, requireVersion, scimErrorOf } from './scim-endpoint.ts';
import type { ScimAccess, ScimEndpoint } from './scim-endpoint.ts';
import { userType } from './scim-schema.ts';

export interface UsersDependencies {
  staffDirectory: StaffDirectory;
  reader: DirectoryReader;
}

type Departments = ReadonlyMap<string, Department>;

export function usersEndpoint(deps: UsersDependencies): ScimEndpoint {
  const { staffDirectory, reader } = deps;
  const present = async (entry: StaffEntry, { base }: ScimAccess) =>
    toUser(entry, await reader.departmentsOf([entry]), base);
  const presentAll = async (entries: readonly StaffEntry[], { base }: ScimAccess) => {
    const departments = await reader.departmentsOf(entries);
    return entries.map((entry) => toUser(entry, departments, base));
  };
  return {
    type: userType,
    async get(id, access) {
      return present(await found(reader.staff(id, access.by)), access);
    },
    async create(body, access) {
      const { attributes, code } = fromUser(readResource(userType, body), { active: true });
      const placement = { code: code ?? (await reader.ownCode(access.by)), otherIds: [] };
      const outcome = await staffDirectory.join({ attributes, placement }, access.by);
      return present(done(outcome), access);
    },
    async replace(id, { body, ifMatch }, access) {
      const given = readResource(userType, body);
      const mutate = async (entry: StaffEntry) => {
        requireVersion(ifMatch, versionOf(entry));
        const { attributes, code } = fromUser(given, entry.attributes);
        return { attributes, placement: await moved(deps, entry, code) };
      };
      return present(done(await staffDirectory.change(id, mutate, access.by)), access);
    },
    async patch(id, { body, ifMatch }, access) {
      const operations = readPatch(body);
      const mutate = async (entry: StaffEntry) => {
        requireVersion(ifMatch, versionOf(entry));
        const former = toUser(entry, await reader.departmentsOf([entry]), access.base);
        const patched = applyPatch(userType, former, operations);
        const { attributes, code } = fromUser(readAttributes(userType, patched), {});
        return { attributes, placement: await moved(deps, entry, code) };
      };
      return present(done(await staffDirectory.change(id, mutate, access.by)), access);
    },
    async remove(id, { ifMatch }, access) {
      const check = (entry: StaffEntry) => requireVersion(ifMatch, versionOf(entry));
      done(await staffDirectory.leave(id, access.by, check));
    },
    async *each(access) {
      const departments = await reader.allDepartments();
      for await (const entry of reader.eachStaff(access.by)) {
        yield toUser(entry, departments, access.base);
      }
    },
    async page(access, part) {
      const { total, entries } = await reader.staffPage(access.by, part);
      return { total, resources: await presentAll(entries, access) };
    },
    async find(access, { path, value }) {
      const entry = await reader.staffBy(path.toLowerCase(), value, access.by);
      return entry === 'not_indexed' ? undefined : presentAll(entry ? [entry] : [], access);
    },
  };
}

async function found(finding: Promise<StaffEntry | 'unknown' | 'outside_subtree'>) {
  const entry = await finding;
  if (typeof entry === 'string') throw scimErrorOf(entry);
  return entry;
}

function done(outcome: StaffOutcome): StaffEntry {
  if (!outcome.ok) throw scimErrorOf(outcome.reason);
  return outcome.entry;
}

/** Other departments stay; they are changed where the department is (RFC 7643, 4.1.2 `groups`). */
async function moved(
  { reader }: UsersDependencies,
  entry: StaffEntry,
  code: string | undefined,
): Promise<GivenPlacement> {
  const { otherIds } = await givenPlacement(reader, entry.placement);
  return { code, otherIds };
}

/** The department stands beside what is kept of the person. */
function fromUser(
  resource: ScimObject,
  former: { active?: boolean },
): { attributes: StaffAttributes; code: string | undefined } {
  const { [ENTERPRISE_USER]: given, ...others } = resource;
  const { department, manager, ...enterprise } = isObject(given) ? given : {};
  const leader = isObject(manager)
    ? (manager['value'] ?? idOfReference(manager['$ref']))
    : undefined;
  const kept = { ...enterprise, ...(leader === undefined ? {} : { manager: { value: leader } }) };
  const active = resource['active'] ?? former.active;
  const attributes = {
    ...others,
    ...(active === undefined ? {} : { active }),
    ...(Object.keys(kept).length > 0 ? { [ENTERPRISE_USER]: kept } : {}),
  } as StaffAttributes;
  const code = typeof department === 'string' ? department.trim() : '';
  return { attributes, code: code === '' ? undefined : code };
}

function toUser(entry: StaffEntry, departments: Departments, base: string): ScimObject {
  const { id, attributes, placement } = entry;
  const { [ENTERPRISE_USER]: kept, ...others } = attributes;
  const main = departments.get(placement.departmentId ?? '');
  const code = main?.code ?? placement.unknownCode;
  const manager = isObject(kept?.['manager']) ? String(kept['manager']['value']) : undefined;
  const enterprise = {
    ...kept,
    ...(code === undefined ? {} : { department: code }),
    ...(manager === undefined
      ? {}
      : { manager: { value: manager, $ref: `${base}/Users/${encodeURIComponent(manager)}` } }),
  };
  const groups = placement.departmentIds.flatMap((value) => {
    const department = departments.get(value);
    const $ref = `${base}/Groups/${value}`;
    return department ? [{ value, $ref, display: department.name, type: 'direct' }] : [];
  });
  const resource: ScimObject = {
    ...others,
    ...(Object.keys(enterprise).length > 0 ? { [ENTERPRISE_USER]: enterprise } : {}),
    ...(groups.length > 0 ? { groups } : {}),
  };
  const extensions = userType.extensions
    .map((schema) => schema.id)
    .filter((each) => each in resource);
  return {
    schemas: [userType.schema.id, ...extensions],
    id,
    ...resource,
    meta: {
      resourceType: userType.name,
      created: entry.createdAt.toISOString(),
      lastModified: entry.updatedAt.toISOString(),
      location: `${base}/Users/${id}`,
      version: versionOf(entry),
    },
  };
}

function versionOf({ revision }: Pick<StaffEntry, 'revision'>): string {
  return `W/"${revision}"`;
}
