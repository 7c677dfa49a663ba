// What an operation of a PATCH costs: a short one may look at thousands of values, many times over.
import { findPlace, holderOf } from './attribute-path.ts';
import type { Filter, PatchPath } from './filter-parser.ts';
import { isObject } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import type { ScimResourceType } from './scim-schema.ts';

/** How many values the operation looks at, each as often as its filter has conditions. */
export function comparisonsOf(
  type: ScimResourceType,
  resource: ScimObject,
  { path, value }: { path: PatchPath | undefined; value: unknown },
): number {
  const names = path ? [path.path] : isObject(value) ? Object.keys(value) : [];
  const present = names.map((name) => {
    const place = findPlace(type, name);
    const own = place?.attribute && holderOf(resource, place)[place.attribute.name];
    return Array.isArray(own) ? own.length : 1;
  });
  const conditions = path?.filter ? conditionsOf(path.filter) : 1;
  return conditions * present.reduce((sum, each) => sum + each, 0);
}

function conditionsOf(filter: Filter): number {
  if (filter.kind === 'and' || filter.kind === 'or') {
    return filter.parts.reduce((sum, part) => sum + conditionsOf(part), 0);
  }
  return filter.kind === 'not' || filter.kind === 'some' ? conditionsOf(filter.part) : 1;
}
