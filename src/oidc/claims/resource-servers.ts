// Interfaces of departments that take our access tokens as JWTs. One is registered with a client
// as its `access_token_resource`; tokens for it live at most five minutes, as they cannot be
// revoked.
import { errors } from 'oidc-provider';
import type { KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import { clientExtras } from './client-extras.ts';

export const JWT_ACCESS_TOKEN_SECONDS = 300;

/** True when some client registered the resource. */
export type IsRegisteredResource = (resource: string) => boolean;

/** @throws InvalidTarget (RFC 8707) for a resource that nobody registered. */
export function createResourceServerLookup(isRegistered: IsRegisteredResource) {
  return function getResourceServerInfo(
    _ctx: KoaContextWithOIDC,
    resource: string,
    client: object,
  ): ResourceServer {
    const { accessTokenResource, services } = clientExtras(client);
    if (resource !== accessTokenResource && !isRegistered(resource)) {
      throw new errors.InvalidTarget('the resource is not registered');
    }
    return {
      scope: services.join(' '),
      audience: resource,
      accessTokenFormat: 'jwt',
      accessTokenTTL: JWT_ACCESS_TOKEN_SECONDS,
      jwt: { sign: { alg: 'ES256' } },
    };
  };
}

/** A client without `resource` parameter gets its own one, where no person is involved. */
export function defaultResource(
  ctx: KoaContextWithOIDC,
  client: object,
  oneOf?: string[],
): string | string[] | undefined {
  if (oneOf) return oneOf;
  const { params, route } = ctx.oidc;
  if (route !== 'token' || params?.['grant_type'] !== 'client_credentials') return undefined;
  const { accessTokenResource, services } = clientExtras(client);
  // The library asks here before it looks at the scopes. No person is there to be asked for.
  if (typeof params['scope'] === 'string') {
    const own = params['scope'].split(' ').filter((scope) => services.includes(scope));
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
