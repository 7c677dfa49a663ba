// Lists and searches (RFC 7644, 3.4.2 and 3.4.3): filter, order, part, and the list that is answered.
import type { Filter } from './filter-parser.ts';
import { parseFilter } from './filter-parser.ts';
import { checkFilter, matches, sortKey } from './filter.ts';
import { findPlace } from './attribute-path.ts';
import { project, readProjection } from './projection.ts';
import type { Projection } from './projection.ts';
import type { ScimObject } from './resource-body.ts';
import type { ScimAccess, ScimEndpoint } from './scim-endpoint.ts';
import { ScimError } from './scim-error.ts';

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const SEARCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
export const MAX_RESULTS = 1000;

export interface ListQuery {
  filter: Filter | undefined;
  sortBy: string | undefined;
  isDescending: boolean;
  /** From 0. */
  skip: number;
  limit: number;
  projection: Projection;
}

/** @throws ScimError */
export function readListQuery(given: ReadonlyMap<string, unknown>): ListQuery {
  const filter = textOf('filter', given.get('filter'));
  const sortBy = textOf('sortBy', given.get('sortby'));
  const order = textOf('sortOrder', given.get('sortorder'))?.toLowerCase();
  if (order !== undefined && order !== 'ascending' && order !== 'descending') {
    throw new ScimError('query_wrong', { parameter: 'sortOrder' });
  }
  const startIndex = integerOf('startIndex', given.get('startindex')) ?? 1;
  const count = integerOf('count', given.get('count')) ?? MAX_RESULTS;
  return {
    filter: filter === undefined ? undefined : parseFilter(filter),
    sortBy,
    isDescending: order === 'descending',
    skip: Math.max(startIndex, 1) - 1,
    limit: Math.min(Math.max(count, 0), MAX_RESULTS),
    projection: readProjection({
      attributes: given.get('attributes'),
      excludedAttributes: given.get('excludedattributes'),
    }),
  };
}

function textOf(parameter: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new ScimError('query_wrong', { parameter });
  return value;
}

function integerOf(parameter: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^-?\d{1,9}$/u.test(text)) {
    throw new ScimError('query_wrong', { parameter });
  }
  return Number(text);
}

/** What one endpoint, or all of them together, answer to a query. */
export async function list(
  endpoints: readonly ScimEndpoint[],
  query: ListQuery,
  access: ScimAccess,
): Promise<ScimObject> {
  const [only] = endpoints;
  if (endpoints.length === 1 && only) checkQuery(only, query);
  if (only && endpoints.length === 1 && !query.filter && query.sortBy === undefined) {
    const { total, resources } = await only.page(access, query);
    return answer(
      resources.map((resource) => project(only.type, resource, query.projection)),
      { total, query },
    );
  }
  const found: { endpoint: ScimEndpoint; resource: ScimObject }[] = [];
  for (const endpoint of endpoints) {
    for await (const resource of candidates(endpoint, query, access)) {
      if (!query.filter || matches(endpoint.type, query.filter, resource)) {
        found.push({ endpoint, resource });
      }
    }
  }
  const part = sorted(found, query).slice(query.skip, query.skip + query.limit);
  return answer(
    part.map(({ endpoint, resource }) => project(endpoint.type, resource, query.projection)),
    { total: found.length, query },
  );
}

function checkQuery({ type }: ScimEndpoint, { filter, sortBy }: ListQuery): void {
  if (filter) checkFilter(type, filter);
  if (sortBy !== undefined && !findPlace(type, sortBy)?.attribute) {
    throw new ScimError('query_wrong', { parameter: 'sortBy' });
  }
}

/** Where the filter demands one user name or id, only that one is looked at. */
async function* candidates(
  endpoint: ScimEndpoint,
  { filter }: ListQuery,
  access: ScimAccess,
): AsyncGenerator<ScimObject> {
  for (const equal of demanded(filter)) {
    const found = await endpoint.find(access, equal);
    if (!found) continue;
    yield* found;
    return;
  }
  yield* endpoint.each(access);
}

function demanded(filter: Filter | undefined): { path: string; value: string }[] {
  if (filter?.kind === 'and') return filter.parts.flatMap((part) => demanded(part));
  const isEqual = filter?.kind === 'compare' && filter.comparison === 'eq';
  if (!isEqual || typeof filter.value !== 'string') return [];
  return [{ path: filter.path, value: filter.value }];
}

function sorted<T extends { endpoint: ScimEndpoint; resource: ScimObject }>(
  found: T[],
  { sortBy, isDescending }: ListQuery,
): T[] {
  if (sortBy === undefined) return found;
  const keyed = found.map((each) => ({
    each,
    key: sortKey(each.endpoint.type, sortBy, each.resource),
  }));
  const direction = isDescending ? -1 : 1;
  keyed.sort(({ key: one }, { key: other }) => {
    if (one === other) return 0;
    // Without a value: last, and first in the other direction (RFC 7644, 3.4.2.3).
    if (one === undefined) return direction;
    if (other === undefined) return -direction;
    return one < other ? -direction : direction;
  });
  return keyed.map(({ each }) => each);
}

function answer(
  resources: readonly ScimObject[],
  { total, query }: { total: number; query: Pick<ListQuery, 'skip'> },
): ScimObject {
  return listResponse(resources, { total, startIndex: query.skip + 1 });
}

export function listResponse(
  resources: readonly ScimObject[],
  { total = resources.length, startIndex = 1 } = {},
): ScimObject {
  return {
    schemas: [LIST_SCHEMA],
    totalResults: total,
    itemsPerPage: resources.length,
    startIndex,
    Resources: resources,
  };
}
