// How long everything lives, in seconds.
import type { AccountKind } from '../accounts/account.ts';
import { currentMemo } from './storage/request-memo.ts';
import { JWT_ACCESS_TOKEN_SECONDS } from './claims/resource-servers.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Without activity a session ends; the absolute end is the session store's. */
export const idleSeconds: Readonly<Record<AccountKind, number>> = {
  naturalPerson: 30 * MINUTE,
  legalEntity: 30 * MINUTE,
  civilServant: 15 * MINUTE,
};

/** Who signed in so long ago may still add a factor: time to be verified and to install an authenticator. */
export const FRESH_SIGN_IN_SECONDS = 15 * MINUTE;
export const OFFLINE_SECONDS = 30 * DAY;
const SESSION_BOUND_REFRESH_SECONDS = 12 * HOUR;
/** A device that was signed in with a code stays so for a day's work, not for the phone's session. */
export const DEVICE_SECONDS = 12 * HOUR;
const DEVICE_CODE_SECONDS = 10 * MINUTE;

interface TokenLike {
  resourceServer?: { accessTokenTTL?: number } | undefined;
  expiresWithSession?: boolean | undefined;
  iiat?: number | undefined;
  scope?: string | undefined;
  grantId?: string | undefined;
}

/** The library's `ttl` option. */
export const ttl = {
  AuthorizationCode: MINUTE,
  DeviceCode: DEVICE_CODE_SECONDS,
  IdToken: (ctx: { oidc: { entities: { Grant?: { jti: string } } } } | undefined) =>
    withinMandate(ctx?.oidc.entities.Grant?.jti, 10 * MINUTE),
  Interaction: 30 * MINUTE,
  // Longer than anything that hangs on it.
  Grant: OFFLINE_SECONDS + DAY,
  Session: (ctx: { oidc: { account?: unknown } }) => {
    const account = ctx.oidc.account as { kind: AccountKind } | undefined;
    return idleSeconds[account?.kind ?? 'naturalPerson'];
  },
  AccessToken: (_ctx: unknown, token: TokenLike) =>
    withinMandate(token.grantId, token.resourceServer?.accessTokenTTL ?? 10 * MINUTE),
  ClientCredentials: (_ctx: unknown, token: TokenLike) =>
    token.resourceServer ? JWT_ACCESS_TOKEN_SECONDS : 10 * MINUTE,
  /** What hangs on no session ends so long after the person allowed it, however often it rotates. */
  RefreshToken: (_ctx: unknown, token: TokenLike) => {
    if (token.expiresWithSession === true) {
      return withinMandate(token.grantId, SESSION_BOUND_REFRESH_SECONDS);
    }
    const isOffline = token.scope?.split(' ').includes('offline_access') === true;
    // By the clock that the library wrote `iiat` with.
    const now = Math.floor(Date.now() / 1000);
    const age = now - (token.iiat ?? now);
    const seconds = Math.max(1, (isOffline ? OFFLINE_SECONDS : DEVICE_SECONDS) - age);
    return withinMandate(token.grantId, seconds);
  },
};

/** Nothing outlives what it was issued upon. */
function withinMandate(grantId: string | undefined, seconds: number): number {
  const end = grantId === undefined ? undefined : currentMemo()?.acting.get(grantId)?.expiresAt;
  if (!end) return seconds;
  return Math.max(1, Math.min(seconds, Math.floor((end.getTime() - Date.now()) / 1000)));
}
