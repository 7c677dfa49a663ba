// docs/openapi.json: the interface for departments as a running city describes it, at an address that
// stands for the city's own.
import packageJson from '../../package.json' with { type: 'json' };
import { departmentApiRoutes } from '../../src/department-api/department-api-routes.ts';
import type { ApiUseCases } from '../../src/department-api/department-api-routes.ts';
import { openApiDocument } from '../../src/department-api/openapi.ts';
import { departmentApi } from '../../src/oidc/claims/own-apis.ts';
import type { Words } from '../../src/platform/http/locale.ts';

export function openApiFile(words: Words): string {
  // Nothing is called: only what the routes declare is read.
  const routes = departmentApiRoutes({} as ApiUseCases);
  const document = openApiDocument({
    issuer: 'https://id.example.gov.cn',
    basePath: departmentApi.path,
    release: packageJson.version,
    routes,
    words,
    locale: 'en',
  });
  return JSON.stringify(document);
}
