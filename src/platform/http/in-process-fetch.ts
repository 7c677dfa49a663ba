// Requests of this process to its own address, without the network: the issuer may stand behind a
// proxy that this machine cannot reach, with a certificate of an authority it does not know.
import type { IncomingMessage, RequestListener } from 'node:http';
import inject from 'light-my-request';
import { markOwnRequest } from './forwarded.ts';

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

const BODILESS = new Set([204, 205, 304]);

/**
 * `fetch` for addresses of `issuer`; everything else goes to `network`. Redirects are answered,
 * not followed. `handler` is asked for at the first request, when the application is complete.
 */
export function inProcessFetch(deps: {
  issuer: string;
  handler: () => RequestListener;
  network: Fetch;
}): Fetch {
  const { origin } = new URL(deps.issuer);
  let listener: RequestListener | undefined;
  return (url, init = {}) => {
    const target = new URL(url);
    if (target.origin !== origin) return deps.network(target, init);
    listener ??= deps.handler();
    return dispatch(listener, target, init);
  };
}

async function dispatch(
  handler: RequestListener,
  target: URL,
  init: RequestInit,
): Promise<Response> {
  const payload = bodyText(init.body);
  const headers = new Headers(init.headers);
  if (init.body instanceof URLSearchParams && !headers.has('content-type')) {
    headers.set('content-type', 'application/x-www-form-urlencoded');
  }
  const answer = await inject(
    (req: IncomingMessage, res) => {
      markOwnRequest(req);
      handler(req, res);
    },
    {
      method: init.method ?? 'GET',
      url: `${target.pathname}${target.search}`,
      headers: { ...Object.fromEntries(headers), host: target.host },
      ...(payload === undefined ? {} : { payload }),
      ...(init.signal ? { signal: init.signal } : {}),
    },
  );
  return new Response(BODILESS.has(answer.statusCode) ? null : Uint8Array.from(answer.rawPayload), {
    status: answer.statusCode,
    headers: headerList(answer.headers),
  });
}

/** The kinds of body that clients of ours send. */
function bodyText(body: RequestInit['body']): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof URLSearchParams) return body.toString();
  throw new TypeError('an own request carries text or a form');
}

function headerList(headers: Record<string, unknown>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, String(each)]),
  );
}
