// Errors of the protocol as pages: a developer reads which parameter is wrong and what was
// registered, a citizen what to do now. Never a secret.
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { AppError } from '../../platform/errors.ts';
import { asHttpContext } from '../../platform/http/context.ts';
import { respondWithError, respondWithProtocolError } from '../../platform/http/error-pages.ts';
import type { ProtocolErrorView } from '../../platform/http/view-locals.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { trustError } from '../claims/trusted-client.ts';
import { clientName } from '../claims/client-name.ts';
import { DatabaseUnavailable, isTemporary } from '../storage/database-failure.ts';
import { RequestRefused } from './request-limits.ts';
import { requestMemo } from '../storage/request-memo.ts';
import { uriDifference } from './uri-difference.ts';

type Client = KoaContextWithOIDC['oidc']['client'];
type Wrong = Pick<ProtocolErrorView, 'parameter' | 'received' | 'registered' | 'reason'>;

/** The library's `renderError`. */
export function renderProtocolError(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): void {
  const http = asHttpContext(ctx);
  if (error instanceof DatabaseUnavailable) {
    respondWithError(http, new AppError('database_unavailable', { cause: error }));
    return;
  }
  if (error instanceof RequestRefused) {
    respondWithError(http, error.refusal);
    return;
  }
  const spentInteraction = requestMemo(ctx).spentInteraction ?? resumedInteraction(ctx);
  if (error.name === 'SessionNotFound' && spentInteraction !== undefined) {
    // A second click, or a page from history: there it is said what became of it.
    redirect(http, `/interaction/${spentInteraction}`);
    return;
  }
  if (error.name === 'SessionNotFound') {
    respondWithError(http, new AppError('interaction_expired', { cause: error }));
    return;
  }
  // What is over soon is answered where the protocol is mounted.
  if (out.error === 'server_error' && isTemporary(error)) return;
  if (out.error === 'server_error') {
    respondWithError(http, new AppError('internal', { cause: error }));
    return;
  }
  const { client } = ctx.oidc;
  const { trustRefusal } = requestMemo(ctx);
  const untrusted = out.error === 'invalid_client' ? trustRefusal : undefined;
  respondWithProtocolError(http, {
    status: ctx.status,
    error: untrusted ? trustError(untrusted) : out.error,
    ...(out.error_description === undefined ? {} : { description: out.error_description }),
    ...(client ? { clientName: clientName(client, http.state.locale) } : {}),
    ...wrongParameter(ctx, out),
    ...(untrusted ? { trust: untrusted } : {}),
  });
}

/** Another tab came back first and took the cookie of the way back along. */
function resumedInteraction(ctx: KoaContextWithOIDC): string | undefined {
  const wasFound = requestMemo(ctx).signingIn !== undefined;
  return wasFound ? undefined : /^\/oauth2\/authorize\/([\w-]+)$/u.exec(ctx.path)?.[1];
}

function wrongParameter(ctx: KoaContextWithOIDC, out: ErrorOut): Wrong {
  const { client } = ctx.oidc;
  const description = out.error_description ?? '';
  if (out.error === 'invalid_redirect_uri') {
    return wrongUri(ctx, 'redirect_uri', client?.redirectUris);
  }
  if (description.startsWith('post_logout_redirect_uri')) {
    return wrongUri(ctx, 'post_logout_redirect_uri', client?.postLogoutRedirectUris);
  }
  if (out.error === 'invalid_client') {
    return { ...received(ctx, 'client_id'), reason: 'client_unknown' };
  }
  if (out.error === 'unsupported_response_type') {
    return { ...received(ctx, 'response_type'), registered: client?.responseTypes ?? [] };
  }
  if (out.error === 'invalid_scope') return received(ctx, 'scope');
  if (out.error === 'invalid_request_uri') {
    return { ...received(ctx, 'request_uri'), reason: 'request_uri_ended' };
  }
  // Its value is a token: it is not shown.
  if (description.includes('id_token_hint')) {
    return { parameter: 'id_token_hint', reason: 'id_token_hint' };
  }
  return wrongNumber(description, client);
}

function received(ctx: KoaContextWithOIDC, name: string): Wrong {
  const value: unknown = (ctx.oidc.params ?? ctx.query)[name];
  return { parameter: name, ...(typeof value === 'string' ? { received: value } : {}) };
}

function wrongUri(
  ctx: KoaContextWithOIDC,
  name: string,
  registered: readonly string[] = [],
): Wrong {
  const wrong = received(ctx, name);
  const difference = uriDifference(wrong.received ?? '', registered);
  return { ...wrong, registered, reason: `uri_${difference}` };
}

/** A parameter that came not at all, more than once or too long. */
function wrongNumber(description: string, client: Client): Wrong {
  const long = /^'(?<long>\w+)' is longer than/u.exec(description)?.groups?.['long'];
  if (long !== undefined) return { parameter: long, reason: 'too_long' };
  const { missing, twice } =
    /^missing required parameters? '(?<missing>\w+)'|^'(?<twice>\w+)'.* must not be provided twice$/u.exec(
      description,
    )?.groups ?? {};
  const parameter = missing ?? twice;
  if (parameter === undefined) return {};
  return {
    parameter,
    reason: missing === undefined ? 'twice' : 'missing',
    ...(parameter === 'redirect_uri' ? { registered: client?.redirectUris ?? [] } : {}),
  };
}
