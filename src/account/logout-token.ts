// A logout token for the account centre, validated like any relying party has to: OpenID Connect
// Back-Channel Logout 1.0, section 2.6, against the keys that we publish.
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import type { Fetch } from '../platform/http/in-process-fetch.ts';
import { ACCOUNT_CLIENT_ID } from './account-paths.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_AGE_SECONDS = 300;
const TOLERANCE_SECONDS = 15;
/** What says nothing about the token. */
const KEYS_UNREADABLE = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);
/** Until its age alone refuses a token, with room for clocks that differ. */
const REMEMBERED_SECONDS = 2 * (MAX_AGE_SECONDS + TOLERANCE_SECONDS);

export type LogoutTokenOutcome =
  | { ok: true; sid: string }
  | {
      ok: false;
      reason: 'not_verifiable' | 'no_logout_event' | 'nonce_present' | 'no_sid' | 'replayed';
    };

export interface LogoutTokenDependencies {
  issuer: string;
  fetch: Fetch;
  /** False when a token with this id was accepted before. */
  spendToken(jti: string, keptSeconds: number): Promise<boolean>;
}

export class LogoutTokens {
  readonly #deps: LogoutTokenDependencies;
  readonly #keys: JWTVerifyGetKey;

  constructor(deps: LogoutTokenDependencies) {
    this.#deps = deps;
    this.#keys = createRemoteJWKSet(new URL(`${deps.issuer}/oauth2/jwks`), {
      // They are our own: asked each time, so that a key dropped a moment ago counts no more.
      cacheMaxAge: 0,
      [customFetch]: (url, init) => deps.fetch(url, init as RequestInit),
    });
  }

  /** @throws when the keys cannot be read */
  async read(token: string): Promise<LogoutTokenOutcome> {
    const payload = await this.#verify(token);
    if (!payload) return { ok: false, reason: 'not_verifiable' };
    if (!isLogoutEvent(payload['events'])) return { ok: false, reason: 'no_logout_event' };
    if ('nonce' in payload) return { ok: false, reason: 'nonce_present' };
    const { sid } = payload;
    if (typeof sid !== 'string' || sid === '') return { ok: false, reason: 'no_sid' };
    // Last: a token that is refused for another reason must not use up its id.
    const isFirst = await this.#deps.spendToken(payload.jti ?? '', REMEMBERED_SECONDS);
    return isFirst ? { ok: true, sid } : { ok: false, reason: 'replayed' };
  }

  async #verify(token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer: this.#deps.issuer,
        audience: ACCOUNT_CLIENT_ID,
        // Keeps an ID token of the same issuer and audience from being read as a logout token.
        typ: 'logout+jwt',
        algorithms: ['RS256'],
        requiredClaims: ['iat', 'exp', 'jti', 'events', 'sub'],
        maxTokenAge: MAX_AGE_SECONDS,
        clockTolerance: TOLERANCE_SECONDS,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError && !KEYS_UNREADABLE.has(error.code)) return undefined;
      throw error;
    }
  }
}

function isLogoutEvent(events: unknown): boolean {
  if (typeof events !== 'object' || events === null) return false;
  const event: unknown = (events as Record<string, unknown>)[EVENT];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}
