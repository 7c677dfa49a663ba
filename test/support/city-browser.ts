// A person at a browser without script: opens requests of clients, fills in our forms, and stops
// where an answer would leave for the client.
import { randomBytes, createHash } from 'node:crypto';
import { generate } from 'otplib';
import type { CityAccount } from './city-accounts.ts';
import type { CityClient } from './city-clients.ts';
import { HttpVisitor, nextAddress } from './http-visitor.ts';
import type { Visit } from './http-visitor.ts';

export type RequestParameters = Readonly<Record<string, string | undefined>>;

/** What a client keeps between its request and the answer. */
export interface PendingRequest {
  url: URL;
  client: CityClient;
  state: string;
  nonce: string;
  verifier: string;
}

export interface Answer extends PendingRequest {
  /** What came back: code, state, iss, or an error. */
  parameters: URLSearchParams;
  code: string;
}

export class CityBrowser {
  readonly visitor: HttpVisitor;
  readonly #issuer: string;

  constructor(issuer: string, visitor = new HttpVisitor()) {
    this.#issuer = issuer;
    this.visitor = visitor;
  }

  /** Follows redirects to the first page of ours, or to the last one before leaving. */
  async open(url: string | URL): Promise<Visit> {
    const target = new URL(url, this.#issuer);
    return this.visitor.visit(target, (next) => next.origin !== this.#issuer);
  }

  /** Presses a button of a page: sends its form with the given fields, follows what comes. */
  async press(
    page: Visit,
    button: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Visit> {
    const form = readForm(page, button);
    const answer = await this.visitor.submit(
      form.action,
      { ...form.fields, ...fields },
      new URL(page.url).origin,
    );
    const next = nextAddress(answer);
    return next && next.origin === this.#issuer ? this.open(next) : answer;
  }

  /** Opens a client's request; whatever page or answer comes first. */
  async request(client: CityClient, parameters: RequestParameters = {}) {
    const pending = authorizationRequest(this.#issuer, client, parameters);
    return { pending, visit: await this.open(pending.url) };
  }

  /**
   * A whole authorization up to the answer for the client; pages on the way are filled in for
   * `account`. @throws Error when it stops at a page.
   */
  async authorize(
    client: CityClient,
    account?: CityAccount,
    parameters: RequestParameters = {},
  ): Promise<Answer> {
    const { pending, visit } = await this.request(client, parameters);
    return this.finish(pending, await this.walk(visit, account));
  }

  async signIn(client: CityClient, account: CityAccount): Promise<Answer> {
    return this.authorize(client, account);
  }

  /** Goes through the pages of a sign-in until something else comes. */
  async walk(start: Visit, account: CityAccount | undefined): Promise<Visit> {
    let visit = start;
    for (let page = 0; page < 6 && account; page += 1) {
      const name = pageName(visit);
      if (name === 'sign-in') {
        const { login, password } = account;
        visit = await this.press(visit, 'sign-in', { login, password });
      } else if (name === 'second-factor') {
        visit = await this.press(visit, 'verify', { otp: await otpOf(account) });
      } else if (name === 'consent') {
        visit = await this.press(visit, 'consent-accept');
      } else {
        return visit;
      }
      if (visit.status === 422) return visit;
    }
    return visit;
  }

  /** The same, but stops at this page. */
  async walkTo(name: string, start: Visit, account: CityAccount): Promise<Visit> {
    let visit = start;
    while (pageName(visit) !== name) {
      const before = pageName(visit);
      const step = before === 'sign-in' ? 'sign-in' : 'verify';
      const { login, password } = account;
      const fields = step === 'sign-in' ? { login, password } : { otp: await otpOf(account) };
      visit = await this.press(visit, step, fields);
      if (pageName(visit) === before) throw new Error(`${before} does not lead to ${name}`);
    }
    return visit;
  }

  finish(pending: PendingRequest, visit: Visit): Answer {
    const next = nextAddress(visit);
    if (!next?.href.startsWith(pending.client.redirectUri)) {
      throw new Error(
        `no answer but ${visit.status} ${pageName(visit)} at ${visit.url}: ${next?.href ?? 'no redirect'}`,
      );
    }
    return { ...pending, parameters: next.searchParams, code: next.searchParams.get('code') ?? '' };
  }

  /** Signs out of everything, started by nobody or by a client. */
  async signOut(client?: CityClient, idToken?: string): Promise<Visit> {
    const url = new URL('/oauth2/logout', this.#issuer);
    if (idToken) url.searchParams.set('id_token_hint', idToken);
    else if (client) url.searchParams.set('client_id', client.id);
    return this.press(await this.open(url), 'sign-out-confirm');
  }
}

export function authorizationRequest(
  issuer: string,
  client: CityClient,
  parameters: RequestParameters = {},
): PendingRequest {
  const state = randomBytes(12).toString('base64url');
  const nonce = randomBytes(12).toString('base64url');
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL('/oauth2/authorize', issuer);
  const all = {
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid profile',
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  };
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return { url, client, state, nonce, verifier };
}

export async function otpOf(account: CityAccount, at = new Date()): Promise<string> {
  if (account.totpSecret === undefined) throw new Error(`${account.login} has no authenticator`);
  return generate({ secret: account.totpSecret, epoch: Math.floor(at.getTime() / 1000) });
}

export function pageName(visit: Visit): string | undefined {
  return /<body data-page="([^"]+)"/u.exec(visit.body)?.[1];
}

/** The form a button belongs to, with its hidden fields and the button's own value. */
export function readForm(page: Visit, button: string) {
  const forms = [...page.body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gu)];
  const tag = new RegExp(`<button\\b[^>]*\\bid="${button}"[^>]*>`, 'u').exec(page.body)?.[0];
  if (tag === undefined) {
    throw new Error(`no button ${button} on ${page.status} ${pageName(page)} at ${page.url}`);
  }
  const owner = attribute(tag, 'form');
  const form = forms.find(([, head = '', inner = '']) =>
    owner ? attribute(head, 'id') === owner : inner.includes(`id="${button}"`),
  );
  if (!form) throw new Error(`the button ${button} has no form`);
  const inputs = [...(form[2] ?? '').matchAll(/<input\b[^>]*type="hidden"[^>]*>/gu)];
  const fields = Object.fromEntries(
    inputs.map(([input]) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? '']),
  );
  const name = attribute(tag, 'name');
  if (name !== undefined) fields[name] = attribute(tag, 'value') ?? '';
  const address = attribute(tag, 'formaction') ?? attribute(form[1] ?? '', 'action') ?? '';
  const action = new URL(address, page.url);
  return { action, fields };
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'u').exec(tag)?.[1];
  return value
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
