// Looks whether a peer answers, says who we think it is, and when its keys and certificates end.
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { calculateJwkThumbprint } from 'jose';
import type { JWK } from 'jose';
import { describeOutboundFailure } from '../platform/outbound-failure.ts';
import type { Outbound } from '../platform/outbound.ts';
import { countingKeys } from './dropped-keys.ts';
import type { Peer } from './peer.ts';

/** Something of a peer that ends one day. */
export interface PeerCredential {
  /** `signingKey`: of its signatures; `certificate`: of an address. */
  kind: 'signingKey' | 'certificate';
  /** Key id, or host. */
  name: string;
  /** Missing where it does not say. */
  expiresAt?: Date | undefined;
}

export interface LookProblem {
  code:
    | 'unreachable'
    | 'document_invalid'
    | 'issuer_differs'
    | 'no_keys'
    | 'keys_dropped'
    | 'nothing_to_ask';
  values: Readonly<Record<string, string>>;
}

export interface PeerLook {
  problems: readonly LookProblem[];
  credentials: readonly PeerCredential[];
}

export type LookDependencies = Pick<Outbound, 'fetch' | 'certificateEnd'>;

const DISCOVERY = '/.well-known/openid-configuration';
const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });
const keySetSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** Never throws for what the peer or the network does; sends nothing that only the peer may know. */
export async function lookAtPeer(outbound: LookDependencies, peer: Peer): Promise<PeerLook> {
  const asked = new Set<string>();
  const look = await (peer.connection.protocol === 'oidc' && isUrl(peer.issuer)
    ? lookAtProvider(outbound, peer, asked)
    : lookAtAddresses(outbound, peer, asked));
  const pinned = await credentialsOf((peer.jwks?.keys ?? []) as JWK[]);
  const certificates = [...new Set([...asked].map((url) => new URL(url).host))].flatMap((host) => {
    const expiresAt = outbound.certificateEnd(`https://${host}/`);
    return expiresAt ? [{ kind: 'certificate', name: host, expiresAt } as const] : [];
  });
  return { ...look, credentials: [...look.credentials, ...pinned, ...certificates] };
}

function isUrl(issuer: string): boolean {
  return URL.canParse(issuer) && new URL(issuer).protocol.startsWith('http');
}

async function lookAtProvider(
  outbound: LookDependencies,
  peer: Peer,
  asked: Set<string>,
): Promise<PeerLook> {
  const address =
    peer.connection.addresses['discovery'] ?? `${peer.issuer.replace(/\/$/u, '')}${DISCOVERY}`;
  const found = await document(outbound, address, { schema: discoverySchema, asked });
  if (!found.ok) return { problems: [found.problem], credentials: [] };
  const { issuer, jwks_uri: jwksUri } = found.value;
  const differs: LookProblem = { code: 'issuer_differs', values: { given: issuer.slice(0, 200) } };
  const problems = issuer === peer.issuer ? [] : [differs];
  const keySet = await document(outbound, jwksUri, { schema: keySetSchema, asked });
  if (!keySet.ok) return { problems: [...problems, keySet.problem], credentials: [] };
  const keys = keySet.value.keys as JWK[];
  const counting = await countingKeys(peer, keys);
  if (counting.length === 0) {
    problems.push({ code: keys.length === 0 ? 'no_keys' : 'keys_dropped', values: {} });
  }
  return { problems, credentials: await credentialsOf(counting) };
}

/** A dialect without a description of itself: whether each host answers at all. */
async function lookAtAddresses(
  outbound: LookDependencies,
  { connection }: Peer,
  asked: Set<string>,
): Promise<PeerLook> {
  const byOrigin = new Map(
    Object.values(connection.addresses).map((address) => [new URL(address).origin, address]),
  );
  if (byOrigin.size === 0) {
    return { problems: [{ code: 'nothing_to_ask', values: {} }], credentials: [] };
  }
  const problems = await Promise.all(
    [...byOrigin.values()].map(async (address) => {
      asked.add(address);
      const reason = await whyUnreachable(outbound, address);
      const values = { address: withoutQuery(address), reason: reason ?? '' };
      return reason === undefined ? [] : [{ code: 'unreachable', values } as const];
    }),
  );
  return { problems: problems.flat(), credentials: [] };
}

async function whyUnreachable(
  outbound: LookDependencies,
  address: string,
): Promise<string | undefined> {
  try {
    const { status } = await outbound.fetch(address);
    return status >= 500 ? `http_${status}` : undefined;
  } catch (error) {
    const reason = describeOutboundFailure(error);
    if (reason === undefined) throw error;
    // Whoever sends people on is there.
    return reason === 'redirect_not_followed' ? undefined : reason;
  }
}

type Read<T> = { ok: true; value: T } | { ok: false; problem: LookProblem };

async function document<T>(
  outbound: LookDependencies,
  address: string,
  { schema, asked }: { schema: z.ZodType<T>; asked: Set<string> },
): Promise<Read<T>> {
  asked.add(address);
  const values = { address: withoutQuery(address) };
  const unreachable = (reason: string): Read<T> => ({
    ok: false,
    problem: { code: 'unreachable', values: { ...values, reason } },
  });
  try {
    const response = await outbound.fetch(address, { headers: { accept: 'application/json' } });
    if (response.status !== 200) return unreachable(`http_${response.status}`);
    const parsed = schema.safeParse(await response.json().catch(() => undefined));
    if (parsed.success) return { ok: true, value: parsed.data };
    return { ok: false, problem: { code: 'document_invalid', values } };
  } catch (error) {
    const reason = describeOutboundFailure(error);
    if (reason === undefined) throw error;
    return unreachable(reason);
  }
}

function withoutQuery(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

function credentialsOf(keys: readonly JWK[]): Promise<PeerCredential[]> {
  return Promise.all(
    keys.map(async (key) => {
      const thumbprint = () => calculateJwkThumbprint(key).catch(() => '?');
      const name = (key.kid ?? (await thumbprint())).slice(0, 100);
      return { kind: 'signingKey', name, expiresAt: keyEnd(key) } as const;
    }),
  );
}

/** By its certificate, or by `exp` as in OpenID Federation 1.0, 8.7. */
function keyEnd({ x5c, exp }: JWK & { exp?: unknown }): Date | undefined {
  if (typeof exp === 'number') return new Date(exp * 1000);
  const [certificate] = Array.isArray(x5c) ? x5c : [];
  if (typeof certificate !== 'string') return undefined;
  try {
    return new Date(new X509Certificate(Buffer.from(certificate, 'base64')).validTo);
  } catch {
    return undefined;
  }
}
