// What the interface tells of itself to whoever asks: its OpenAPI document, and the metadata of a
// protected resource (RFC 9728), which a refusal points to.
import { departmentApi } from '../oidc/claims/own-apis.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Locale, Words } from '../platform/http/locale.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ApiRoute } from './api-route.ts';
import { openApiDocument } from './openapi.ts';
import { RESOURCE_METADATA_PREFIX } from './write-refusal.ts';

interface DescriptionDependencies {
  issuer: string;
  basePath: string;
  release: string;
  words: Words;
}

const KEPT_SECONDS = 300;

export function apiDescriptionRoutes(
  deps: DescriptionDependencies,
  routes: readonly ApiRoute[],
): Route[] {
  const { issuer, basePath } = deps;
  const documents = new Map<Locale, string>();
  return [
    defineRoute({
      method: 'GET',
      path: `${basePath}/openapi.json`,
      name: 'department_api.openapi',
      handle(ctx) {
        const { locale } = ctx.state;
        const made =
          documents.get(locale) ?? JSON.stringify(openApiDocument({ ...deps, routes, locale }));
        documents.set(locale, made);
        answer(ctx, made);
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${RESOURCE_METADATA_PREFIX}${basePath}`,
      name: 'department_api.resource_metadata',
      handle(ctx) {
        const metadata = {
          resource: `${issuer}${basePath}`,
          authorization_servers: [issuer],
          scopes_supported: Object.keys(departmentApi.scopes),
          bearer_methods_supported: ['header'],
          dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519'],
          resource_documentation: `${issuer}${basePath}/openapi.json`,
        };
        answer(ctx, JSON.stringify(metadata));
      },
    }),
  ];
}

function answer(ctx: HttpContext, json: string): void {
  ctx.body = json;
  ctx.type = 'application/json';
  ctx.set('Cache-Control', `public, max-age=${KEPT_SECONDS}`);
}
