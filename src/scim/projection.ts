// Which attributes an answer holds (RFC 7644, 3.9): those that were asked for, or all but some. What is
// returned always is returned always.
import { findPlace } from './attribute-path.ts';
import type { AttributePlace } from './attribute-path.ts';
import { isObject } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import { ScimError } from './scim-error.ts';
import type { ScimResourceType } from './scim-schema.ts';

export interface Projection {
  attributes: readonly string[];
  excluded: readonly string[];
}

const ALWAYS = ['schemas', 'id'] as const;
const MOST_NAMES = 100;

/** @param given lists, or one text with commas. @throws ScimError `query_wrong` */
export function readProjection(given: {
  attributes?: unknown;
  excludedAttributes?: unknown;
}): Projection {
  const attributes = namesOf('attributes', given.attributes);
  const excluded = namesOf('excludedAttributes', given.excludedAttributes);
  if (attributes.length > 0 && excluded.length > 0) {
    throw new ScimError('query_wrong', { parameter: 'excludedAttributes' });
  }
  return { attributes, excluded };
}

function namesOf(parameter: string, given: unknown): string[] {
  if (given === undefined || given === null) return [];
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const names = list.flatMap((each) => (typeof each === 'string' ? each.split(',') : [undefined]));
  if (names.some((name) => name === undefined) || names.length > MOST_NAMES) {
    throw new ScimError('query_wrong', { parameter });
  }
  return names.flatMap((name) => name?.trim() || []);
}

export function project(
  type: ScimResourceType,
  resource: ScimObject,
  { attributes, excluded }: Projection,
): ScimObject {
  const places = (names: readonly string[]) =>
    names.flatMap((name) => {
      const place = findPlace(type, name);
      return place ? [place] : [];
    });
  if (attributes.length > 0) return chosen(resource, places(attributes));
  if (excluded.length > 0) return without(resource, places(excluded));
  return resource;
}

function chosen(resource: ScimObject, places: readonly AttributePlace[]): ScimObject {
  const result: ScimObject = {};
  for (const name of ALWAYS) if (name in resource) result[name] = resource[name];
  for (const { extension, attribute, sub } of places) {
    if (!attribute) {
      if (extension !== undefined && extension in resource) result[extension] = resource[extension];
      continue;
    }
    const from = partOf(resource, extension);
    if (from?.[attribute.name] === undefined) continue;
    const into = extension === undefined ? result : partIn(result, extension);
    const value = from[attribute.name];
    into[attribute.name] = sub ? only(value, sub.name, into[attribute.name]) : value;
  }
  return result;
}

function without(resource: ScimObject, places: readonly AttributePlace[]): ScimObject {
  const result = structuredClone(resource);
  for (const { extension, attribute, sub } of places) {
    if (!attribute) {
      if (extension !== undefined) delete result[extension];
      continue;
    }
    if (ALWAYS.some((name) => name === attribute.name)) continue;
    const holder = partOf(result, extension);
    if (!holder) continue;
    if (!sub) delete holder[attribute.name];
    else
      for (const each of [holder[attribute.name]].flat()) if (isObject(each)) delete each[sub.name];
    if (extension !== undefined && Object.keys(holder).length === 0) delete result[extension];
  }
  return result;
}

function partOf(resource: ScimObject, extension: string | undefined): ScimObject | undefined {
  if (extension === undefined) return resource;
  const part = resource[extension];
  return isObject(part) ? part : undefined;
}

function partIn(resource: ScimObject, extension: string): ScimObject {
  const part = partOf(resource, extension) ?? {};
  resource[extension] = part;
  return part;
}

/** One member of each value, beside those that were chosen before. */
function only(value: unknown, name: string, present: unknown): unknown {
  const pick = (each: unknown, before: unknown) => {
    const own = isObject(each) && each[name] !== undefined ? { [name]: each[name] } : {};
    return { ...(isObject(before) ? before : {}), ...own };
  };
  if (!Array.isArray(value)) return pick(value, present);
  const before: unknown[] = Array.isArray(present) ? present : [];
  return value.map((each, index) => pick(each, before[index]));
}
