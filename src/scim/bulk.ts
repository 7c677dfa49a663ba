// Many operations in one request (RFC 7644, 3.7). Each stands by itself; an operation that names what
// another creates (`bulkId:`) waits for it.
import { MAX_BULK_OPERATIONS } from './discovery.ts';
import { bySpelling, isObject, requireSchema } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import type { ScimAccess, ScimEndpoint } from './scim-endpoint.ts';
import { ScimError } from './scim-error.ts';

const REQUEST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const RESPONSE_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
const BULK_ID = /bulkId:(?<id>[^\s"/\]]+)/gu;
const MAX_ID_LENGTH = 200;

interface BulkOperation {
  method: (typeof METHODS)[number];
  bulkId: string | undefined;
  path: string;
  version: string | undefined;
  data: unknown;
}

interface Done {
  status: number;
  location?: string | undefined;
  version?: string | undefined;
  /** Of a refusal. */
  response?: ScimObject | undefined;
}

export interface BulkOptions {
  endpoints: readonly ScimEndpoint[];
  access: ScimAccess;
  /** The answer to a refusal, in the words of the reader. Throws what is no refusal. */
  explain: (error: unknown) => ScimObject;
}

export async function bulk(body: unknown, options: BulkOptions): Promise<ScimObject> {
  if (!isObject(body)) throw new ScimError('body_not_object');
  requireSchema(body, REQUEST_SCHEMA);
  const members = bySpelling(body);
  const operations = readOperations(members.get('operations'));
  const failOnErrors = members.get('failonerrors') ?? Number.POSITIVE_INFINITY;
  if (typeof failOnErrors !== 'number' || failOnErrors < 1) {
    throw new ScimError('value_wrong', { attribute: 'failOnErrors' });
  }
  const done = await runAll(operations, { ...options, failOnErrors });
  return { schemas: [RESPONSE_SCHEMA], Operations: done };
}

function readOperations(given: unknown): BulkOperation[] {
  if (!Array.isArray(given)) throw new ScimError('attribute_missing', { attribute: 'Operations' });
  if (given.length > MAX_BULK_OPERATIONS) {
    throw new ScimError('payload_too_large', { maximum: MAX_BULK_OPERATIONS });
  }
  const operations = given.map((each) => readOperation(each));
  const ids = operations.flatMap(({ bulkId }) => bulkId ?? []);
  if (new Set(ids).size !== ids.length)
    throw new ScimError('attribute_twice', { attribute: 'bulkId' });
  return operations;
}

function readOperation(given: unknown): BulkOperation {
  if (!isObject(given)) throw new ScimError('value_wrong', { attribute: 'Operations' });
  const members = bySpelling(given);
  const text = (name: string) => {
    const value = members.get(name.toLowerCase());
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string' || value.length > MAX_ID_LENGTH) {
      throw new ScimError('value_wrong', { attribute: name });
    }
    return value;
  };
  const word = text('method')?.toUpperCase();
  const method = METHODS.find((known) => known === word);
  const path = text('path');
  if (!method) throw new ScimError('value_wrong', { attribute: 'method' });
  if (path === undefined) throw new ScimError('attribute_missing', { attribute: 'path' });
  const bulkId = text('bulkId');
  if (method === 'POST' && bulkId === undefined) {
    throw new ScimError('attribute_missing', { attribute: 'bulkId' });
  }
  return { method, bulkId, path, version: text('version'), data: members.get('data') };
}

async function runAll(
  operations: readonly BulkOperation[],
  options: BulkOptions & { failOnErrors: number },
): Promise<ScimObject[]> {
  const ids = new Map<string, string>();
  const results = new Map<BulkOperation, Done>();
  let errors = 0;
  // Once for each: with many operations, a look at their texts in every round holds up everybody.
  const named = new Map(operations.map((each) => [each, namedIn(each)]));
  const isReady = (each: BulkOperation) => named.get(each)?.every((id) => ids.has(id)) === true;
  let waiting = [...operations];
  while (waiting.length > 0 && errors < options.failOnErrors) {
    const operation = waiting.find(isReady);
    const next = operation ?? waiting[0];
    if (!next) break;
    waiting = waiting.filter((each) => each !== next);
    const done = operation
      ? await run(withIds(operation, ids), options)
      : refused(new ScimError('bulk_reference'), options);
    if (done.response) errors += 1;
    else if (next.bulkId !== undefined && done.location !== undefined) {
      ids.set(next.bulkId, done.location.slice(done.location.lastIndexOf('/') + 1));
    }
    results.set(next, done);
  }
  return operations.flatMap((operation) => {
    const done = results.get(operation);
    return done ? [present(operation, done)] : [];
  });
}

/** The operations that it refers to. */
function namedIn({ path, data }: BulkOperation): string[] {
  const text = `${path} ${JSON.stringify(data ?? null)}`;
  return [...new Set([...text.matchAll(BULK_ID)].map((match) => match.groups?.['id'] ?? ''))];
}

function withIds(operation: BulkOperation, ids: ReadonlyMap<string, string>): BulkOperation {
  const fill = (text: string) =>
    text.replaceAll(BULK_ID, (whole, id: string) => ids.get(id) ?? whole);
  const data: unknown =
    operation.data === undefined ? undefined : JSON.parse(fill(JSON.stringify(operation.data)));
  return { ...operation, path: fill(operation.path), data };
}

async function run(operation: BulkOperation, options: BulkOptions): Promise<Done> {
  try {
    return await perform(operation, options);
  } catch (error) {
    return refused(error, options);
  }
}

function refused(error: unknown, { explain }: BulkOptions): Done {
  const response = explain(error);
  return { status: Number(response['status']), response };
}

async function perform(
  { method, path, version, data }: BulkOperation,
  { endpoints, access }: BulkOptions,
): Promise<Done> {
  const [, name = '', id, ...more] = path.split('/');
  const endpoint = endpoints.find(({ type }) => type.endpoint === `/${name}`);
  if (!endpoint || more.length > 0 || (id === undefined) !== (method === 'POST')) {
    throw new ScimError('not_found');
  }
  const target = id ?? '';
  switch (method) {
    case 'POST':
      return written(201, await endpoint.create(data, access));
    case 'PUT':
      return written(200, await endpoint.replace(target, { body: data, ifMatch: version }, access));
    case 'PATCH':
      return written(200, await endpoint.patch(target, { body: data, ifMatch: version }, access));
    case 'DELETE':
      await endpoint.remove(target, { ifMatch: version }, access);
      return { status: 204, location: `${access.base}${path}` };
    default:
      return method satisfies never;
  }
}

function written(status: number, { meta }: ScimObject): Done {
  const { location, version } = meta as { location: string; version: string };
  return { status, location, version };
}

function present({ method, bulkId, path }: BulkOperation, done: Done): ScimObject {
  return {
    method,
    ...(bulkId === undefined ? {} : { bulkId }),
    ...(done.location === undefined
      ? method === 'POST'
        ? {}
        : { location: path }
      : { location: done.location }),
    ...(done.version === undefined ? {} : { version: done.version }),
    status: String(done.status),
    ...(done.response ? { response: done.response } : {}),
  };
}
