// A person with a browser, and the relying parties they use: each step is chosen by chance, done
// over HTTP, and put on record. What has ended is kept and tried again, to see that it stays so.
import { decodeJwt } from 'jose';
import type { CityAccount } from '../support/city-accounts.ts';
import { authorizationRequest, CityBrowser, pageName } from '../support/city-browser.ts';
import type { Answer, PendingRequest } from '../support/city-browser.ts';
import type { CityClient } from '../support/city-clients.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { answered, TokenClient } from '../support/token-client.ts';
import type { Answered } from '../support/token-client.ts';
import type { Outcome, Recorder, Seen } from './history.ts';

export interface Session {
  id: string;
  browser: CityBrowser;
  families: Family[];
}

export interface Family {
  id: string;
  client: CityClient;
  access: string;
  refresh: string;
  /** The one before the present refresh token. */
  former: string | undefined;
}

let sessions = 0;

/** Everything one account's clients and browsers can do, each on record. */
export class Citizen {
  readonly account: CityAccount;
  readonly #issuer: string;
  readonly #recorder: Recorder;
  readonly #tokens: TokenClient;

  constructor(issuer: string, account: CityAccount, recorder: Recorder) {
    this.account = account;
    this.#issuer = issuer;
    this.#recorder = recorder;
    this.#tokens = new TokenClient(issuer);
  }

  /** With a new browser. The code is redeemed at once. */
  async signIn(client: CityClient): Promise<Session | undefined> {
    sessions += 1;
    const session: Session = {
      id: `session-${sessions}`,
      browser: new CityBrowser(this.#issuer),
      families: [],
    };
    let answer: Answer | undefined;
    const entered = await this.#recorder.attempt(
      { op: 'sign_in', ...this.#of(session), client: client.id },
      async () => {
        const { pending, visit } = await session.browser.request(client);
        const last = await session.browser.walk(visit, this.account);
        answer = answerOf(pending, last);
        return { ...judgeVisit(pending, last), ...(answer ? { got: { code: answer.code } } : {}) };
      },
    );
    if (entered.outcome !== 'ok' || !answer) return undefined;
    await this.redeem(session, answer);
    return session;
  }

  /** Another client, or the same again, without any page. */
  async silent(session: Session, client: CityClient): Promise<Answer | undefined> {
    let answer: Answer | undefined;
    await this.#recorder.attempt(
      { op: 'silent', ...this.#of(session), client: client.id },
      async () => {
        const pending = authorizationRequest(this.#issuer, client, { prompt: 'none' });
        const visit = await session.browser.open(pending.url);
        answer = answerOf(pending, visit);
        return {
          ...judgeVisit(pending, visit),
          ...(answer ? { got: { code: answer.code } } : {}),
        };
      },
    );
    return answer;
  }

  async redeem(session: Session, answer: Answer): Promise<Family | undefined> {
    const { client, code } = answer;
    const of = { ...this.#of(session), client: client.id, family: code };
    const redeemed = await this.#recorder.attempt({ op: 'redeem', ...of, code }, async () => {
      const got = await this.#tokens.redeem(answer);
      if (got.status !== 200) return judgeAnswer(got);
      const { access_token: access, refresh_token: refresh, id_token: idToken } = got.body;
      const { sub, sid } = decodeJwt(String(idToken));
      const facts = { access: String(access), refresh: String(refresh) };
      return {
        ...judgeAnswer(got),
        got: { ...facts, sub: String(sub), sid: String(sid) },
      };
    });
    const { access, refresh } = redeemed.got ?? {};
    if (access === undefined || refresh === undefined) return undefined;
    const family = { id: code, client, access, refresh, former: undefined };
    session.families.push(family);
    return family;
  }

  /** The present token unless another one is given. */
  async refresh(session: Session, family: Family, token = family.refresh): Promise<Outcome> {
    const of = { ...this.#of(session), client: family.client.id, family: family.id };
    const rotated = await this.#recorder.attempt({ op: 'refresh', ...of, token }, async () => {
      const got = await this.#tokens.refresh(family.client, token);
      if (got.status !== 200) return judgeAnswer(got);
      const { access_token: access, refresh_token: successor } = got.body;
      return {
        ...judgeAnswer(got),
        got: { access: String(access), successor: String(successor) },
      };
    });
    if (rotated.outcome === 'ok' && token === family.refresh) {
      family.former = token;
      family.access = rotated.got?.['access'] ?? family.access;
      family.refresh = rotated.got?.['successor'] ?? family.refresh;
    }
    return rotated.outcome;
  }

