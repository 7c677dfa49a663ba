// Reads what a client says a resource is: names whatever their case, values of the right type and
// length, what a client may not write left out (RFC 7643, 2; RFC 7644, 3.3). What no schema names is
// left out too: nothing is kept of a person that nobody here uses, and no password is taken.
import { commonAttributes } from './scim-schema.ts';
import type { ScimAttribute, ScimResourceType, ScimSchema } from './scim-schema.ts';
import { ScimError } from './scim-error.ts';

export type ScimObject = Record<string, unknown>;

export const MAX_TEXT_LENGTH = 1024;
const MAX_VALUES = 10_000;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u;
const BROKEN_TEXT = /[\p{Cc}\p{Cs}]/u;
const LINE_BREAKS = /[\r\n\t]/gu;
const EXTERNAL_ID = commonAttributes.find(({ name }) => name === 'externalId') as ScimAttribute;

export function isObject(value: unknown): value is ScimObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The values of an attribute, whether it may have several or not. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** What may be written of a resource, in the published spelling. @throws ScimError */
export function readResource(type: ScimResourceType, body: unknown): ScimObject {
  if (!isObject(body)) throw new ScimError('body_not_object');
  requireSchema(body, type.schema.id);
  return readAttributes(type, body);
}

/** The same without `schemas`, for what was put together here. @throws ScimError */
export function readAttributes(type: ScimResourceType, body: ScimObject): ScimObject {
  const spelled = bySpelling(body);
  const result = readMembers([...type.schema.attributes, EXTERNAL_ID], spelled);
  for (const extension of type.extensions) {
    const given = spelled.get(extension.id.toLowerCase());
    if (given === undefined || given === null) continue;
    if (!isObject(given)) throw new ScimError('value_wrong', { attribute: extension.id });
    const read = readMembers(extension.attributes, bySpelling(given));
    if (Object.keys(read).length > 0) result[extension.id] = read;
  }
  for (const { name, required, mutability } of type.schema.attributes) {
    const isMissing = result[name] === undefined || result[name] === '';
    if (required && mutability !== 'readOnly' && isMissing) {
      throw new ScimError('attribute_missing', { attribute: name });
    }
  }
  return result;
}

/** @throws ScimError unless `schemas` names this one */
export function requireSchema(body: ScimObject, id: string): void {
  const schemas = bySpelling(body).get('schemas');
  const isNamed =
    Array.isArray(schemas) &&
    schemas.some((each) => typeof each === 'string' && each.toLowerCase() === id.toLowerCase());
  if (!isNamed) throw new ScimError('schemas_wrong', { schema: id });
}

/** Attribute names are the same whatever their case (RFC 7643, 2.1). @throws ScimError */
export function bySpelling(object: ScimObject): Map<string, unknown> {
  const spelled = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    const key = name.toLowerCase();
    if (spelled.has(key)) throw new ScimError('attribute_twice', { attribute: name.slice(0, 100) });
    spelled.set(key, value);
  }
  return spelled;
}

function readMembers(
  attributes: readonly ScimAttribute[],
  given: ReadonlyMap<string, unknown>,
): ScimObject {
  const result: ScimObject = {};
  for (const attribute of attributes) {
    if (attribute.mutability === 'readOnly') continue;
    const value = given.get(attribute.name.toLowerCase());
    const read = value === undefined ? undefined : readValue(attribute, value);
    if (read !== undefined) result[attribute.name] = read;
  }
  return result;
}

/** Undefined for what stands for no value (RFC 7643, 2.5). @throws ScimError */
export function readValue(attribute: ScimAttribute, value: unknown): unknown {
  if (value === null) return undefined;
  if (!attribute.multiValued) return readSingle(attribute, value);
  const list = Array.isArray(value) ? value : [value];
  if (list.length > MAX_VALUES) {
    throw new ScimError('too_many_values', { attribute: attribute.name, maximum: MAX_VALUES });
  }
  const read = list.map((each) => readSingle(attribute, each)).filter((each) => each !== undefined);
  const primaries = read.filter((each) => isObject(each) && each['primary'] === true);
  if (primaries.length > 1) throw new ScimError('primary_twice', { attribute: attribute.name });
  return read.length > 0 ? read : undefined;
}

function readSingle(attribute: ScimAttribute, value: unknown): unknown {
  if (value === null) return undefined;
  if (attribute.type !== 'complex') return readSimple(attribute, value);
  // A bare value stands for its `value`, as some clients write it.
  const isBare = !isObject(value) && attribute.subAttributes?.some(({ name }) => name === 'value');
  const given = isBare && typeof value === 'string' ? { value } : value;
  if (!isObject(given)) throw new ScimError('value_wrong', { attribute: attribute.name });
  const read = readMembers(attribute.subAttributes ?? [], bySpelling(given));
  return Object.keys(read).length > 0 ? read : undefined;
}

function readSimple({ name, type }: ScimAttribute, value: unknown): unknown {
  switch (type) {
    case 'boolean':
      return readBoolean(name, value);
    case 'integer':
      if (!Number.isSafeInteger(value)) throw new ScimError('value_wrong', { attribute: name });
      return value;
    case 'string':
    case 'reference':
    case 'dateTime':
      return readText(name, type, value);
    case 'complex':
      throw new ScimError('value_wrong', { attribute: name });
    default:
      return type satisfies never;
  }
}

/** Also the words, as a widely used client writes them. */
function readBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : undefined;
  if (word !== 'true' && word !== 'false') throw new ScimError('value_wrong', { attribute: name });
  return word === 'true';
}

function readText(name: string, type: ScimAttribute['type'], value: unknown): string {
  if (typeof value !== 'string') throw new ScimError('value_wrong', { attribute: name });
  if (value.length > MAX_TEXT_LENGTH) {
    throw new ScimError('value_too_long', { attribute: name, maximum: MAX_TEXT_LENGTH });
  }
  const isBroken = BROKEN_TEXT.test(value.replaceAll(LINE_BREAKS, ' '));
  const isNoTime = type === 'dateTime' && !DATE_TIME.test(value);
  if (isBroken || isNoTime) throw new ScimError('value_wrong', { attribute: name });
  return value;
}

/** Attributes by the id of the schema that they stand in. */
export function schemasOf(type: ScimResourceType): readonly ScimSchema[] {
  return [type.schema, ...type.extensions];
}
