// Client metadata beside the standard one, read from the library's client object in one place, with
// the defaults that hold where nothing was registered.
import type { AdapterPayload } from 'oidc-provider';

/** What of a client the protocol layer looks at. */
type ClientLike = { clientId: string } & { [key: string]: unknown };

export interface ClientExtras {
  requiresPkce: boolean;
  profile: 'standard' | 'fapi2';
  minimumLevel: number | undefined;
  /** Real-name level that an organisation acted for must have. */
  minimumEntityLevel: number | undefined;
  consent: 'ask' | 'notice';
  /** Scopes it may receive; others that it asks for are ignored. */
  allowedScopes: ReadonlySet<string>;
  accessTokenResource: string | undefined;
  /** APIs that it provides: it may introspect the tokens made for them. */
  resources: readonly string[];
  services: readonly string[];
  /** Kinds of accounts that it serves; undefined when it named none: all, as themselves. */
  subjects: ReadonlySet<string> | undefined;
  /** Host that its pairwise subjects are computed for, as checked at registration. */
  sectorHost: string | undefined;
  /** `initiate_login_uri` (OpenID Connect Core 4). */
  loginStartsAt: string | undefined;
  /** OpenID Connect Front-Channel Logout 1.0, 2. */
  frontchannelLogoutUri: string | undefined;
  frontchannelNeedsSid: boolean;
}

/** Extra members that the library keeps on its client objects unchanged. */
export const clientExtraProperties = [
  'require_pkce',
  'profile',
  'minimum_level',
  'minimum_entity_level',
  'consent',
  'allowed_scope',
  'access_token_resource',
  'frontchannel_logout_uri',
  'frontchannel_logout_session_required',
  'subjects',
  'services',
  'sector_host',
  'login_starts_at',
  'key_set_revision',
  'language_variants',
  'resources',
  'purposes',
  'operator',
] as const;

/** Registration metadata → what the library is given: our scope rule replaces its own. */
export function toLibraryMetadata(registered: Record<string, unknown>): AdapterPayload {
  const { scope, ...rest } = registered;
  const entries = Object.entries(rest);
  return {
    ...Object.fromEntries(entries.filter(([key]) => !key.includes('#'))),
    language_variants: Object.fromEntries(entries.filter(([key]) => key.includes('#'))),
    allowed_scope: typeof scope === 'string' ? scope : 'openid',
  } as unknown as AdapterPayload;
}

export function clientExtras(client: object): ClientExtras {
  const extra = client as ClientLike;
  const text = (key: string) => {
    const value = extra[key];
    return typeof value === 'string' ? value : undefined;
  };
  const number = (key: string) => {
    const value = extra[key];
    return typeof value === 'number' ? value : undefined;
  };
  const list = (key: string) => {
    const value = extra[key];
    return Array.isArray(value) ? value.map(String) : [];
  };
  return {
    requiresPkce: extra['require_pkce'] !== false,
    profile: extra['profile'] === 'fapi2' ? 'fapi2' : 'standard',
    minimumLevel: number('minimum_level'),
    minimumEntityLevel: number('minimum_entity_level'),
    consent: extra['consent'] === 'notice' ? 'notice' : 'ask',
    allowedScopes: new Set((text('allowed_scope') ?? 'openid').split(' ')),
    accessTokenResource: text('access_token_resource'),
    resources: list('resources'),
    services: list('services'),
    subjects: list('subjects').length > 0 ? new Set(list('subjects')) : undefined,
    sectorHost: text('sector_host'),
    loginStartsAt: text('login_starts_at'),
    frontchannelLogoutUri: text('frontchannel_logout_uri'),
    frontchannelNeedsSid: extra['frontchannel_logout_session_required'] === true,
  };
}
