// PATCH of RFC 7644, 3.5.2, on a resource in the published spelling. Pure: gives a new resource, which
// the caller reads again as if it had been put.
import { findPlace } from './attribute-path.ts';
import type { AttributePlace } from './attribute-path.ts';
import { dropEmpty, holderIn, put, withMember, withoutPrimary } from './attribute-values.ts';
import { parsePatchPath } from './filter-parser.ts';
import type { PatchPath } from './filter-parser.ts';
import { checkFilterOfValue } from './filter.ts';
import { changeChosen } from './patch-chosen.ts';
import type { Change } from './patch-chosen.ts';
import { comparisonsOf } from './patch-cost.ts';
import { bySpelling, isObject, listOf, readValue, requireSchema } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import { ScimError } from './scim-error.ts';
import type { ScimAttribute, ScimResourceType } from './scim-schema.ts';

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const MAX_OPERATIONS = 1000;
/** Of values with what an operation looks for: about a second, in which nobody else is answered. */
const MAX_COMPARISONS = 1_000_000;
const OPS = ['add', 'replace', 'remove'] as const;

export interface PatchOperation {
  op: (typeof OPS)[number];
  path: PatchPath | undefined;
  value: unknown;
}

/** @throws ScimError */
export function readPatch(body: unknown): PatchOperation[] {
  if (!isObject(body)) throw new ScimError('body_not_object');
  requireSchema(body, PATCH_SCHEMA);
  const operations = bySpelling(body).get('operations');
  if (!Array.isArray(operations) || operations.length === 0) {
    throw new ScimError('attribute_missing', { attribute: 'Operations' });
  }
  if (operations.length > MAX_OPERATIONS) {
    throw new ScimError('too_many_values', { attribute: 'Operations', maximum: MAX_OPERATIONS });
  }
  return operations.map((each) => readOperation(each)).flatMap((each) => withPaths(each));
}

function readOperation(given: unknown): PatchOperation {
  if (!isObject(given)) throw new ScimError('value_wrong', { attribute: 'Operations' });
  const members = bySpelling(given);
  const [word, path, value] = [members.get('op'), members.get('path'), members.get('value')];
  const op = OPS.find((known) => typeof word === 'string' && word.toLowerCase() === known);
  if (!op) throw new ScimError('value_wrong', { attribute: 'op' });
  const hasPath = path !== undefined && path !== null && path !== '';
  if (hasPath && typeof path !== 'string') throw new ScimError('path_wrong');
  if (op === 'remove' && !hasPath) throw new ScimError('target_missing');
  if (op !== 'remove' && value === undefined) {
    throw new ScimError('attribute_missing', { attribute: 'value' });
  }
  return { op, path: hasPath ? parsePatchPath(path) : undefined, value };
}

/** A widely used client writes paths with brackets as names of attributes. */
function withPaths({ op, path, value }: PatchOperation): PatchOperation[] {
  if (path || !isObject(value)) return [{ op, path, value }];
  const members = Object.entries(value);
  const plain = members.filter(([name]) => !name.includes('['));
  const written = members.filter(([name]) => name.includes('['));
  return [
    { op, path, value: Object.fromEntries(plain) },
    ...written.map(([name, each]) => ({ op, path: parsePatchPath(name), value: each })),
  ];
}

/** The resource after the operations, one after the other. @throws ScimError */
export function applyPatch(
  type: ScimResourceType,
  resource: ScimObject,
  operations: readonly PatchOperation[],
): ScimObject {
  const patched = structuredClone(resource);
  let comparisons = 0;
  for (const operation of operations) {
    comparisons += comparisonsOf(type, patched, operation);
    if (comparisons > MAX_COMPARISONS) {
      throw new ScimError('too_many_comparisons', { maximum: MAX_COMPARISONS });
    }
    if (operation.path) applyAt(type, patched, { ...operation, path: operation.path });
    else applyWhole(type, patched, operation);
  }
  return patched;
}

/** Without a path the value holds attributes by name (RFC 7644, 3.5.2.1). */
function applyWhole(type: ScimResourceType, resource: ScimObject, { op, value }: PatchOperation) {
  if (!isObject(value)) throw new ScimError('value_wrong', { attribute: 'value' });
  bySpelling(value);
  for (const [name, each] of Object.entries(value)) {
    if (name.toLowerCase() === 'schemas') continue;
    const place = findPlace(type, name);
    // What no schema names is left out, as of any resource; so is what only the server writes.
    if (!place || place.attribute?.mutability === 'readOnly') continue;
    change(resource, place, { op, value: each });
  }
}

