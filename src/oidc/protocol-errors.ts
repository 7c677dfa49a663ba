// Errors of the protocol as pages: a developer reads which parameter is wrong and what was
// registered, a citizen what to do now. Never a secret.
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { AppError } from '../platform/errors.ts';
import { asHttpContext } from '../platform/http/context.ts';
import { respondWithError, respondWithProtocolError } from '../platform/http/error-pages.ts';
import type { ProtocolErrorView } from '../platform/http/view-locals.ts';
import { clientName } from './client-name.ts';
import { DatabaseUnavailable } from './database-failure.ts';

type Wrong = Pick<ProtocolErrorView, 'parameter' | 'received' | 'registered'>;

/** The library's `renderError`. */
export function renderProtocolError(
  ctx: KoaContextWithOIDC,
  out: ErrorOut,
  error: Error,
): void {
  const http = asHttpContext(ctx);
  if (error instanceof DatabaseUnavailable) {
    respondWithError(http, new AppError('database_unavailable', { cause: error }));
    return;
  }
  if (error.name === 'SessionNotFound') {
    respondWithError(http, new AppError('interaction_expired', { cause: error }));
    return;
  }
  if (out.error === 'server_error') {
    respondWithError(http, new AppError('internal', { cause: error }));
    return;
  }
  const { client } = ctx.oidc;
  respondWithProtocolError(http, {
    status: ctx.status,
    error: out.error,
    ...(out.error_description === undefined ? {} : { description: out.error_description }),
    ...(client ? { clientName: clientName(client, http.state.locale) } : {}),
    ...wrongParameter(ctx, out),
  });
}

function wrongParameter(ctx: KoaContextWithOIDC, out: ErrorOut): Wrong {
  const { client } = ctx.oidc;
  const params = ctx.oidc.params ?? ctx.query;
  const received = (name: string): Wrong => {
    const value: unknown = params[name];
    return { parameter: name, ...(typeof value === 'string' ? { received: value } : {}) };
  };
  const description = out.error_description ?? '';
  if (out.error === 'invalid_redirect_uri') {
    return { ...received('redirect_uri'), registered: client?.redirectUris ?? [] };
  }
  if (description.startsWith('post_logout_redirect_uri')) {
    const registered = client?.postLogoutRedirectUris ?? [];
    return { ...received('post_logout_redirect_uri'), registered };
  }
  if (out.error === 'invalid_client') return received('client_id');
  if (out.error === 'unsupported_response_type') {
    return { ...received('response_type'), registered: client?.responseTypes ?? [] };
  }
  if (out.error === 'invalid_scope') return received('scope');
  const missing = /missing required parameter\(s\)\W+(?<name>\w+)/u.exec(description)?.groups?.['name'];
  return missing === undefined ? {} : { parameter: missing };
}
