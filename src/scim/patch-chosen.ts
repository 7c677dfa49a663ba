// Of a list, the values that stand between the brackets of a path (RFC 7644, 3.5.2).
import type { AttributePlace } from './attribute-path.ts';
import { dropEmpty, holderIn, put, withMember, withoutPrimary } from './attribute-values.ts';
import type { Filter, FilterValue, PatchPath } from './filter-parser.ts';
import { matchesValue, subOf } from './filter.ts';
import { isObject, listOf, readValue } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import { ScimError } from './scim-error.ts';
import type { ScimAttribute } from './scim-schema.ts';

export interface Change {
  op: 'add' | 'replace' | 'remove';
  value: unknown;
}

/** @throws ScimError `target_missing` where nothing is chosen, and nothing can be added */
export function changeChosen(
  resource: ScimObject,
  at: { place: AttributePlace; attribute: ScimAttribute; path: PatchPath; filter: Filter },
  { op, value }: Change,
): void {
  const { place, attribute, path, filter } = at;
  const holder = holderIn(resource, place.extension);
  const isChosen = (own: unknown) => isObject(own) && matchesValue(attribute, filter, own);
  const found = listOf(holder[attribute.name]);
  const isAny = op === 'remove' || found.some(isChosen);
  const present = isAny ? found : [...found, newValue(attribute, filter, op)];
  const sub = path.sub === undefined ? undefined : subOf(attribute, path.sub);
  if (path.sub !== undefined && !sub) throw new ScimError('path_wrong');
  const read =
    op === 'remove' ? undefined : readValue(sub ?? { ...attribute, multiValued: false }, value);
  const write = (own: unknown) => {
    if (!isObject(own)) return own;
    if (sub) return withMember(own, sub.name, read);
    if (op === 'remove') return {};
    return isObject(read) ? { ...own, ...read } : own;
  };
  const setsPrimary = sub ? sub.name === 'primary' && read === true : hasPrimary(read);
  const others = (own: unknown) => (setsPrimary ? withoutPrimary(own) : own);
  put(
    holder,
    attribute.name,
    present.map((own) => (isChosen(own) ? write(own) : others(own))),
  );
  dropEmpty(resource, place.extension);
}

/** `add` with `emails[type eq "work"]` where there is none: some clients mean a new one. */
function newValue(attribute: ScimAttribute, filter: Filter, op: Change['op']): ScimObject {
  const equal = op === 'add' ? equalities(filter) : undefined;
  if (!equal) throw new ScimError('target_missing');
  return equal.reduce<ScimObject>((made, { path, value }) => {
    const sub = subOf(attribute, path);
    return sub ? withMember(made, sub.name, readValue(sub, value)) : made;
  }, {});
}

/** Undefined for a filter that demands anything else. */
function equalities(filter: Filter): { path: string; value: FilterValue }[] | undefined {
  if (filter.kind === 'compare') return filter.comparison === 'eq' ? [filter] : undefined;
  if (filter.kind !== 'and') return undefined;
  const parts = filter.parts.map((part) => equalities(part));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function hasPrimary(value: unknown): boolean {
  return isObject(value) && value['primary'] === true;
}
