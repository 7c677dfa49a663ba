// Interfaces that take our access tokens: those of departments as JWTs, which live at most five
// minutes as they cannot be revoked, and our own (own-apis.ts), where a person's token is opaque.
import { errors } from 'oidc-provider';
import type { KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import { actingServices, isActing } from '../identity/live-acting.ts';
import { clientExtras } from './client-extras.ts';
import { ownApiOf, scopesFor } from './own-apis.ts';
import type { SignedInAccount } from './signed-in-account.ts';

export const JWT_ACCESS_TOKEN_SECONDS = 300;

const JWT = {
  accessTokenFormat: 'jwt',
  accessTokenTTL: JWT_ACCESS_TOKEN_SECONDS,
  jwt: { sign: { alg: 'ES256' } },
} as const;

/** True when some client registered the resource. */
export type IsRegisteredResource = (resource: string) => boolean;

/** @throws InvalidTarget (RFC 8707) for a resource that nobody registered. */
export function createResourceServerLookup(issuer: string, isRegistered: IsRegisteredResource) {
  return function getResourceServerInfo(
    ctx: KoaContextWithOIDC,
    resource: string,
    client: object,
  ): ResourceServer {
    const { accessTokenResource, services, allowedScopes } = clientExtras(client);
    const own = ownApiOf(issuer, resource);
    if (own) {
      const subject = isForMachine(ctx) ? 'client' : 'person';
      const scope = scopesFor(own, subject, allowedScopes).join(' ');
      const format = subject === 'client' ? JWT : { accessTokenFormat: 'opaque' as const };
      return { scope, audience: resource, ...format };
    }
    if (resource !== accessTokenResource && !isRegistered(resource)) {
      throw new errors.InvalidTarget('the resource is not registered');
    }
    const grantId = ctx.oidc.entities.Grant?.jti;
    const reached = actingServices(grantId);
    return {
      // Whoever acts upon a mandate for some of them has no scope of the others.
      scope: services.filter((code) => reached?.includes(code) ?? true).join(' '),
      audience: resource,
      ...JWT,
      // What ends within seconds cannot be a token that verifies by itself: whoever acts upon a
      // mandate, and members of staff, who may have left the office a moment ago.
      ...(isActing(grantId) || isOfStaff(ctx) ? { accessTokenFormat: 'opaque' as const } : {}),
    };
  };
}

function isOfStaff({ oidc }: KoaContextWithOIDC): boolean {
  return (oidc.entities.Account as SignedInAccount | undefined)?.kind === 'civilServant';
}

function isForMachine({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.route === 'token' && oidc.params?.['grant_type'] === 'client_credentials';
}

/** A client without `resource` parameter gets its own one, where no person is involved. */
export function defaultResource(
  ctx: KoaContextWithOIDC,
  client: object,
  oneOf?: string[],
): string | string[] | undefined {
  if (oneOf) return oneOf;
  if (!isForMachine(ctx)) return undefined;
  const { params = {}, provider } = ctx.oidc;
  const { accessTokenResource, services, allowedScopes } = clientExtras(client);
  const api = ownApiOf(provider.issuer, accessTokenResource);
  const known = api ? scopesFor(api, 'client', allowedScopes) : services;
  // The library asks here before it looks at the scopes. No person is there to be asked for.
  if (typeof params['scope'] === 'string') {
    const own = params['scope'].split(' ').filter((scope) => known.includes(scope));
    params['scope'] = own.length > 0 ? own.join(' ') : undefined;
  }
  return accessTokenResource;
}

/** The token's own client, and the one whose interface it is for. */
export function mayIntrospect(
  client: { clientId: string },
  token: { clientId?: string | undefined; aud?: string | string[] | undefined },
): boolean {
  if (token.clientId === client.clientId) return true;
  return typeof token.aud === 'string' && clientExtras(client).resources.includes(token.aud);
}
