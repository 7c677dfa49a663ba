// Metadata of an interface of ours (RFC 9728), which a refusal points to: open to everybody.
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { OwnApi } from '../claims/own-apis.ts';
import { RESOURCE_METADATA_PREFIX } from './challenges.ts';
import { PROOF_ALGORITHMS } from './dpop-proof.ts';

const KEPT_SECONDS = 300;

export interface DescribedResource {
  issuer: string;
  api: OwnApi;
  /** Of the route. */
  name: string;
  /** Behind the issuer. */
  documentation: string;
}

export function resourceMetadataRoute(resource: DescribedResource): Route {
  const { issuer, api, name, documentation } = resource;
  const metadata = JSON.stringify({
    resource: `${issuer}${api.path}`,
    authorization_servers: [issuer],
    scopes_supported: Object.keys(api.scopes),
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
    resource_documentation: `${issuer}${documentation}`,
  });
  return defineRoute({
    method: 'GET',
    path: `${RESOURCE_METADATA_PREFIX}${api.path}`,
    name,
    handle: (ctx) => answerDescription(ctx, metadata),
  });
}

export function answerDescription(ctx: HttpContext, json: string): void {
  ctx.body = json;
  ctx.type = 'application/json';
  ctx.set('Cache-Control', `public, max-age=${KEPT_SECONDS}`);
}
