// What an OpenID provider publishes of itself (OpenID Connect Discovery 1.0) and the keys that it signs
// with. Kept for some minutes; a key that is not known yet is looked for at once.
import { createRemoteJWKSet, customFetch } from 'jose';
import type { JWK, JWTVerifyGetKey } from 'jose';
import type { ServerMetadata } from 'openid-client';
import { z } from 'zod';
import { BoundedMap } from '../../platform/bounded-map.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Outbound } from '../../platform/outbound.ts';
import { countingKeys } from '../../peers/dropped-keys.ts';
import type { Peer } from '../../peers/peer.ts';
import { parsedJson } from './dialect-request.ts';
import { isRecord } from './stated-fields.ts';
import { failed, failedWith, unavailableBy } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';

const KEPT_MS = 10 * 60_000;
const MOST_OLD_MS = 86_400_000;
const MOST_KEPT = 1000;
const STRANGERS_COOLDOWN_MS = 30_000;

/** Asymmetric ones alone: with HS256 whoever knows the client secret could speak for the provider. */
export const signingAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

const address = z.url({ protocol: /^https?$/u });
const names = z.array(z.string()).optional();

const metadataSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  userinfo_endpoint: address.optional(),
  end_session_endpoint: address.optional(),
  account_management_uri: address.optional(),
  pushed_authorization_request_endpoint: address.optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  acr_values_supported: names,
  prompt_values_supported: names,
  id_token_signing_alg_values_supported: names,
  token_endpoint_auth_methods_supported: names,
});

/** Our name of an address → the field of the metadata that it stands for. */
const ADDRESS_FIELDS = {
  authorize: 'authorization_endpoint',
  token: 'token_endpoint',
  jwks: 'jwks_uri',
  userinfo: 'userinfo_endpoint',
  endSession: 'end_session_endpoint',
  pushedAuthorization: 'pushed_authorization_request_endpoint',
} as const;

const NEEDED = ['authorize', 'token', 'jwks'] as const;

export interface OidcProvider {
  metadata: ServerMetadata & {
    authorization_endpoint: string;
    token_endpoint: string;
    prompt_values_supported?: readonly string[];
    account_management_uri?: string;
  };
  /** Of tokens that the provider itself hands us: a key that is not known is looked for at once. */
  keys: JWTVerifyGetKey;
  /** Of tokens that anybody may send: made-up keys lead to no more than two questions a minute. */
  keysForStrangers: JWTVerifyGetKey;
}

type Found = { ok: true; provider: OidcProvider } | Failed;

export class OidcProviders {
  readonly #deps: { fetch: Outbound['fetch']; clock: Clock };
  readonly #kept = new BoundedMap<string, { provider: OidcProvider; readAt: number }>(MOST_KEPT);
  readonly #underWay = new Map<string, Promise<Found>>();

  constructor(deps: { fetch: Outbound['fetch']; clock: Clock }) {
    this.#deps = deps;
  }

  /** What is known by now, without a question; one is asked for the next time. */
  known(peer: Peer): OidcProvider | undefined {
    this.of(peer).catch(() => undefined);
    return this.#kept.get(keyOf(peer))?.provider;
  }

  async of(peer: Peer): Promise<Found> {
    const key = keyOf(peer);
    const kept = this.#kept.get(key);
    const age = this.#deps.clock.now().getTime() - (kept?.readAt ?? 0);
    if (kept && age < KEPT_MS) return { ok: true, provider: kept.provider };
    const found = await this.#discoverOnce(key, peer);
    // What was true a while ago is better than nobody's sign-in, while the rest of the provider answers.
    const isOld = !found.ok && found.reason === 'unavailable' && kept && age < MOST_OLD_MS;
    return isOld ? { ok: true, provider: kept.provider } : found;
  }

  /** Many who come at the same time are one question. */
  #discoverOnce(key: string, peer: Peer): Promise<Found> {
    const present = this.#underWay.get(key);
    if (present) return present;
    const question = this.#discover(peer)
      .then((found) => {
        const readAt = this.#deps.clock.now().getTime();
        if (found.ok) this.#kept.set(key, { provider: found.provider, readAt });
        return found;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, question);
    return question;
  }

