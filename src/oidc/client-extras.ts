// Client metadata beside the standard one (design product), read from the library's client
// object in one place, with the defaults that hold where nothing was registered.
import type { ClientMetadata } from 'oidc-provider';

/** What of a client the protocol layer looks at. */
type ClientLike = { clientId: string } & { [key: string]: unknown };

export interface ClientExtras {
  requiresPkce: boolean;
  profile: 'standard' | 'fapi2';
  minimumLevel: number | undefined;
  consent: 'ask' | 'notice';
  /** Scopes it may receive; others that it asks for are ignored. */
  allowedScopes: ReadonlySet<string>;
  accessTokenResource: string | undefined;
  services: readonly string[];
  /** Host that its pairwise subjects are computed for, as checked at registration. */
  sectorHost: string | undefined;
}

/** Extra members that the library keeps on its client objects unchanged. */
export const clientExtraProperties = [
  'require_pkce',
  'profile',
  'minimum_level',
  'consent',
  'allowed_scope',
  'access_token_resource',
  'frontchannel_logout_uri',
  'frontchannel_logout_session_required',
  'subjects',
  'services',
  'sector_host',
  'client_names',
  'purposes',
  'operator',
] as const;

/** Registration metadata → what the library is given: our scope rule replaces its own. */
export function toLibraryMetadata(registered: Record<string, unknown>): ClientMetadata {
  const { scope, ...rest } = registered;
  const names = Object.entries(rest)
    .filter(([key]) => key.startsWith('client_name#'))
    .map(([key, name]) => [key.slice('client_name#'.length), name] as const);
  return {
    ...rest,
    client_names: Object.fromEntries(names),
    allowed_scope: typeof scope === 'string' ? scope : 'openid',
  } as unknown as ClientMetadata;
}

export function clientExtras(client: object): ClientExtras {
  const extra = client as ClientLike;
  const text = (key: string) => {
    const value = extra[key];
    return typeof value === 'string' ? value : undefined;
  };
  const level = extra['minimum_level'];
  const services = extra['services'];
  return {
    requiresPkce: extra['require_pkce'] !== false,
    profile: extra['profile'] === 'fapi2' ? 'fapi2' : 'standard',
    minimumLevel: typeof level === 'number' ? level : undefined,
    consent: extra['consent'] === 'notice' ? 'notice' : 'ask',
    allowedScopes: new Set((text('allowed_scope') ?? 'openid').split(' ')),
    accessTokenResource: text('access_token_resource'),
    services: Array.isArray(services) ? services.map(String) : [],
    sectorHost: text('sector_host'),
  };
}
