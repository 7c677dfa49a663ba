// The SCIM 2.0 server at /scim/v2 (RFC 7644): which address means what, how bodies are read, and how
// answers and refusals look. No part of the route tables, as it speaks no language of our pages.
import { AppError } from '../platform/errors.ts';
import type { ErrorCode } from '../platform/errors.ts';
import type { HttpContext, HttpMiddleware } from '../platform/http/context.ts';
import { parseFields, readText } from '../platform/http/input.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import { parseStrictJson } from '../platform/strict-json.ts';
import { bulk } from './bulk.ts';
import {
  MAX_PAYLOAD_BYTES,
  resourceTypes,
  schemaResources,
  serviceProviderConfig,
} from './discovery.ts';
import { SEARCH_SCHEMA, list, readListQuery } from './list.ts';
import { project, readProjection } from './projection.ts';
import { bySpelling, isObject, requireSchema } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import type { scimAccess } from './scim-access.ts';
import { namesVersion } from './scim-endpoint.ts';
import type { ScimAccess, ScimEndpoint } from './scim-endpoint.ts';
import { ERROR_SCHEMA, ScimError } from './scim-error.ts';
import type { ScimProblem } from './scim-error.ts';

export interface ScimMountDependencies {
  endpoints: readonly ScimEndpoint[];
  access: ReturnType<typeof scimAccess>;
  limiters: Pick<RouteLimiters, 'reserve'>;
}

const PATH = /^\/scim\/v2(?:\/|$)/u;
const MEDIA_TYPES = ['application/scim+json', 'application/json'];
const LONG_REQUEST_MS = 110_000;

interface ScimRequest {
  ctx: HttpContext;
  method: string;
  segments: readonly string[];
  query: ReadonlyMap<string, unknown>;
}

interface ScimAnswer {
  status: number;
  body?: ScimObject;
}

export function scimMount(deps: ScimMountDependencies): HttpMiddleware {
  return async (ctx, next) => {
    if (!PATH.test(ctx.path)) return next();
    ctx.state.routeName = 'scim.request';
    try {
      const answer = await handle(deps, ctx);
      ctx.status = answer.status;
      write(ctx, answer.body);
    } catch (error) {
      const refused = scimErrorOf(error);
      ctx.status = refused.status;
      write(ctx, explain(ctx, refused));
    }
  };
}

async function handle(deps: ScimMountDependencies, ctx: HttpContext): Promise<ScimAnswer> {
  await deps.limiters.reserve('scim', ctx.ip);
  const segments = ctx.path.split('/').slice(3).map(decodeURIComponent).filter(Boolean);
  const fields = parseFields(ctx.querystring, 'query');
  const query = bySpelling(fields);
  const method = ctx.method === 'HEAD' ? 'GET' : ctx.method;
  const request = { ctx, method, segments, query };
  const described = discover(deps, request);
  if (described) return described;
  const access = await deps.access.admit(ctx);
  try {
    return await answer(deps, request, access);
  } catch (error) {
    note(deps, ctx, { access, error });
    throw error;
  }
}

/** Who reaches beyond what the directory may is recorded. */
function note(
  deps: ScimMountDependencies,
  ctx: HttpContext,
  { access, error }: { access: ScimAccess; error: unknown },
): void {
  const problem = error instanceof ScimError ? error.problem : undefined;
  if (problem !== 'outside_subtree' && problem !== 'holds_power') return;
  deps.access.noteRefusal(ctx, access, problem);
}

/** RFC 7644, 4: for everybody, read only, without filters. */
function discover({ access }: ScimMountDependencies, request: ScimRequest): ScimAnswer | undefined {
  const { method, query } = request;
  const [name = '', id, ...more] = request.segments;
  const known = DISCOVERY.get(name);
  if (!known) return undefined;
  request.ctx.state.routeName = 'scim.discovery';
  requireMethod(request, ['GET']);
  if (more.length > 0) throw new ScimError('not_found');
  if (query.has('filter')) throw new ScimError('filter_here');
  if (name === 'ServiceProviderConfig' && id !== undefined) throw new ScimError('not_found');
  return { status: method === 'GET' ? 200 : 405, body: known(access.base, id) };
}

const DISCOVERY = new Map<string, (base: string, id: string | undefined) => ScimObject>([
  ['ServiceProviderConfig', serviceProviderConfig],
  ['ResourceTypes', resourceTypes],
  ['Schemas', schemaResources],
]);

async function answer(
  deps: ScimMountDependencies,
  request: ScimRequest,
  access: ScimAccess,
): Promise<ScimAnswer> {
  const { ctx, segments } = request;
  const [name = '', id, ...more] = segments;
  if (more.length > 0) throw new ScimError('not_found');
  if (name === 'Me') throw new ScimError('not_implemented');
  if (name === 'Bulk' && id === undefined) {
    ctx.state.routeName = 'scim.bulk';
    requireMethod(request, ['POST']);
    ctx.state.restartDeadline?.(LONG_REQUEST_MS);
    const explained = (error: unknown) => {
      note(deps, ctx, { access, error });
      return explain(ctx, scimErrorOf(error));
    };
    const options = { endpoints: deps.endpoints, access, explain: explained };
    return { status: 200, body: await bulk(await readJson(ctx), options) };
  }
  if (segments.length === 0 || (name === '.search' && id === undefined)) {
    return search(deps.endpoints, request, access);
  }
  const endpoint = deps.endpoints.find(({ type }) => type.endpoint === `/${name}`);
  if (!endpoint) throw new ScimError('not_found');
  if (id === '.search' || id === undefined) return collection(endpoint, request, access);
  return one(endpoint, { ...request, id }, access);
}

