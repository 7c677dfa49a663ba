// The rules of route tables, walked by the architecture test and at every start: a route that
// changes state names its limiter, CSRF guard and input schema, and no schema takes endless text.
import { z } from 'zod';
import { limiterNames } from './limits.ts';
import type { Route } from './route.ts';

/** What is wrong with a table of routes, in words for the developer; empty when all is right. */
export function routeProblems(routes: readonly Route[]): string[] {
  const problems = routes.flatMap((route) =>
    problemsOf(route).map((text) => `${route.name}: ${text}`),
  );
  const seen = new Set<string>();
  for (const { name, method, path } of routes) {
    for (const key of [name, `${method} ${path}`]) {
      if (seen.has(key)) problems.push(`${key}: declared twice`);
      seen.add(key);
    }
  }
  return problems;
}

function problemsOf(route: Route): string[] {
  const problems: string[] = [];
  if (typeof route.limiter === 'string' && !limiterNames.includes(route.limiter)) {
    problems.push(`unknown limiter ${route.limiter}`);
  }
  if (route.method !== 'GET') {
    if (route.limiter === undefined) problems.push('names no limiter');
    if (route.csrf === undefined) problems.push('names no CSRF guard');
    if (route.input?.body === undefined) problems.push('names no input schema');
    if (route.csrf === 'origin' && route.input?.bodyType !== 'json') {
      problems.push('accepts forms without a token');
    }
  }
  const hasParams = route.path.includes(':');
  if (hasParams && !route.input?.params) problems.push('has path parameters without a schema');
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = route.input?.[part];
    if (schema)
      problems.push(...unboundedStrings(schema).map((at) => `${part}${at} has no maximum length`));
  }
  return problems;
}

interface JsonSchema {
  type?: string;
  maxLength?: number;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

/** Schemas do not change, and several routes share one. */
const judged = new WeakMap<z.ZodType, readonly string[]>();

function unboundedStrings(schema: z.ZodType): readonly string[] {
  const known = judged.get(schema);
  if (known) return known;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  const found = walk(json as JsonSchema, '');
  judged.set(schema, found);
  return found;
}

function walk(node: JsonSchema, at: string): string[] {
  const isBounded =
    node.maxLength !== undefined || node.enum !== undefined || node.const !== undefined;
  const own = node.type === 'string' && !isBounded ? [at] : [];
  const rest =
    typeof node.additionalProperties === 'object' ? walk(node.additionalProperties, `${at}.*`) : [];
  return [
    ...own,
    ...rest,
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => walk(child, `${at}.${key}`)),
    ...(node.items ? walk(node.items, `${at}[]`) : []),
    ...[...(node.anyOf ?? []), ...(node.allOf ?? [])].flatMap((child) => walk(child, at)),
  ];
}
