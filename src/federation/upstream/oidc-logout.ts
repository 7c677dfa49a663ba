// The word of an OpenID provider that a session there has ended: OpenID Connect Back-Channel Logout 1.0,
// section 2.6, by the keys that it signs ID tokens with.
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { UpstreamLogout, UpstreamPeer } from '../upstream-identity.ts';
import { signingAlgorithms } from './oidc-metadata.ts';
import type { OidcProvider } from './oidc-metadata.ts';
import { failed, unavailableBy } from './upstream-failure.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_AGE_SECONDS = 300;
const TOLERANCE_SECONDS = 30;
/** Until its age alone refuses a token. */
export const LOGOUT_REMEMBERED_SECONDS = 2 * (MAX_AGE_SECONDS + TOLERANCE_SECONDS);

const claimsSchema = z.object({
  sid: z.string().max(500).optional(),
  sub: z.string().max(500).optional(),
  jti: z.string().min(1).max(500),
  events: z.object({ [EVENT]: z.object({}) }),
});

export async function readLogoutToken(
  { peer }: UpstreamPeer,
  provider: OidcProvider,
  { token, clock }: { token: string; clock: Clock },
): Promise<UpstreamLogout> {
  try {
    const { payload } = await jwtVerify(token, provider.keysForStrangers, {
      issuer: peer.issuer,
      audience: peer.connection.clientId,
      algorithms: [...signingAlgorithms],
      requiredClaims: ['iat', 'jti', 'events'],
      currentDate: clock.now(),
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: TOLERANCE_SECONDS,
    });
    // An ID token of the same issuer and audience has one; a logout token must not.
    if ('nonce' in payload) return failed('invalid', 'nonce_present');
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) return failed('invalid', 'no_logout_event');
    const { sid, sub, jti } = claims.data;
    if (sid === undefined && sub === undefined) return failed('invalid', 'nobody_named');
    return { ok: true, sessionId: sid, subject: sub, tokenId: jti };
  } catch (error) {
    if (error instanceof errors.JOSEError) return failed('invalid', 'token_invalid');
    return unavailableBy(error) ?? failed('invalid', 'token_invalid');
  }
}
