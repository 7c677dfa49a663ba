// What the HTTP layer asks of Users and Groups alike, and how a refusal of the directory is told.
import type { DirectoryActor, DirectoryRefusal } from '../directory/staff-entry.ts';
import type { ScimObject } from './resource-body.ts';
import { ScimError } from './scim-error.ts';
import type { ScimProblem } from './scim-error.ts';
import type { ScimResourceType } from './scim-schema.ts';

/** Who asks, and the address below which this server stands. */
export interface ScimAccess {
  by: DirectoryActor;
  /** `<issuer>/scim/v2` */
  base: string;
}

/** Given to a change: the version that the client knows, or undefined for any. */
export type IfMatch = string | undefined;

export interface ScimEndpoint {
  type: ScimResourceType;
  get(id: string, access: ScimAccess): Promise<ScimObject>;
  create(body: unknown, access: ScimAccess): Promise<ScimObject>;
  replace(
    id: string,
    given: { body: unknown; ifMatch: IfMatch },
    access: ScimAccess,
  ): Promise<ScimObject>;
  patch(
    id: string,
    given: { body: unknown; ifMatch: IfMatch },
    access: ScimAccess,
  ): Promise<ScimObject>;
  remove(id: string, given: { ifMatch: IfMatch }, access: ScimAccess): Promise<void>;
  /** All that the client may see, one after the other, oldest first. */
  each(access: ScimAccess): AsyncIterable<ScimObject>;
  /** A part of the same, and how many there are. */
  page(
    access: ScimAccess,
    part: { skip: number; limit: number },
  ): Promise<{ total: number; resources: ScimObject[] }>;
  /** What an equality of the filter leads to at once, undefined where only a look at all does. */
  find(
    access: ScimAccess,
    equal: { path: string; value: string },
  ): Promise<ScimObject[] | undefined>;
}

const REFUSALS: Readonly<
  Record<DirectoryRefusal, { problem: ScimProblem; values?: Readonly<Record<string, string>> }>
> = {
  unknown: { problem: 'not_found' },
  version_differs: { problem: 'version_differs' },
  outside_subtree: { problem: 'outside_subtree' },
  holds_power: { problem: 'holds_power' },
  holds_role: { problem: 'holds_power' },
  own: { problem: 'outside_subtree' },
  department_unknown: { problem: 'department_unknown' },
  user_unknown: { problem: 'user_unknown' },
  user_name_taken: { problem: 'taken', values: { attribute: 'userName' } },
  phone_taken: { problem: 'taken', values: { attribute: 'phoneNumbers' } },
  code_taken: { problem: 'taken', values: { attribute: 'code' } },
  department_circle: { problem: 'department_circle' },
  department_deep: { problem: 'department_deep' },
  has_children: { problem: 'has_children' },
};

export function scimErrorOf(refusal: DirectoryRefusal): ScimError {
  const { problem, values } = REFUSALS[refusal];
  return new ScimError(problem, values);
}

/** RFC 7232 as RFC 7644, 3.14, uses it. @throws ScimError `version_differs` */
export function requireVersion(ifMatch: IfMatch, version: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  if (!namesVersion(ifMatch, version)) throw new ScimError('version_differs');
}

/** Whether a header names this version; weak and strong forms are the same here. */
export function namesVersion(header: string, version: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//u, '');
  return header.split(',').some((tag) => tag.trim() === '*' || bare(tag) === bare(version));
}

/** The last part of an address of ours, which is an id. */
export function idOfReference(reference: unknown): string | undefined {
  if (typeof reference !== 'string' || reference === '') return undefined;
  return reference.slice(reference.lastIndexOf('/') + 1);
}
