// A browser without a screen: cookies by host and path, redirects followed one by one. For tests
// that need many visitors or exact control; what only a real browser does is tested in one.

type Cookie = { name: string; value: string; path: string };

export type Visit = {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
};

export class HttpVisitor {
  readonly #cookies = new Map<string, Cookie>();

  /** One request, no redirect followed. Ports share cookies, as in every browser. */
  async request(url: string | URL, init: RequestInit = {}): Promise<Visit> {
    const target = new URL(url);
    const headers = new Headers({ accept: 'text/html,*/*;q=0.8' });
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    const cookies = [...this.#cookies.values()]
      .filter(({ path }) => target.pathname === path || target.pathname.startsWith(withSlash(path)))
      .map(({ name, value }) => `${name}=${value}`);
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    const response = await fetch(target, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const body = await response.text();
    return { url: target.href, status: response.status, headers: response.headers, body };
  }

  /** Follows redirects up to the first page; stops before `stopAt` is requested. */
  async visit(url: string | URL, stopAt?: (next: URL) => boolean): Promise<Visit> {
    let visit = await this.request(url);
    for (let hop = 0; hop < 20; hop += 1) {
      const next = nextAddress(visit);
      if (!next || stopAt?.(next)) return visit;
      visit = await this.request(next);
    }
    throw new Error(`too many redirects, last at ${visit.url}`);
  }

  /** Sends a form the way a page of `origin` would. */
  async submit(
    url: string | URL,
    fields: Record<string, string> | URLSearchParams = {},
    origin?: string,
  ) {
    return this.request(url, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: {
        origin: origin ?? new URL(url).origin,
        'sec-fetch-site': !origin || origin === new URL(url).origin ? 'same-origin' : 'cross-site',
      },
    });
  }

  /** Another browser with the same cookies, as somebody who copied them would have. */
  copy(): HttpVisitor {
    const copy = new HttpVisitor();
    for (const [key, cookie] of this.#cookies) copy.#cookies.set(key, cookie);
    return copy;
  }

  cookieNames(): string[] {
    return [...this.#cookies.values()].map(({ name }) => name);
  }

  cookieValues(): string[] {
    return [...this.#cookies.values()].map(({ value }) => value);
  }

  forgetCookies(isForgotten: (name: string) => boolean): void {
    for (const [key, { name }] of this.#cookies) if (isForgotten(name)) this.#cookies.delete(key);
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/; */u);
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const read = (key: string) =>
      attributes
        .find((attribute) => attribute.toLowerCase().startsWith(`${key}=`))
        ?.slice(key.length + 1);
    const path = read('path') ?? '/';
    const expires = read('expires');
    const isGone = read('max-age') === '0' || (expires && Date.parse(expires) <= Date.now());
    if (isGone) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { name, value, path });
  }
}

/** Where the answer leads by itself: a redirect, or a page that sends onward at once. */
export function nextAddress(visit: Visit): URL | undefined {
  const onward = /^0;url=(.+)$/u.exec(visit.headers.get('refresh') ?? '')?.[1];
  const location = visit.headers.get('location') ?? onward;
  return location === undefined ? undefined : new URL(location, visit.url);
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