function applyAt(
  type: ScimResourceType,
  resource: ScimObject,
  { op, path, value }: PatchOperation & { path: PatchPath },
): void {
  const place = findPlace(type, path.path);
  if (!place) throw new ScimError('path_wrong');
  const { attribute, sub } = place;
  if (attribute?.mutability === 'readOnly' || sub?.mutability === 'readOnly') {
    throw new ScimError('read_only', { attribute: path.path.slice(0, 200) });
  }
  if (!path.filter) {
    change(resource, place, { op, value });
    return;
  }
  if (!attribute?.multiValued || !attribute.subAttributes || sub) throw new ScimError('path_wrong');
  checkFilterOfValue(attribute, path.filter);
  changeChosen(resource, { place, attribute, path, filter: path.filter }, { op, value });
}

function change(resource: ScimObject, place: AttributePlace, { op, value }: Change): void {
  const { extension, attribute, sub } = place;
  if (!attribute) {
    changeExtension(resource, place, { op, value });
    return;
  }
  const holder = holderIn(resource, extension);
  const isRequired = attribute.required && !sub;
  if (op === 'remove' && isRequired)
    throw new ScimError('read_only', { attribute: attribute.name });
  if (sub) changeSub(holder, { attribute, sub }, { op, value });
  else if (op === 'remove') removeValue(holder, attribute, value);
  else setValue(holder, attribute, { op, value });
  dropEmpty(resource, extension);
}

function changeExtension(
  resource: ScimObject,
  { extension = '' }: AttributePlace,
  { op, value }: Change,
): void {
  if (op === 'remove') {
    delete resource[extension];
    return;
  }
  if (!isObject(value)) throw new ScimError('value_wrong', { attribute: extension });
  const present = resource[extension];
  resource[extension] = { ...(isObject(present) ? present : {}), ...value };
}

/** Some clients name the values that are to go beside the path. */
function removeValue(holder: ScimObject, attribute: ScimAttribute, value: unknown): void {
  const gone = value === undefined || value === null ? [] : listOf(readValue(attribute, value));
  if (!attribute.multiValued || gone.length === 0) {
    delete holder[attribute.name];
    return;
  }
  // By their `value`; those that name none, and those that have none, as a whole.
  const values = new Set(gone.map((each) => isObject(each) && each['value']).filter(Boolean));
  const wholes = new Set(gone.map((each) => canonical(each)));
  const isGone = (own: unknown) =>
    wholes.has(canonical(own)) || (isObject(own) && values.has(own['value']));
  put(
    holder,
    attribute.name,
    listOf(holder[attribute.name]).filter((own) => !isGone(own)),
  );
}

function setValue(holder: ScimObject, attribute: ScimAttribute, { op, value }: Change): void {
  const read = readValue(attribute, value);
  if (attribute.multiValued) {
    const present = op === 'add' ? listOf(holder[attribute.name]) : [];
    const known = new Set(present.map((own) => canonical(own)));
    const added = listOf(read).filter((each) => !known.has(canonical(each)));
    const hasPrimary = added.some((each) => isObject(each) && each['primary'] === true);
    const kept = hasPrimary ? present.map((own) => withoutPrimary(own)) : present;
    put(holder, attribute.name, [...kept, ...added]);
    return;
  }
  const present = holder[attribute.name];
  if (isObject(read) && isObject(present)) holder[attribute.name] = { ...present, ...read };
  else if (read === undefined) delete holder[attribute.name];
  else holder[attribute.name] = read;
}

function changeSub(
  holder: ScimObject,
  { attribute, sub }: { attribute: ScimAttribute; sub: ScimAttribute },
  { op, value }: Change,
): void {
  const read = op === 'remove' ? undefined : readValue(sub, value);
  const write = (own: ScimObject) => withMember(own, sub.name, read);
  if (attribute.multiValued) {
    const present = listOf(holder[attribute.name]).filter((own) => isObject(own));
    const changed = present.length > 0 || read === undefined ? present : [{}];
    put(holder, attribute.name, changed.map(write));
    return;
  }
  const present = holder[attribute.name];
  const changed = write(isObject(present) ? present : {});
  if (Object.keys(changed).length > 0) holder[attribute.name] = changed;
  else delete holder[attribute.name];
}

/** The same text for the same value. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