async function search(
  endpoints: readonly ScimEndpoint[],
  request: ScimRequest,
  access: ScimAccess,
): Promise<ScimAnswer> {
  const isBody = request.segments.at(-1) === '.search';
  request.ctx.state.routeName = 'scim.search';
  requireMethod(request, [isBody ? 'POST' : 'GET']);
  let given = request.query;
  if (isBody) {
    const body = await readJson(request.ctx);
    if (!isObject(body)) throw new ScimError('body_not_object');
    requireSchema(body, SEARCH_SCHEMA);
    given = bySpelling(body);
  }
  request.ctx.state.restartDeadline?.(LONG_REQUEST_MS);
  return { status: 200, body: await list(endpoints, readListQuery(given), access) };
}

async function collection(
  endpoint: ScimEndpoint,
  request: ScimRequest,
  access: ScimAccess,
): Promise<ScimAnswer> {
  const { ctx, method, segments } = request;
  const isSearch = segments[1] === '.search';
  if (!isSearch) requireMethod(request, ['GET', 'POST']);
  if (isSearch || method === 'GET') return search([endpoint], request, access);
  ctx.state.routeName = `scim.create_${endpoint.type.name.toLowerCase()}`;
  const projection = projectionOf(request);
  const created = await endpoint.create(await readJson(ctx), access);
  ctx.set('Location', metaOf(created).location);
  ctx.set('ETag', metaOf(created).version);
  return { status: 201, body: project(endpoint.type, created, projection) };
}

async function one(
  endpoint: ScimEndpoint,
  request: ScimRequest & { id: string },
  access: ScimAccess,
): Promise<ScimAnswer> {
  const { ctx, method, id } = request;
  ctx.state.routeName = `scim.${method.toLowerCase()}_${endpoint.type.name.toLowerCase()}`;
  requireMethod(request, ['GET', 'PUT', 'PATCH', 'DELETE']);
  const projection = projectionOf(request);
  const ifMatch = ctx.get('If-Match') || undefined;
  if (method === 'DELETE') {
    await endpoint.remove(id, { ifMatch }, access);
    return { status: 204 };
  }
  const resource = await (method === 'GET'
    ? endpoint.get(id, access)
    : endpoint[method === 'PUT' ? 'replace' : 'patch'](
        id,
        { body: await readJson(ctx), ifMatch },
        access,
      ));
  const { version, location } = metaOf(resource);
  ctx.set('ETag', version);
  ctx.set('Content-Location', location);
  const known = ctx.get('If-None-Match');
  if (method === 'GET' && known !== '' && namesVersion(known, version)) return { status: 304 };
  return { status: 200, body: project(endpoint.type, resource, projection) };
}

function projectionOf({ query }: ScimRequest) {
  return readProjection({
    attributes: query.get('attributes'),
    excludedAttributes: query.get('excludedattributes'),
  });
}

function metaOf({ meta }: ScimObject) {
  return meta as { location: string; version: string };
}

function requireMethod({ ctx, method }: ScimRequest, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  ctx.set('Allow', allowed.join(', '));
  throw new ScimError('method_not_allowed');
}

async function readJson(ctx: HttpContext): Promise<unknown> {
  const { text } = await readText(ctx.req, {
    mediaTypes: MEDIA_TYPES,
    maxBytes: MAX_PAYLOAD_BYTES,
  });
  const read = parseStrictJson(text);
  if (!read.ok) throw new ScimError('body_not_object');
  return read.value;
}

/** @throws what is no refusal of a request. */
function scimErrorOf(error: unknown): ScimError {
  if (error instanceof ScimError) return error;
  const problem = error instanceof AppError ? INPUT_PROBLEMS.get(error.code) : undefined;
  if (!problem) throw error;
  return new ScimError(problem, { maximum: MAX_PAYLOAD_BYTES, parameter: '' });
}

const INPUT_PROBLEMS = new Map<ErrorCode, ScimProblem>([
  ['input_too_large', 'payload_too_large'],
  ['input_type_unsupported', 'type_unsupported'],
  ['input_invalid', 'query_wrong'],
]);

function explain(ctx: HttpContext, { problem, status, scimType, values }: ScimError): ScimObject {
  return {
    schemas: [ERROR_SCHEMA],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: ctx.t(`scim.error.${problem}`, values),
  };
}

function write(ctx: HttpContext, body: ScimObject | undefined): void {
  if (!body) return;
  ctx.body = JSON.stringify(body);
  ctx.type = 'application/scim+json; charset=utf-8';
}
