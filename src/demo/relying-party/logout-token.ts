// Validation of a back-channel logout token: OpenID Connect Back-Channel Logout 1.0, section 2.6.
import { errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';

const eventUri = 'http://schemas.openid.net/event/backchannel-logout';
const clockToleranceSeconds = 30;
const maxAgeSeconds = 300;

export type LogoutTokenResult =
  | { ok: true; sid: string | undefined; subject: string | undefined }
  | { ok: false; reason: LogoutRefusal };

export type LogoutRefusal =
  | 'not_verifiable'
  | 'expired'
  | 'no_logout_event'
  | 'nonce_present'
  | 'no_target'
  | 'replayed';

export type LogoutTokenRules = {
  readonly issuer: string;
  readonly clientId: string;
  readonly algorithm: string;
  readonly keys: JWTVerifyGetKey;
};

/** Remembers token ids for as long as the tokens could still be accepted. */
export class SeenTokenIds {
  readonly #seen = new Map<string, number>();

  /** False when this id was seen before. */
  add(id: string): boolean {
    const now = Date.now();
    for (const [seen, since] of this.#seen) {
      if (now - since < (maxAgeSeconds + clockToleranceSeconds) * 2000) break;
      this.#seen.delete(seen);
    }
    if (this.#seen.has(id)) return false;
    this.#seen.set(id, now);
    return true;
  }
}

export async function readLogoutToken(
  token: string,
  rules: LogoutTokenRules,
  seen: SeenTokenIds,
): Promise<LogoutTokenResult> {
  const payload = await verify(token, rules);
  if (typeof payload === 'string') return { ok: false, reason: payload };
  if (!hasLogoutEvent(payload['events'])) return { ok: false, reason: 'no_logout_event' };
  if ('nonce' in payload) return { ok: false, reason: 'nonce_present' };
  const sid = readText(payload['sid']);
  const subject = readText(payload.sub);
  if (sid === undefined && subject === undefined) return { ok: false, reason: 'no_target' };
  // Only now: a token that is refused for another reason must not use up its id.
  if (payload.jti === undefined || !seen.add(payload.jti)) return { ok: false, reason: 'replayed' };
  return { ok: true, sid, subject };
}

async function verify(
  token: string,
  rules: LogoutTokenRules,
): Promise<JWTPayload | 'not_verifiable' | 'expired'> {
  try {
    const { payload } = await jwtVerify(token, rules.keys, {
      issuer: rules.issuer,
      audience: rules.clientId,
      // Keeps an ID token of the same issuer and audience from ever being read as a logout token.
      typ: 'logout+jwt',
      algorithms: [rules.algorithm],
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: maxAgeSeconds,
      clockTolerance: clockToleranceSeconds,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'expired';
    if (error instanceof errors.JOSEError) return 'not_verifiable';
    throw error;
  }
}

function hasLogoutEvent(events: unknown): boolean {
  if (typeof events !== 'object' || events === null) return false;
  const event: unknown = (events as Record<string, unknown>)[eventUri];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 ? value : undefined;
}
