// /Groups: departments as SCIM speaks of them, with their people.
import { createHash } from 'node:crypto';
import { DEPARTMENT_CODE, MAX_DEPARTMENT_NAME } from '../directory/department.ts';
import type { Department } from '../directory/department.ts';
import type {
  DepartmentDirectory,
  DepartmentOutcome,
  GivenDepartment,
  PeopledDepartment,
} from '../directory/department-directory.ts';
import type { DirectoryReader } from '../directory/directory-reader.ts';
import { applyPatch, readPatch } from './patch.ts';
import { isObject, listOf, readAttributes, readResource } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import { idOfReference, requireVersion, scimErrorOf } from './scim-endpoint.ts';
import type { ScimAccess, ScimEndpoint } from './scim-endpoint.ts';
import { ScimError } from './scim-error.ts';
import { departmentSchema, groupType } from './scim-schema.ts';

export interface GroupsDependencies {
  departmentDirectory: DepartmentDirectory;
  reader: DirectoryReader;
}

export function groupsEndpoint(deps: GroupsDependencies): ScimEndpoint {
  const { departmentDirectory, reader } = deps;
  const byIdentifier = async (id: string, access: ScimAccess) => {
    const of = await reader.department(id, access.by);
    if (typeof of === 'string') throw scimErrorOf(of);
    return toGroup(of, access.base);
  };
  return {
    type: groupType,
    get: byIdentifier,
    async create(body, access) {
      const given = fromGroup(readResource(groupType, body));
      return toGroup(done(await departmentDirectory.add(given, access.by)), access.base);
    },
    async replace(id, { body, ifMatch }, access) {
      const resource = readResource(groupType, body);
      const mutate = (of: PeopledDepartment) => {
        requireVersion(ifMatch, versionOf(of));
        return fromGroup(resource);
      };
      return toGroup(done(await departmentDirectory.change(id, mutate, access.by)), access.base);
    },
    async patch(id, { body, ifMatch }, access) {
      const operations = readPatch(body);
      const mutate = (of: PeopledDepartment) => {
        requireVersion(ifMatch, versionOf(of));
        const patched = applyPatch(groupType, toGroup(of, access.base), operations);
        const given = fromGroup(readAttributes(groupType, patched));
        // What was patched is all there is; whoever puts a department may leave its people unsaid.
        return { ...given, memberIds: given.memberIds ?? [] };
      };
      return toGroup(done(await departmentDirectory.change(id, mutate, access.by)), access.base);
    },
    async remove(id, { ifMatch }, access) {
      const check = (of: PeopledDepartment) => requireVersion(ifMatch, versionOf(of));
      done(await departmentDirectory.remove(id, access.by, check));
    },
    async *each(access) {
      for (const department of await reader.departmentList(access.by)) {
        yield toGroup(await reader.peopled(department), access.base);
      }
    },
    async page(access, { skip, limit }) {
      const all = await reader.departmentList(access.by);
      const part = all.slice(skip, skip + limit);
      const peopled = await Promise.all(part.map((department) => reader.peopled(department)));
      return { total: all.length, resources: peopled.map((of) => toGroup(of, access.base)) };
    },
    async find(access, { path, value }) {
      if (path.toLowerCase() !== 'id') return undefined;
      const of = await reader.department(value, access.by);
      return typeof of === 'string' ? [] : [toGroup(of, access.base)];
    },
  };
}

function done(outcome: DepartmentOutcome): PeopledDepartment {
  if (!outcome.ok) throw scimErrorOf(outcome.reason);
  return outcome;
}

function fromGroup(resource: ScimObject): GivenDepartment {
  const extension = resource[departmentSchema.id];
  const { code: given, parent } = isObject(extension) ? extension : {};
  const code = typeof given === 'string' ? given : undefined;
  if (code !== undefined && !DEPARTMENT_CODE.test(code)) {
    throw new ScimError('value_wrong', { attribute: 'code' });
  }
  const name = String(resource['displayName']).trim();
  if (name === '') throw new ScimError('attribute_missing', { attribute: 'displayName' });
  if (name.length > MAX_DEPARTMENT_NAME) {
    const maximum = MAX_DEPARTMENT_NAME;
    throw new ScimError('value_too_long', { attribute: 'displayName', maximum });
  }
  const { externalId, members } = resource;
  return {
    facts: {
      name,
      ...optional('code', code),
      ...optional('externalId', typeof externalId === 'string' ? externalId : undefined),
      ...optional('parentId', isObject(parent) ? referenced(parent) : undefined),
    },
    memberIds: members === undefined ? undefined : listOf(members).map((each) => memberId(each)),
  };
}

/** Only people: departments below have this one as their parent. */
function memberId(member: unknown): string {
  const { type } = isObject(member) ? member : {};
  if (typeof type === 'string' && type.toLowerCase() !== 'user') {
    throw new ScimError('value_wrong', { attribute: 'members.type' });
  }
  const id = isObject(member) ? referenced(member) : undefined;
  if (id === undefined) throw new ScimError('attribute_missing', { attribute: 'members.value' });
  return id;
}

function referenced({ value, $ref }: ScimObject): string | undefined {
  return typeof value === 'string' ? value : idOfReference($ref);
}

function optional<Name extends string>(name: Name, value: string | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: string };
}

function toGroup(of: PeopledDepartment, base: string): ScimObject {
  const { department, memberIds } = of;
  const { id, code, name, externalId, parentId } = department;
  const extension = {
    ...optional('code', code),
    ...(parentId === undefined
      ? {}
      : { parent: { value: parentId, $ref: `${base}/Groups/${parentId}` } }),
  };
  const isPlaced = Object.keys(extension).length > 0;
  const members = memberIds.map((value) => ({
    value,
    $ref: `${base}/Users/${value}`,
    type: 'User',
  }));
  return {
    schemas: [groupType.schema.id, ...(isPlaced ? [departmentSchema.id] : [])],
    id,
    ...optional('externalId', externalId),
    displayName: name,
    ...(members.length > 0 ? { members } : {}),
    ...(isPlaced ? { [departmentSchema.id]: extension } : {}),
    meta: metaOf(department, { base, version: versionOf(of) }),
  };
}

function metaOf(
  { id, createdAt, updatedAt }: Department,
  { base, version }: { base: string; version: string },
) {
  return {
    resourceType: groupType.name,
    created: createdAt.toISOString(),
    lastModified: updatedAt.toISOString(),
    location: `${base}/Groups/${id}`,
    version,
  };
}

/** Of the department and its people: who changes either on an old version is told so. */
function versionOf({ department, memberIds }: PeopledDepartment): string {
  const content = JSON.stringify([department.revision, department.name, memberIds]);
  return `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}
