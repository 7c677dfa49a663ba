// An application as pages name it, with the way back to it.
import type { RelyingPartyView } from '../../platform/http/view-locals.ts';
import { clientExtras } from './client-extras.ts';
import { clientName } from './client-name.ts';

/**
 * With the address that begins a sign-in there (OpenID Connect Core 4), or else its start page: for
 * people who cannot go on here.
 */
export function relyingPartyView(issuer: string, client: object, locale: string): RelyingPartyView {
  const { clientUri } = client as { clientUri?: string };
  const { loginStartsAt } = clientExtras(client);
  const homeUrl = loginStartsAt === undefined ? clientUri : startOfLogin(loginStartsAt, issuer);
  return { name: clientName(client, locale), ...(homeUrl === undefined ? {} : { homeUrl }) };
}

/** `initiate_login_uri` with the parameter that tells the application whom to ask. */
export function startOfLogin(address: string, issuer: string): string {
  const url = new URL(address);
  url.searchParams.set('iss', issuer);
  return url.href;
}
