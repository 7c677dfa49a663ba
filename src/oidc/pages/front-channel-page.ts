// OpenID Connect Front-Channel Logout 1.0: after a sign-out the browser itself opens, in frames, the
// logout pages of the clients that registered one, for three seconds at most, and then goes on to
// where the sign-out leads.
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { HttpContext } from '../../platform/http/context.ts';
import { allowFrames } from '../../platform/http/headers.ts';
import type { ClientSlot } from '../../sessions/session-codec.ts';
import { clientExtras } from '../claims/client-extras.ts';
import { clientName } from '../claims/client-name.ts';
import { requestMemo } from '../storage/request-memo.ts';

/** Takes the place of the redirect that follows a sign-out, when there is a client to be told. */
export async function renderFrontChannel(
  ctx: HttpContext,
  { provider, route }: KoaContextWithOIDC['oidc'],
): Promise<void> {
  if (route !== 'end_session_confirm' || ctx.status !== 303) return;
  const slots = Object.entries(requestMemo(ctx).endedSlots ?? {});
  const told = await Promise.all(
    slots.map(async ([clientId, slot]) => {
      const client = await provider.Client.find(clientId);
      const address = client && clientExtras(client).frontchannelLogoutUri;
      if (!client || address === undefined) return undefined;
      const name = clientName(client, ctx.state.locale);
      return { name, frameUrl: logoutAddress(address, provider.issuer, slot) };
    }),
  );
  const systems = told.filter((system) => system !== undefined);
  if (systems.length === 0) return;
  const onwardHref = ctx.response.get('Location');
  ctx.remove('Location');
  allowFrames(
    ctx,
    systems.map(({ frameUrl }) => frameUrl),
  );
  ctx.render('sessions/front-channel', { systems, onwardHref }, { status: 200 });
}

/** Section 2: what is in the address stays; `iss` and `sid` tell which session has ended. */
export function logoutAddress(address: string, issuer: string, { sid }: ClientSlot): string {
  const url = new URL(address);
  url.searchParams.set('iss', issuer);
  url.searchParams.set('sid', sid);
  return url.href;
}
