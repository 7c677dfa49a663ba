// The library's two sign-out pages in our layout: the question, and the end.
import type { KoaContextWithOIDC } from 'oidc-provider';
import { asHttpContext } from '../../platform/http/context.ts';
import { allowFormAction } from '../../platform/http/headers.ts';
import type { RelyingPartyView } from '../../platform/http/view-locals.ts';
import { clientName } from '../claims/client-name.ts';
import type { Locale } from '../../platform/http/locale.ts';
import { requestMemo } from '../storage/request-memo.ts';
import { LOGOUT_PATH, toQuery } from '../storage/parked-request.ts';

const CONFIRM_PATH = '/oauth2/logout/confirm';
/** Of src/federation: here and at the platform that the session came from. */
const EVERYWHERE_PATH = '/federation/sign-out';

interface SignOutDependencies {
  /** The registered client, as the library sees it. */
  findClient(clientId: string): Promise<object | undefined>;
  /** The platform that a session came from, where one may sign out there, too. */
  signOutPlace: (
    signInId: string,
  ) => Promise<{ names: Readonly<Record<Locale, string>> } | undefined>;
}

/** `form` is the library's: it carries the secret that the confirmation must bring back. */
export function createSignOutPage(deps: SignOutDependencies) {
  return async function renderSignOut(ctx: KoaContextWithOIDC, form: string): Promise<void> {
    const http = asHttpContext(ctx);
    const { locale } = http.state;
    const secret = /name="xsrf" value="(\w+)"/u.exec(form)?.[1];
    if (secret === undefined) throw new Error('the library form has another shape than known');
    const { session, client } = ctx.oidc;
    const clients = await Promise.all(
      Object.keys(session?.authorizations ?? {}).map((clientId) => deps.findClient(clientId)),
    );
    const redirectUri = (session?.state as { postLogoutRedirectUri?: string } | undefined)
      ?.postLogoutRedirectUri;
    if (redirectUri !== undefined) allowFormAction(http, redirectUri);
    http.state.pageAddress = addressWithoutHint(ctx);
    const signInId = requestMemo(ctx).session?.upstreamSignInId;
    const upstream = signInId === undefined ? undefined : await deps.signOutPlace(signInId);
    const [, onward = ''] = http.state.pageAddress.split('?');
    http.render('sessions/sign-out-confirm', {
      ...(upstream
        ? {
            upstream: {
              peerName: upstream.names[locale],
              form: { action: EVERYWHERE_PATH, fields: { onward } },
            },
          }
        : {}),
      ...(client ? { relyingParty: relyingParty(client, locale) } : {}),
      form: { action: CONFIRM_PATH, fields: { xsrf: secret } },
      openSystems: clients
        .filter((each) => each !== undefined)
        .map((each) => clientName(each, locale)),
    });
  };
}

/** Shows the question again; the client is named by its id, because the hint is a token. */
function addressWithoutHint(ctx: KoaContextWithOIDC): string {
  const { params, client } = ctx.oidc;
  const kept = {
    client_id: client?.clientId,
    post_logout_redirect_uri: params?.['post_logout_redirect_uri'],
    state: params?.['state'],
    ui_locales: params?.['ui_locales'],
  };
  const texts = Object.entries(kept).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return `${LOGOUT_PATH}?${toQuery(Object.fromEntries(texts))}`;
}

/** Shown where the client gave no address to return to. */
export function renderSignedOut(ctx: KoaContextWithOIDC): void {
  const http = asHttpContext(ctx);
  const { client } = ctx.oidc;
  http.render('sessions/signed-out', {
    // The library names a client only when the person left that one alone.
    isGlobal: client === undefined,
    ...(client ? { relyingParty: relyingParty(client, http.state.locale) } : {}),
  });
}

function relyingParty(client: object, locale: string): RelyingPartyView {
  const { clientUri } = client as { clientUri?: string };
  return {
    name: clientName(client, locale),
    ...(clientUri === undefined ? {} : { homeUrl: clientUri }),
  };
}
