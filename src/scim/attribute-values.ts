// Writes into a resource in the published spelling: nothing empty stays, one value is primary.
import { isObject } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';

export function holderIn(resource: ScimObject, extension: string | undefined): ScimObject {
  if (extension === undefined) return resource;
  const present = resource[extension];
  const holder = isObject(present) ? present : {};
  resource[extension] = holder;
  return holder;
}

export function dropEmpty(resource: ScimObject, extension: string | undefined): void {
  if (extension === undefined) return;
  if (Object.keys(holderIn(resource, extension)).length === 0) delete resource[extension];
}

export function put(holder: ScimObject, name: string, values: unknown[]): void {
  const kept = values.filter((own) => !isObject(own) || Object.keys(own).length > 0);
  if (kept.length > 0) holder[name] = kept;
  else delete holder[name];
}

/** A new primary value takes the place of the former (RFC 7644, 3.5.2). */
export function withoutPrimary(value: unknown): unknown {
  return isObject(value) && value['primary'] === true ? { ...value, primary: false } : value;
}

export function withMember(object: ScimObject, name: string, value: unknown): ScimObject {
  const { [name]: _former, ...others } = object;
  return value === undefined ? others : { ...others, [name]: value };
}
