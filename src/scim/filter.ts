// What a filter finds, and the order that a list is asked for in (RFC 7644, 3.4.2).
import { findPlace, holderOf } from './attribute-path.ts';
import type { AttributePlace } from './attribute-path.ts';
import type { Comparison, Filter, FilterValue } from './filter-parser.ts';
import { isObject, listOf } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import { ScimError } from './scim-error.ts';
import type { ScimAttribute, ScimResourceType } from './scim-schema.ts';

const ORDERED: ReadonlySet<Comparison> = new Set(['gt', 'ge', 'lt', 'le']);
const OF_TEXT: ReadonlySet<Comparison> = new Set(['co', 'sw', 'ew']);

/** @throws ScimError `filter_wrong` for attributes that the type has not, and senseless comparisons */
export function checkFilter(type: ScimResourceType, filter: Filter): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const part of filter.parts) checkFilter(type, part);
      return;
    case 'not':
      checkFilter(type, filter.part);
      return;
    case 'some': {
      const { attribute, sub } = placeOf(type, filter.path);
      if (!attribute.subAttributes || sub) throw new ScimError('filter_wrong');
      checkFilterOfValue(attribute, filter.part);
      return;
    }
    case 'present':
      placeOf(type, filter.path);
      return;
    case 'compare': {
      const place = placeOf(type, filter.path);
      checkComparison(comparedAttribute(place), filter);
      return;
    }
    default:
      filter satisfies never;
  }
}

/** The same for what stands between brackets. @throws ScimError `filter_wrong` */
export function checkFilterOfValue(attribute: ScimAttribute, filter: Filter): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const part of filter.parts) checkFilterOfValue(attribute, part);
      return;
    case 'not':
      checkFilterOfValue(attribute, filter.part);
      return;
    case 'some':
      throw new ScimError('filter_wrong');
    case 'present':
    case 'compare': {
      const sub = subOf(attribute, filter.path);
      if (!sub) throw new ScimError('filter_wrong');
      if (filter.kind === 'compare') checkComparison(sub, filter);
      return;
    }
    default:
      filter satisfies never;
  }
}

function checkComparison(
  { type }: ScimAttribute,
  { comparison, value }: { comparison: Comparison; value: FilterValue },
): void {
  const isText = type === 'string' || type === 'reference' || type === 'dateTime';
  const isOrdered = ORDERED.has(comparison);
  const isSenseless =
    type === 'complex' ||
    (isOrdered && (type === 'boolean' || value === null)) ||
    (isOrdered && type === 'dateTime' && Number.isNaN(Date.parse(String(value)))) ||
    (OF_TEXT.has(comparison) && (!isText || typeof value !== 'string'));
  if (isSenseless) throw new ScimError('filter_wrong');
}

function placeOf(type: ScimResourceType, path: string) {
  const place = findPlace(type, path);
  if (!place?.attribute) throw new ScimError('filter_wrong');
  return { ...place, attribute: place.attribute };
}

/** `emails co "@"` speaks of the values of the mail addresses. */
function comparedAttribute({ attribute, sub }: AttributePlace): ScimAttribute {
  const whole = sub ?? attribute;
  const value = whole?.subAttributes?.find(({ name }) => name === 'value');
  if (!whole) throw new ScimError('filter_wrong');
  return value ?? whole;
}

/** Attributes that the type has not have no value (RFC 7644, 3.4.2.1). */
export function matches(type: ScimResourceType, filter: Filter, resource: ScimObject): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => matches(type, part, resource));
    case 'or':
      return filter.parts.some((part) => matches(type, part, resource));
    case 'not':
      return !matches(type, filter.part, resource);
    case 'some': {
      const place = findPlace(type, filter.path);
      const { attribute } = place ?? {};
      if (!place || !attribute) return false;
      const values = listOf(holderOf(resource, place)[attribute.name]);
      return values.some((value) => isObject(value) && matchesValue(attribute, filter.part, value));
    }
    case 'present':
      return valuesAt(type, filter.path, resource).some((value) => isPresent(value));
    case 'compare': {
      const place = findPlace(type, filter.path);
      if (!place?.attribute) return false;
      const attribute = comparedAttribute(place);
      const values = valuesAt(type, filter.path, resource);
      return meetsAny(attribute, filter, values);
    }
    default:
      return filter satisfies never;
  }
}

