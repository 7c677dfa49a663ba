// The OpenAPI 3.1 document of the interface, made of the table of its routes and their schemas; words
// come from the locales, so that a developer reads it in Chinese or English.
import { z } from 'zod';
import { departmentApi } from '../oidc/claims/own-apis.ts';
import type { Locale, Words } from '../platform/http/locale.ts';
import { problemKind } from './api-problems.ts';
import type { ApiProblemCode } from './api-problems.ts';
import type { ApiInput, ApiRoute } from './api-route.ts';
import { problemSchema } from './api-schemas.ts';

type Json = Record<string, unknown>;

interface DocumentOptions {
  issuer: string;
  basePath: string;
  release: string;
  routes: readonly ApiRoute[];
  words: Words;
  locale: Locale;
}

/** Of every route, beside its own. */
const TOKEN_PROBLEMS: readonly ApiProblemCode[] = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'audience_wrong',
  'token_kind_wrong',
  'proof_invalid',
  'scope_missing',
];
const BODY_PROBLEMS: readonly ApiProblemCode[] = [
  'body_unreadable',
  'body_too_large',
  'body_type_unsupported',
];
/** What the platform refuses by itself, for a while. */
const PASSING = [
  [429, 'too_many_requests'],
  [503, 'database_unavailable'],
] as const;

export function openApiDocument(options: DocumentOptions): Json {
  const { issuer, basePath, release, routes } = options;
  const say = sayIn(options);
  const components: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/gu, '{$1}');
    const operations = (paths[path] ??= {});
    operations[route.method.toLowerCase()] = operationOf(route, { say, components });
  }
  schemaOf(problemSchema, { say, components });
  return {
    openapi: '3.1.1',
    info: {
      title: say('title'),
      description: say('description'),
      version: release,
      license: { name: say('licence'), identifier: 'LicenseRef-Hutong' },
    },
    servers: [{ url: `${issuer}${basePath}` }],
    tags: [{ name: 'mandates', description: say('tag.mandates') }],
    paths,
    components: { schemas: components, securitySchemes: securitySchemes(issuer, say) },
  };
}

type Say = (key: string) => string;

interface Making {
  say: Say & { ifAny: (key: string) => string | undefined };
  components: Json;
}

function sayIn({ words, locale }: DocumentOptions): Making['say'] {
  const say = (key: string) => words.translate(locale, `api.${key}`);
  const ifAny = (key: string) => (words.has(`api.${key}`) ? say(key) : undefined);
  return Object.assign(say, { ifAny });
}

function operationOf(route: ApiRoute, making: Making): Json {
  const { name, scope, token, status, output } = route;
  const { say } = making;
  const flow = token === 'client' ? 'client' : 'person';
  return {
    operationId: name,
    tags: ['mandates'],
    summary: say(`operation.${name}.summary`),
    description: say(`operation.${name}.description`),
    security: [{ [flow]: [scope] }],
    ...parametersOf(route.input, making),
    ...requestBodyOf(route, making),
    responses: {
      [status]: {
        description: say(`operation.${name}.answer`),
        content: { 'application/json': { schema: schemaOf(output, making) } },
      },
      ...refusalsOf(route, making),
    },
  };
}

function parametersOf({ params, query }: ApiInput, making: Making): Json {
  const parts = [
    ['path', params],
    ['query', query],
  ] as const;
  const parameters = parts.flatMap(([place, schema]) => {
    if (!schema) return [];
    const { properties = {}, required = [] } = schemaOf(schema, making) as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, { description, ...own }]) => ({
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: own,
    }));
  });
  return parameters.length > 0 ? { parameters } : {};
}

function requestBodyOf({ input: { body } }: ApiRoute, making: Making): Json {
  if (!body) return {};
  const schema = schemaOf(body, making);
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

function refusalsOf(route: ApiRoute, { say }: Making): Json {
  const hasInput = Object.keys(route.input).length > 0;
  const codes: ApiProblemCode[] = [
    ...TOKEN_PROBLEMS,
    ...(route.input.body ? BODY_PROBLEMS : []),
    ...(hasInput ? (['fields_invalid'] as const) : []),
    ...route.problems,
  ];
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const { status } = problemKind(code);
    const line = `\`${code}\`: ${say(`problem.${code}.title`)}`;
    byStatus.set(status, [...(byStatus.get(status) ?? []), line]);
  }
  for (const [status, code] of PASSING)
    byStatus.set(status, [`\`${code}\`: ${say(`passing.${code}`)}`]);
  const content = { 'application/problem+json': { schema: REF('Problem') } };
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => {
      const headers = headersOf(status, say);
      return [status, { description: lines.join('\n\n'), ...headers, content }];
    }),
  );
}

function headersOf(status: number, say: Say): Json {
  const name = { 401: 'WWW-Authenticate', 429: 'Retry-After', 503: 'Retry-After' }[status];
  if (name === undefined) return {};
  const type = name === 'Retry-After' ? 'integer' : 'string';
  return { headers: { [name]: { description: say(`header.${name}`), schema: { type } } } };
}

const REF = (id: string) => ({ $ref: `#/components/schemas/${id}` });

/** As JSON Schema; named parts go to the components. */
function schemaOf(schema: z.ZodType, { say, components }: Making): Json {
  const {
    $schema: _,
    $defs = {},
    ...root
  } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  }) as Json & { $defs?: Record<string, Json> };
  for (const [id, part] of Object.entries($defs)) {
    components[id] ??= described(relocated(part) as Json, { say, id });
  }
  return described(relocated(root) as Json, { say, id: '' });
}

function relocated(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relocated);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === '$ref' && typeof value === 'string'
        ? [key, value.replace('#/$defs/', '#/components/schemas/')]
        : [key, relocated(value)],
    ),
  );
}

/** Words for the fields, by their name or, where that says too little, by the name of their schema. */
function described(node: Json, { say, id }: { say: Making['say']; id: string }): Json {
  const { properties, items, anyOf, oneOf } = node as Record<string, unknown>;
  const inside = (part: unknown) => described(part as Json, { say, id });
  const named = Object.entries((properties ?? {}) as Record<string, Json>).map(([name, part]) => {
    const description = say.ifAny(`field.${id}_${name}`) ?? say.ifAny(`field.${name}`);
    return [name, { ...inside(part), ...(description === undefined ? {} : { description }) }];
  });
  return {
    ...node,
    ...(properties ? { properties: Object.fromEntries(named) as Json } : {}),
    ...(items ? { items: inside(items) } : {}),
    ...(Array.isArray(anyOf) ? { anyOf: anyOf.map(inside) } : {}),
    ...(Array.isArray(oneOf) ? { oneOf: oneOf.map(inside) } : {}),
  };
}

function securitySchemes(issuer: string, say: Say): Json {
  const scopesOf = (subject: string) =>
    Object.fromEntries(
      Object.entries(departmentApi.scopes)
        .filter(([, of]) => of === subject)
        .map(([scope]) => [scope, say(`scope.${scope.replace(':', '_')}`)]),
    );
  const tokenUrl = `${issuer}/oauth2/token`;
  const authorizationUrl = `${issuer}/oauth2/authorize`;
  return {
    person: {
      type: 'oauth2',
      description: say('security.person'),
      flows: { authorizationCode: { authorizationUrl, tokenUrl, scopes: scopesOf('person') } },
    },
    client: {
      type: 'oauth2',
      description: say('security.client'),
      flows: { clientCredentials: { tokenUrl, scopes: scopesOf('client') } },
    },
  };
}
