// Routes of the interface for departments as a table: who may call, what it takes, what it answers.
// The handler and the OpenAPI document are both made of it.
import { z } from 'zod';
import type { ClientAccess, PersonAccess, VerifyBearer } from '../oidc/bearer/verify-bearer.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Locale } from '../platform/http/locale.ts';
import { parseFields, readText } from '../platform/http/input.ts';
import type { Route } from '../platform/http/route.ts';
import { parseStrictJson } from '../platform/strict-json.ts';
import { refuse } from './api-problems.ts';
import type { ApiProblemCode, ApiRefusal } from './api-problems.ts';
import { fieldProblems } from './field-problems.ts';
import type { InputPart } from './field-problems.ts';
import { writeRefusal } from './write-refusal.ts';

export interface ApiInput {
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
}

type Output<T> = T extends z.ZodType ? z.output<T> : Record<string, never>;

export interface ApiCall<I extends ApiInput, K extends 'client' | 'person'> {
  access: K extends 'client' ? ClientAccess : PersonAccess;
  params: Output<I['params']>;
  query: Output<I['query']>;
  body: Output<I['body']>;
  address: string;
  /** In which the caller reads words. */
  locale: Locale;
}

export interface ApiAnswer {
  body: unknown;
}

interface ApiRouteDeclaration<I extends ApiInput, K extends 'client' | 'person'> {
  method: 'GET' | 'POST';
  /** Behind the interface's own address, in the form of the router: `/entities/:uscc`. */
  path: string;
  /** The OpenAPI `operationId`; words: `api.operation.<name>.summary|description`. */
  name: string;
  token: K;
  scope: string;
  input?: I;
  /** Of the body, when it is more than forms need. */
  maxBytes?: number;
  output: z.ZodType;
  status: 200 | 202;
  /** Beside those of every route. */
  problems: readonly ApiProblemCode[];
  handle(call: ApiCall<I, K>): Promise<ApiAnswer | ApiRefusal>;
}

/** A route whose types have been closed over. */
export interface ApiRoute extends Omit<
  ApiRouteDeclaration<ApiInput, 'client' | 'person'>,
  'handle' | 'input'
> {
  input: ApiInput;
  handle(call: object): Promise<ApiAnswer | ApiRefusal>;
}

export function declareRoute<const I extends ApiInput, K extends 'client' | 'person'>(
  declaration: ApiRouteDeclaration<I, K>,
): ApiRoute {
  const { input = {}, ...rest } = declaration;
  return { ...rest, input } as unknown as ApiRoute;
}

export interface ApiServerDependencies {
  issuer: string;
  /** Its address behind the issuer. */
  basePath: string;
  verifyBearer: VerifyBearer;
  /** @throws AppError too_many_requests. */
  reserve: (budget: 'departmentApi' | 'refusedToken', key: string) => Promise<void>;
}

const NO_COOKIE = 'it acts upon the token of the request, and reads no cookie';

/** For the platform's table. */
export function serveRoute(deps: ApiServerDependencies, route: ApiRoute): Route {
  return {
    method: route.method,
    path: `${deps.basePath}${route.path}`,
    name: `department_api.${route.name}`,
    limiter: { exempt: 'every system has a budget of its own' },
    csrf: { exempt: NO_COOKIE },
    input: { ...(route.input.params ? { params: route.input.params } : {}), body: BODY_OF_ITS_OWN },
    async run(ctx) {
      const answer = await answerOf(deps, route, ctx);
      if ('problem' in answer) {
        writeRefusal(deps, ctx, answer);
        return;
      }
      ctx.status = route.status;
      ctx.body = answer.body;
    },
  };
}

/** The platform reads no body here: it is read in the formats of the interface. */
const BODY_OF_ITS_OWN = z.looseObject({});

async function answerOf(
  deps: ApiServerDependencies,
  route: ApiRoute,
  ctx: HttpContext,
): Promise<ApiAnswer | ApiRefusal> {
  const admitted = await admit(deps, route, ctx);
  if ('problem' in admitted) {
    ctx.req.resume();
    return admitted;
  }
  const input = await readInput(route, ctx);
  return 'problem' in input ? input : route.handle(callOf(ctx, admitted, input));
}

function callOf(ctx: HttpContext, admitted: object, input: object): object {
  return { ...admitted, ...input, address: ctx.ip, locale: ctx.state.locale };
}

async function admit(
  { issuer, basePath, verifyBearer, reserve }: ApiServerDependencies,
  { token, scope }: ApiRoute,
  ctx: HttpContext,
): Promise<{ access: ClientAccess | PersonAccess } | ApiRefusal> {
  const { method } = ctx;
  const { authorization } = ctx.headers;
  const proof = ctx.headers['dpop'];
  const url = `${issuer}${ctx.path}`;
  const request = { authorization, method, url, proof: [proof].flat()[0] };
  const answer = await verifyBearer(request, `${issuer}${basePath}`);
  if (!answer.ok) {
    await reserve('refusedToken', ctx.ip);
    return refuse(answer.reason, { challenge: { scope } });
  }
  const { access } = answer;
  await reserve('departmentApi', access.client.client_id);
  if (access.kind !== token) return refuse('token_kind_wrong', { challenge: { scope } });
  if (!access.scopes.has(scope)) return refuse('scope_missing', { challenge: { scope } });
  return { access };
}

async function readInput(route: ApiRoute, ctx: HttpContext): Promise<object | ApiRefusal> {
  const { params, query, body } = route.input;
  const address = { ...(ctx as HttpContext & { params?: object }).params };
  const parts = [
    ['path', params ?? EMPTY, address],
    ['query', query ?? EMPTY, { ...parseFields(ctx.querystring, 'query') }],
  ] as const;
  const read: unknown[] = [];
  for (const [part, schema, value] of parts) {
    const result = schema.safeParse(value);
    if (!result.success) return invalid(result.error, part);
    read.push(result.data);
  }
  const found = { params: read[0], query: read[1] };
  if (!body) return { ...found, body: {} };
  const given = await readApiBody(ctx, route.maxBytes);
  if ('problem' in given) return given;
  const result = body.safeParse(given.value);
  return result.success ? { ...found, body: result.data } : invalid(result.error, 'body');
}

const EMPTY = z.strictObject({});

function invalid(error: z.ZodError, part: InputPart): ApiRefusal {
  return refuse('fields_invalid', { fields: fieldProblems(error, part) });
}

async function readApiBody(
  ctx: HttpContext,
  maxBytes: number | undefined,
): Promise<{ value: unknown } | ApiRefusal> {
  try {
    const accepted = { mediaTypes: ['application/json'], ...(maxBytes ? { maxBytes } : {}) };
    const { text } = await readText(ctx.req, accepted);
    const json = parseStrictJson(text);
    return json.ok ? { value: json.value } : refuse('body_unreadable');
  } catch (error) {
    const problem = error instanceof AppError ? BODY_PROBLEMS[error.code] : undefined;
    if (problem) return refuse(problem);
    throw error;
  }
}

const BODY_PROBLEMS: Readonly<Record<string, ApiProblemCode>> = {
  input_invalid: 'body_unreadable',
  input_too_large: 'body_too_large',
  input_type_unsupported: 'body_type_unsupported',
};
