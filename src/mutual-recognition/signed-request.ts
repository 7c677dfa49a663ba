// How platforms sign what they ask of hub and key holder: a JWS as of private_key_jwt (RFC 7523) that also
// names method and path as DPoP does (RFC 9449) and the hash of the body, in the Authorization header. It
// holds for one request of one minute.
import { createHash } from 'node:crypto';
import { importJWK, jwtVerify, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { z } from 'zod';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { RecognitionPlatform } from './recognition-platform.ts';

export const REQUEST_SECONDS = 60;
const TYPE = 'recognition-request+jwt';
/** The clock of the other side may be wrong by so much. Seconds. */
const TOLERANCE_SECONDS = 10;

export interface RequestLine {
  method: string;
  path: string;
}

export interface RequestSigner {
  platformId: string;
  /** Private, with `kid` and `alg`. */
  key: JWK;
  clock: Clock;
  random: Random;
}

/** @param of.audience the address of the service, as it knows itself */
export async function signRequest(
  { platformId, key, clock, random }: RequestSigner,
  of: RequestLine & { audience: string; body: string },
): Promise<string> {
  const { alg = 'ES256', kid = '' } = key;
  const now = epochSeconds(clock);
  const claims = { htm: of.method, htu: of.path, digest: digestOf(of.body) };
  return new SignJWT(claims)
    .setProtectedHeader({ alg, kid, typ: TYPE })
    .setIssuer(platformId)
    .setAudience(of.audience)
    .setIssuedAt(now)
    .setExpirationTime(now + REQUEST_SECONDS)
    .setJti(random.id())
    .sign(await imported(key));
}

const claimsSchema = z.object({
  iss: z.string(),
  jti: z.string().min(16).max(200),
  iat: z.int(),
  exp: z.int(),
  htm: z.string(),
  htu: z.string(),
  digest: z.string(),
});

export interface SignedRequest {
  platform: RecognitionPlatform;
  jti: string;
  expiresAt: Date;
  /** True when the body is the one that was signed. */
  covers(body: string): boolean;
}

/** Undefined for whatever is wrong with it: whoever asks is told no more. */
export async function verifyRequest(
  given: RequestLine & { authorization: string | undefined },
  expected: {
    audience: string;
    clock: Clock;
    platformOf: (id: string) => RecognitionPlatform | undefined;
  },
): Promise<SignedRequest | undefined> {
  const { clock, platformOf, audience } = expected;
  const token = /^Bearer (?<token>[\w.-]{1,4000})$/u.exec(given.authorization ?? '')?.groups?.[
    'token'
  ];
  const platform = token === undefined ? undefined : platformOf(issuerOf(token));
  if (token === undefined || !platform) return undefined;
  try {
    const { payload } = await jwtVerify(token, ({ kid, alg }) => keyOf(platform, { kid, alg }), {
      audience,
      issuer: platform.id,
      typ: TYPE,
      currentDate: clock.now(),
      clockTolerance: TOLERANCE_SECONDS,
    });
    const { jti, iat, exp, htm, htu, digest } = claimsSchema.parse(payload);
    const isLine = htm === given.method && htu === given.path;
    const isShort = exp - iat <= REQUEST_SECONDS && iat <= epochSeconds(clock) + TOLERANCE_SECONDS;
    if (!isLine || !isShort) return undefined;
    const expiresAt = new Date((exp + 2 * TOLERANCE_SECONDS) * 1000);
    return { platform, jti, expiresAt, covers: (body) => digest === digestOf(body) };
  } catch {
    return undefined;
  }
}

/** What it says before it is verified: only to find the keys that it is verified with. */
function issuerOf(token: string): string {
  try {
    const [, payload = ''] = token.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return z.object({ iss: z.string().max(100) }).parse(claims).iss;
  } catch {
    return '';
  }
}

function keyOf(platform: RecognitionPlatform, header: { kid?: string | undefined; alg: string }) {
  const key = platform.jwks.keys.find(({ use, kid, alg }) => {
    return use === 'sig' && kid === header.kid && alg === header.alg;
  });
  if (!key) throw new Error('no such key');
  return imported(key);
}

const keys = new WeakMap<object, Promise<CryptoKey>>();

/** Made once of each object. */
export function imported(jwk: JWK): Promise<CryptoKey> {
  const known = keys.get(jwk) ?? (importJWK(jwk, jwk.alg) as Promise<CryptoKey>);
  keys.set(jwk, known);
  return known;
}

function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url');
}
