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

/** Looks like one, and nobody has signed it. */
export function unsignedToken(claims: object): string {
  const parts = [{ alg: 'ES256' }, claims].map((part) => JSON.stringify(part));
  return [...parts.map((part) => Buffer.from(part).toString('base64url')), 'c2ln'].join('.');
}

/** Where all platforms of a chain send theirs: the status, and what is said of it. */
export async function sendLogoutToken(issuer: string, token: string) {
  const to = `${issuer}/federation/backchannel-logout/trusted`;
  const body = new URLSearchParams({ logout_token: token });
  const answer = await fetch(to, { method: 'POST', body });
  const said = (await answer.json()) as { error_description?: string };
  return [answer.status, said.error_description];
}
