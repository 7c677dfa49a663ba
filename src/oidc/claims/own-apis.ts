// Our own interfaces, as resource servers (RFC 8707): where they are, and the scopes that a client
// registers for. Scopes for machines are never in a person's token, nor the other way round.

export type TokenSubject = 'person' | 'client';

export interface OwnApi {
  /** Behind the issuer; together they are the resource indicator and the audience. */
  path: string;
  scopes: Readonly<Record<string, TokenSubject>>;
}

export const departmentApi = {
  path: '/api/v1',
  scopes: {
    'mandates:read': 'person',
    'mandates:import': 'person',
    'mandates:check': 'client',
    'mandates:check-certificate': 'client',
  },
} as const satisfies OwnApi;

/** The staff directory (src/scim). */
export const scimApi = { path: '/scim/v2', scopes: { scim: 'client' } } as const satisfies OwnApi;

/** Events of accounts, for systems that come for them (src/account-events). */
export const accountEventsApi = {
  path: '/mutual-recognition/events',
  scopes: { 'account_events:poll': 'client' },
} as const satisfies OwnApi;
export const POLL_PATH = `${accountEventsApi.path}/poll`;

export const ownApis: readonly OwnApi[] = [departmentApi, scimApi, accountEventsApi];

export const ownApiScopes: readonly string[] = ownApis.flatMap(({ scopes }) => Object.keys(scopes));

/** Undefined for a resource that is not ours. */
export function ownApiOf(issuer: string, resource: string | undefined): OwnApi | undefined {
  return ownApis.find(({ path }) => `${issuer}${path}` === resource);
}

/** What of this API's scopes a client registered for, in a token for such a subject. */
export function scopesFor(
  { scopes }: OwnApi,
  subject: TokenSubject,
  registered: ReadonlySet<string>,
): string[] {
  return Object.entries(scopes)
    .filter(([scope, of]) => of === subject && registered.has(scope))
    .map(([scope]) => scope);
}
