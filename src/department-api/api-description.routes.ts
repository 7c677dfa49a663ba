// What the interface tells of itself to whoever asks: its OpenAPI document, and the metadata of a
// protected resource (RFC 9728), which a refusal points to.
import { answerDescription, resourceMetadataRoute } from '../oidc/bearer/resource-metadata.ts';
import { departmentApi } from '../oidc/claims/own-apis.ts';
import type { Locale, Words } from '../platform/http/locale.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ApiRoute } from './api-route.ts';
import { openApiDocument } from './openapi.ts';

interface DescriptionDependencies {
  issuer: string;
  basePath: string;
  release: string;
  words: Words;
}

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
        answerDescription(ctx, made);
      },
    }),
    resourceMetadataRoute({
      issuer,
      api: departmentApi,
      name: 'department_api.resource_metadata',
      documentation: `${basePath}/openapi.json`,
    }),
  ];
}