  async #discover(peer: Peer): Promise<Found> {
    const written = writtenAddresses(peer);
    const isWritten = NEEDED.every((name) => peer.connection.addresses[name] !== undefined);
    const read = isWritten ? ofIssuer(peer) : await this.#fetchDocument(peer);
    if (!read.ok) return read;
    const parsed = metadataSchema.safeParse({ ...read.document, ...written });
    if (!parsed.success) return failed('unavailable', 'metadata_malformed');
    const metadata = parsed.data;
    // Exactly, as Discovery 4.3 wants it: otherwise one provider could speak for another.
    if (metadata.issuer !== peer.issuer) return failed('invalid', 'issuer_wrong');
    const endpoints = [metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri];
    if (peer.issuer.startsWith('https:') && endpoints.some((url) => !url.startsWith('https:'))) {
      return failed('invalid', 'endpoint_not_https');
    }
    const provider = {
      metadata: withAlgorithms(metadata),
      keys: this.#keysOf(peer, metadata.jwks_uri, 0),
      keysForStrangers: this.#keysOf(peer, metadata.jwks_uri, STRANGERS_COOLDOWN_MS),
    };
    return { ok: true, provider };
  }

  async #fetchDocument(peer: Peer): Promise<Document | Failed> {
    const url =
      peer.connection.addresses['discovery'] ??
      `${peer.issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`;
    try {
      const response = await this.#deps.fetch(url, { headers: { accept: 'application/json' } });
      if (response.status !== 200) return failedWith(response.status);
      const document: unknown = await response.json();
      return isRecord(document)
        ? { ok: true, document }
        : failed('unavailable', 'metadata_malformed');
    } catch (error) {
      return unavailableBy(error) ?? failed('unavailable', 'metadata_malformed');
    }
  }

  #keysOf(peer: Peer, url: string, cooldownDuration: number): JWTVerifyGetKey {
    const pinned = peer.jwks?.keys;
    return createRemoteJWKSet(new URL(url), {
      cacheMaxAge: KEPT_MS,
      cooldownDuration,
      [customFetch]: async (address, init) =>
        pinned
          ? keySetAnswer(await countingKeys(peer, pinned as JWK[]))
          : onlyCounting(peer, await this.#deps.fetch(address, init as RequestInit)),
    });
  }
}

/** Without those that an officer has dropped, whatever the peer publishes. */
async function onlyCounting(peer: Peer, response: Response): Promise<Response> {
  if (peer.droppedKeys.length === 0 || response.status !== 200) return response;
  const set = parsedJson(await response.text());
  if (!isRecord(set) || !Array.isArray(set['keys'])) return Response.json({});
  return keySetAnswer(await countingKeys(peer, set['keys'].filter(isRecord) as JWK[]));
}

function keySetAnswer(keys: readonly JWK[]): Response {
  return Response.json({ keys });
}

function keyOf({ id, issuer, connection, jwks, droppedKeys }: Peer): string {
  return JSON.stringify([id, issuer, connection, jwks, droppedKeys]);
}

type Document = { ok: true; document: Readonly<Record<string, unknown>> };

/** `settings`: `authorization_response_iss` (`required`, RFC 9207). */
function ofIssuer({ issuer, connection }: Peer): Document {
  const isNamed = connection.settings['authorization_response_iss'] === 'required';
  const named = isNamed ? { authorization_response_iss_parameter_supported: true } : {};
  return { ok: true, document: { issuer, ...named } };
}

/** For a network where the way from server to server is another than the published one. */
function writtenAddresses(peer: Peer): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ADDRESS_FIELDS).flatMap(([name, field]) => {
      const written = peer.connection.addresses[name];
      return written === undefined ? [] : [[field, written]];
    }),
  );
}

function withAlgorithms(metadata: z.infer<typeof metadataSchema>): OidcProvider['metadata'] {
  const published: readonly string[] =
    metadata.id_token_signing_alg_values_supported ?? signingAlgorithms;
  const known = {
    ...metadata,
    id_token_signing_alg_values_supported: signingAlgorithms.filter((each) =>
      published.includes(each),
    ),
  };
  // The library tells members that hold nothing from missing ones.
  return JSON.parse(JSON.stringify(known)) as OidcProvider['metadata'];
}
