// Clients of a test city, registered through the same use case as the operator's command.
import { exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { ClientStore } from '../../src/clients/client-store.ts';
import { registerClient } from '../../src/clients/register-client.ts';
import { scopeNames } from '../../src/oidc/claims/claims.ts';
import { ownApiScopes } from '../../src/oidc/claims/own-apis.ts';
import type { TestStorage } from './storage.ts';

/** Registration fields; only `client_id` is needed. */
export type CityClientFields = { client_id: string } & { readonly [field: string]: unknown };

export interface CityClient {
  id: string;
  secret: string | undefined;
  redirectUri: string;
  authMethod: string;
  /** Of clients with `private_key_jwt`. */
  key: CryptoKey | undefined;
  isFapi: boolean;
}

/** Nobody listens there: the browser of a test stops before it. */
export function redirectUriOf(clientId: string): string {
  return `https://${clientId}.example.com/callback`;
}

export async function importCityClients(
  storage: TestStorage,
  clients: readonly CityClientFields[],
): Promise<CityClient[]> {
  return Promise.all(clients.map((fields) => importClient(storage, fields)));
}

async function importClient(storage: TestStorage, given: CityClientFields): Promise<CityClient> {
  const { client_id: id } = given;
  const isFapi = given['profile'] === 'fapi2';
  const authMethod = textOf(
    given,
    'token_endpoint_auth_method',
    isFapi ? 'private_key_jwt' : 'client_secret_basic',
  );
  const key = authMethod === 'private_key_jwt' ? await makeKey() : undefined;
  const grantTypes = given['grant_types'];
  const usesCode = !Array.isArray(grantTypes) || grantTypes.includes('authorization_code');
  const registration = {
    client_name: id,
    client_uri: `https://${id}.example.com/`,
    ...(usesCode ? { redirect_uris: [redirectUriOf(id)] } : {}),
    post_logout_redirect_uris: [`https://${id}.example.com/signed-out`],
    ...(usesCode ? { grant_types: ['authorization_code', 'refresh_token'] } : {}),
    scope: 'openid profile',
    consent: 'notice',
    ...(key && given['jwks_uri'] === undefined ? { jwks: { keys: [key.publicJwk] } } : {}),
    ...given,
  };
  const result = await registerClient(
    {
      ...storage,
      clients: new ClientStore(storage),
      outbound: { fetch: (url) => fetch(url) },
      mode: 'demonstration',
      knownScopes: [...scopeNames, ...ownApiScopes],
    },
    registration,
    'operator',
  );
  if (!result.ok) throw new Error(`${id}: ${JSON.stringify(result.problems)}`);
  const uris = registration['redirect_uris' as keyof typeof registration] as unknown;
  return {
    id,
    secret: result.generatedSecret ?? (given['client_secret'] as string | undefined),
    redirectUri: Array.isArray(uris) ? String(uris[0]) : redirectUriOf(id),
    authMethod,
    key: key?.privateKey,
    isFapi,
  };
}

function textOf(fields: CityClientFields, name: string, otherwise: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : otherwise;
}

async function makeKey(): Promise<{ privateKey: CryptoKey; publicJwk: JWK }> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256', use: 'sig', kid: 'own' };
  return { privateKey: pair.privateKey, publicJwk };
}
