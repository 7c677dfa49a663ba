// A browser without a screen and without scripts: keeps cookies, follows redirects inside the
// issuer, fills in the sign-in form, and takes the code where an answer would leave for the client.
import { createHash, randomBytes } from 'node:crypto';
import { attribute, readHiddenFields } from './html-form.ts';
import type { HttpLane, Reply, Sent } from './http-lane.ts';
import type { BenchAccount, BenchClient } from './target.ts';

interface Cookie {
  name: string;
  value: string;
  path: string;
}

export interface CodeAnswer {
  code: string;
  verifier: string;
  nonce: string;
  client: BenchClient;
}

const MAX_HOPS = 12;

export class Visitor {
  readonly #lane: HttpLane;
  readonly #issuer: string;
  readonly #address: string;
  readonly #cookies = new Map<string, Cookie>();

  constructor(of: { lane: HttpLane; issuer: string; address: string }) {
    this.#lane = of.lane;
    this.#issuer = of.issuer;
    this.#address = of.address;
  }

  /** Ends the session as a closed browser would; the device stays known. */
  forgetSession(): void {
    for (const [key, { name }] of this.#cookies) {
      if (!name.includes('hutong_device')) this.#cookies.delete(key);
    }
  }

  /** @throws Error with what came instead of a code. */
  async authorize(
    client: BenchClient,
    { account, prompt }: { account?: BenchAccount; prompt?: string } = {},
  ): Promise<CodeAnswer> {
    const verifier = randomBytes(32).toString('base64url');
    const nonce = randomBytes(12).toString('base64url');
    const state = randomBytes(12).toString('base64url');
    const query = new URLSearchParams({
      client_id: client.id,
      redirect_uri: client.redirectUri,
      response_type: 'code',
      scope: 'openid profile',
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(prompt === undefined ? {} : { prompt }),
    });
    const answer = await this.#walk(`/oauth2/authorize?${query.toString()}`, client, account);
    const code = answer.searchParams.get('code');
    if (code === null || answer.searchParams.get('state') !== state) {
      throw new Error(`no code: ${answer.search}`);
    }
    return { code, verifier, nonce, client };
  }

  async #walk(path: string, client: BenchClient, account: BenchAccount | undefined): Promise<URL> {
    let next: { path: string; sent: Sent } = { path, sent: {} };
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      const reply = await this.#request(next.path, next.sent);
      const { location } = reply.headers;
      if (typeof location === 'string') {
        const target = new URL(location, this.#issuer);
        if (target.href.startsWith(client.redirectUri)) return target;
        next = { path: `${target.pathname}${target.search}`, sent: {} };
        continue;
      }
      if (!account || reply.status !== 200) throw new Error(`stopped at ${describe(reply)}`);
      next = signInForm(reply, this.#issuer, account);
    }
    throw new Error('too many redirects');
  }

  async #request(path: string, sent: Sent): Promise<Reply> {
    const [pathname = ''] = path.split('?');
    const cookie = [...this.#cookies.values()]
      .filter((each) => `${pathname}/`.startsWith(each.path === '/' ? '/' : `${each.path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const headers = {
      accept: 'text/html,*/*;q=0.8',
      'accept-language': 'zh-CN,zh;q=0.9',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) bench',
      ...(cookie === '' ? {} : { cookie }),
      ...sent.headers,
    };
    const reply = await this.#lane.send(path, { ...sent, headers }, this.#address);
    for (const line of [reply.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return reply;
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/; */u);
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const path = attributes.find((each) => each.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
    if (value === '') this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { name, value, path });
  }
}

/** The first form that asks for a password, or its equivalent at the bare provider. */
function signInForm(page: Reply, issuer: string, { login, password }: BenchAccount) {
  const forms = page.body.match(/<form\b[\s\S]*?<\/form>/gu) ?? [];
  const form = forms.find((each) => each.includes('name="password"'));
  if (form === undefined) throw new Error(`no sign-in form on ${describe(page)}`);
  const action = new URL(attribute(form, 'action') ?? '', issuer);
  const headers = { origin: issuer, 'sec-fetch-site': 'same-origin' };
  const fields = { ...readHiddenFields(form), login, password };
  return { path: `${action.pathname}${action.search}`, sent: { headers, fields } };
}

function describe(reply: Reply): string {
  const page = /<body data-page="([^"]+)"/u.exec(reply.body)?.[1];
  return `${reply.status} ${page ?? reply.body.slice(0, 200)}`;
}