  async userinfo(session: Session, family: Family): Promise<Outcome> {
    const of = { ...this.#of(session), client: family.client.id, family: family.id };
    const token = family.access;
    const done = await this.#recorder.attempt({ op: 'userinfo', ...of, token }, async () =>
      judgeAnswer(await this.#tokens.userinfo(token)),
    );
    return done.outcome;
  }

  async introspect(session: Session, family: Family, token: string): Promise<Outcome> {
    const of = { ...this.#of(session), client: family.client.id, family: family.id };
    const done = await this.#recorder.attempt({ op: 'introspect', ...of, token }, async () => {
      const got = await this.#tokens.introspect(family.client, token);
      const isInactive = got.status === 200 && got.body['active'] !== true;
      return isInactive ? { outcome: 'refused' as const, seen: 'inactive' } : judgeAnswer(got);
    });
    return done.outcome;
  }

  async revoke(session: Session, family: Family): Promise<Outcome> {
    const of = { ...this.#of(session), client: family.client.id, family: family.id };
    const token = family.refresh;
    const done = await this.#recorder.attempt({ op: 'revoke', ...of, token }, async () =>
      judgeAnswer(await this.#tokens.revoke(family.client, token)),
    );
    return done.outcome;
  }

  async logout(session: Session): Promise<Outcome> {
    const { browser } = session;
    const done = await this.#recorder.attempt({ op: 'logout', ...this.#of(session) }, async () => {
      const page = await browser.open('/oauth2/logout');
      if (page.status >= 500) return { outcome: 'unknown', seen: `${page.status} page` };
      // Where nothing is left to sign out of, the library's form sends itself on.
      const button = pageName(page) === 'form-post' ? 'continue' : 'sign-out-confirm';
      const visit = await browser.press(page, button);
      const isDone = visit.status === 200 && pageName(visit) === 'signed-out';
      const seen = `${visit.status} ${pageName(visit)}`;
      return { outcome: isDone ? 'ok' : visit.status >= 500 ? 'unknown' : 'refused', seen };
    });
    return done.outcome;
  }

  /** One assertion of the client, presented to both processes at once. */
  async replayAssertion(client: CityClient): Promise<void> {
    const fields = await this.#tokens.assertion(client);
    const value = fields['client_assertion'] ?? '';
    const present = () =>
      this.#recorder.attempt({ op: 'assertion', account: this.account.login, value }, async () =>
        judgeAnswer(await this.#post('/oauth2/introspect', { ...fields, token: 'is-nothing' })),
      );
    await Promise.all([present(), present()]);
  }

  /** One pushed request, opened twice at once by the same browser. */
  async replayPushed(session: Session, client: CityClient): Promise<void> {
    const pending = authorizationRequest(this.#issuer, client, { prompt: 'none' });
    const parameters = Object.fromEntries(pending.url.searchParams);
    const pushed = await this.#tokens.push(client, parameters).catch(() => undefined);
    const value = pushed?.body['request_uri'];
    if (typeof value !== 'string') return;
    const url = new URL('/oauth2/authorize', this.#issuer);
    url.searchParams.set('client_id', client.id);
    url.searchParams.set('request_uri', value);
    const attempt = { op: 'request_uri' as const, account: this.account.login, value };
    const open = () =>
      this.#recorder.attempt(attempt, async () =>
        judgeVisit(pending, await session.browser.open(url)),
      );
    await Promise.all([open(), open()]);
  }

  async #post(path: string, fields: Readonly<Record<string, string>>): Promise<Answered> {
    const body = new URLSearchParams(fields);
    return answered(await fetch(new URL(path, this.#issuer), { method: 'POST', body }));
  }

  #of(session: Session) {
    return { account: this.account.login, session: session.id };
  }
}

/** The answer for the client, when a visit ends in one that carries a code. */
function answerOf(pending: PendingRequest, visit: Visit): Answer | undefined {
  const next = nextAddress(visit);
  const code = next?.searchParams.get('code');
  if (!next?.href.startsWith(pending.client.redirectUri) || !code) return undefined;
  return { ...pending, parameters: next.searchParams, code };
}

function judgeVisit(pending: PendingRequest, visit: Visit): Seen {
  if (answerOf(pending, visit)) return { outcome: 'ok', seen: 'code' };
  if (visit.status >= 500) return { outcome: 'unknown', seen: `${visit.status} page` };
  const error = nextAddress(visit)?.searchParams.get('error');
  const isLater = error === 'temporarily_unavailable';
  const page = error ?? `${visit.status} ${pageName(visit)} at ${new URL(visit.url).pathname}`;
  return { outcome: isLater ? 'unknown' : 'refused', seen: page };
}

function judgeAnswer({ status, body }: Answered): Seen {
  const seen =
    `${status} ${body.error ?? ''} ${JSON.stringify(body['error_description'] ?? '')}`.trim();
  if (status < 300) return { outcome: 'ok', seen };
  return { outcome: status >= 500 ? 'unknown' : 'refused', seen };
}
