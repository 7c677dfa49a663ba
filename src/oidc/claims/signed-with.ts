// A client as a signed request needs it: with the newest of its published keys.
import { decodeProtectedHeader } from 'jose';
import type { AdapterPayload } from 'oidc-provider';
import { currentRequest } from '../storage/request-memo.ts';

interface KeySets {
  prepare(uri: string, kid: string | undefined): Promise<string>;
}

/** Fetches nothing unless something of this request is to be checked with the client's key. */
export async function withPublishedKeys(
  keySets: KeySets,
  client: AdapterPayload | undefined,
): Promise<AdapterPayload | undefined> {
  const { jwks_uri: uri } = (client ?? {}) as { jwks_uri?: string };
  const signed = signedParameter();
  if (!client || uri === undefined || signed === undefined) return client;
  // A changed client is another one to the library, which then asks for its keys anew.
  return { ...client, key_set_revision: await keySets.prepare(uri, keyIdOf(signed)) };
}

function signedParameter(): string | undefined {
  const params = currentRequest()?.oidc.params;
  const signed = params?.['client_assertion'] ?? params?.['request'];
  return typeof signed === 'string' ? signed : undefined;
}

/** Undefined also for what is no JWT: the library will say so. */
function keyIdOf(jwt: string): string | undefined {
  try {
    return decodeProtectedHeader(jwt).kid;
  } catch {
    return undefined;
  }
}