/** One value of a complex attribute against what stands between brackets. */
export function matchesValue(attribute: ScimAttribute, filter: Filter, value: ScimObject): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => matchesValue(attribute, part, value));
    case 'or':
      return filter.parts.some((part) => matchesValue(attribute, part, value));
    case 'not':
      return !matchesValue(attribute, filter.part, value);
    case 'some':
      return false;
    case 'present':
    case 'compare': {
      const sub = subOf(attribute, filter.path);
      if (!sub) return false;
      const own = value[sub.name];
      if (filter.kind === 'present') return isPresent(own);
      return meetsAny(sub, filter, own === undefined ? [] : [own]);
    }
    default:
      return filter satisfies never;
  }
}

export function subOf(attribute: ScimAttribute, path: string): ScimAttribute | undefined {
  return attribute.subAttributes?.find(({ name }) => name.toLowerCase() === path.toLowerCase());
}

function meetsAny(
  attribute: ScimAttribute,
  { comparison, value }: { comparison: Comparison; value: FilterValue },
  values: readonly unknown[],
): boolean {
  if (comparison === 'ne') {
    return !meetsAny(attribute, { comparison: 'eq', value }, values);
  }
  // No value and null are the same (RFC 7643, 2.5).
  if (value === null) return !values.some((own) => isPresent(own));
  return values.some((own) => meets(attribute, { comparison, value }, own));
}

function meets(
  attribute: ScimAttribute,
  { comparison, value }: { comparison: Comparison; value: FilterValue },
  own: unknown,
): boolean {
  const [left, right] = [comparable(attribute, own), comparable(attribute, value)];
  if (typeof left !== typeof right || left === undefined || right === undefined) return false;
  switch (comparison) {
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'co':
      return String(left).includes(String(right));
    case 'sw':
      return String(left).startsWith(String(right));
    case 'ew':
      return String(left).endsWith(String(right));
    case 'gt':
      return left > right;
    case 'ge':
      return left >= right;
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
    default:
      return comparison satisfies never;
  }
}

const BOOLEAN_WORDS = new Map([
  ['true', true],
  ['false', false],
]);

function comparable({ type, caseExact }: ScimAttribute, value: unknown) {
  if (typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  if (type === 'dateTime') return Date.parse(value);
  // Also the words, as a widely used client writes them.
  if (type === 'boolean') return BOOLEAN_WORDS.get(value.toLowerCase());
  return caseExact ? value : value.toLowerCase();
}

/** Simple values; of complex ones their `value`, or the whole where they have none. */
function valuesAt(type: ScimResourceType, path: string, resource: ScimObject): unknown[] {
  const place = findPlace(type, path);
  if (!place?.attribute) return [];
  const own = listOf(holderOf(resource, place)[place.attribute.name]);
  const name = place.sub?.name ?? 'value';
  const hasParts = place.sub !== undefined || comparedAttribute(place) !== place.attribute;
  const parts = hasParts ? own.map((value) => (isObject(value) ? value[name] : undefined)) : own;
  return parts.filter((value) => value !== undefined);
}

/** By a primary value, or else the first; those without one come last (RFC 7644, 3.4.2.3). */
export function sortKey(type: ScimResourceType, path: string, resource: ScimObject) {
  const place = findPlace(type, path);
  if (!place?.attribute) return undefined;
  const own = listOf(holderOf(resource, place)[place.attribute.name]);
  const chosen = own.find((value) => isObject(value) && value['primary'] === true) ?? own[0];
  const compared = comparedAttribute(place);
  const key = isObject(chosen) ? chosen[compared.name] : chosen;
  return comparable(compared, key);
}

function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isObject(value) || Object.keys(value).length > 0;
}
