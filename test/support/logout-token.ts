// The word of a provider that a session there has ended (OpenID Connect Back-Channel Logout 1.0), as it or
// a forger would sign it.
import { importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';

export async function signLogoutToken(
  { alg = 'ES256', ...key }: JWK,
  { issuer, audience, claims }: { issuer: string; audience: string; claims: object },
): Promise<string> {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  return new SignJWT({ events, ...claims })
    .setProtectedHeader({ alg, kid: String(key.kid), typ: 'logout+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('2m')
    .setJti(crypto.randomUUID())
    .sign(await importJWK(key, alg));
}
