// A system of a department in one file: signs a person in who acts for an organisation, asks the
// interface for departments whom the person may act for and whether that still holds, and receives
// signed events about it. `node docs/examples/department-system.mjs` beside the running demonstration;
// elsewhere set ISSUER, CLIENT_ID, CLIENT_SECRET, ORIGIN and SERVICE. Explained in docs/integration.md.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';

const settings = process.env.ISSUER ? fromEnvironment() : fromDemonstration();
const { issuer, clientId, secret, origin, service } = settings;
/** The interface for departments: its address is also the `resource` of tokens for it. */
const api = `${issuer}/api/v1`;
const redirectUri = `${origin}/callback`;
const scope = 'openid legal_entity mandates:read';

// Plain http is for localhost alone; leave the last argument out anywhere else.
const insecure = issuer.startsWith('http:') ? { execute: [oidc.allowInsecureRequests] } : {};
const provider = await oidc.discovery(new URL(issuer), clientId, secret, undefined, insecure);
const keys = createRemoteJWKSet(new URL(provider.serverMetadata().jwks_uri));

/** Cookie → who is signed in here, or what was asked of the provider. A real system keeps them in a store. */
const sessions = new Map();
/** Every event once, by its `jti`: it may come again. */
const events = new Map();

const pages = {
  'GET /': home,
  'GET /sign-in': signIn,
  'GET /callback': callback,
  'GET /entities': listEntities,
  'GET /check': checkMandate,
  'POST /events': receiveEvent,
};

createServer(async (request, response) => {
  const url = new URL(request.url, origin);
  const page = pages[`${request.method} ${url.pathname}`];
  if (!page) return send(response, 404, '没有这个页面。<a href="/">返回首页</a>');
  try {
    await page({ request, response, url, session: sessionOf(request, response) });
  } catch (error) {
    explain(response, error);
  }
}).listen(new URL(origin).port, () => console.log(`ready at ${origin}/`));

function home({ response, session: { person } }) {
  if (!person) return send(response, 200, '<a id="sign-in" href="/sign-in">统一身份认证登录</a>');
  const { acting_as: entity } = person.claims;
  // Without `acting_as` the person is here for nobody but himself.
  const whom = entity ? `${entity.name} ${entity.uscc}（${roleOf(entity)}）` : '本人';
  send(
    response,
    200,
    `<p>当前办事身份：<b id="acting">${escape(whom)}</b>，登录等级
     <span id="acr">${escape(person.claims.acr)}</span></p>
     <ul><li><a id="entities" href="/entities">本人可以代表哪些单位</a>
     <li><a id="check" href="/check">核验这项授权现在是否有效</a>
     <li><a id="switch" href="/sign-in?prompt=choose_identity">切换身份</a></ul>
     <h2>收到的授权变更</h2><ol id="events">${[...events.values()]
       .map((each) => `<li>${escape(each)}</li>`)
       .join('')}</ol>`,
  );
}

/** To the provider and back to `/callback`; what comes back is compared with what is kept here. */
async function signIn({ response, url, session }) {
  const verifier = oidc.randomPKCECodeVerifier();
  session.asked = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
  const address = oidc.buildAuthorizationUrl(provider, {
    redirect_uri: redirectUri,
    scope,
    resource: api,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: session.asked.state,
    nonce: session.asked.nonce,
    // Passed on as they are: `prompt`, `acr_values`, `max_age`.
    ...Object.fromEntries(url.searchParams),
  });
  redirect(response, address.href);
}

async function callback({ response, url, session }) {
  const { verifier, state, nonce } = session.asked ?? {};
  if (!verifier) return redirect(response, '/sign-in');
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  // `resource` here too: without it the token is for the userinfo endpoint.
  const tokens = await oidc.authorizationCodeGrant(provider, url, checks, { resource: api });
  session.asked = undefined;
  session.person = { claims: tokens.claims(), accessToken: tokens.access_token };
  redirect(response, '/');
}

/** By the token of the person who signed in. */
async function listEntities({ response, session: { person } }) {
  if (!person) return redirect(response, '/sign-in');
  const answer = await call('/entities?limit=20', person.accessToken);
  show(response, answer);
}

/** By the system's own token, also when nobody is here: before something is done for the organisation. */
async function checkMandate({ response, session: { person } }) {
  const entity = person?.claims.acting_as;
  if (!entity) return redirect(response, '/sign-in?acting_as=legal_entity');
  const token = await ownToken();
  const { sub } = person.claims;
  show(
    response,
    await call('/mandate-checks', token, { person: { sub }, uscc: entity.uscc, service }),
  );
}

/** Of a sign-in by the organisation itself there is none. */
function roleOf({ role = 'itself' }) {
  const words = { legal_representative: '法定代表人', administrator: '管理员', handler: '经办人' };
  return words[role] ?? (role === 'itself' ? '单位账号' : role);
}

let own;
async function ownToken() {
  if (!own || own.until < Date.now()) {
    const asked = { scope: 'mandates:check', resource: api };
    const { access_token: token, expires_in: seconds } = await oidc.clientCredentialsGrant(
      provider,
      asked,
    );
    own = { token, until: Date.now() + (seconds - 30) * 1000 };
  }
  return own.token;
}

/** A security event token (RFC 8417), pushed as RFC 8935 says: checked, noted once, answered with 202. */
async function receiveEvent({ request, response }) {
  let token = '';
  for await (const chunk of request) {
    token += chunk;
    if (token.length > 20_000) return response.writeHead(413).end();
  }
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      typ: 'secevent+jwt',
    });
    const [[type, event]] = Object.entries(payload.events);
    const kind = type.replace('urn:hutong:event:mandate:', '');
    events.set(
      payload.jti,
      `${kind}: ${event.entity.name}（${roleOf(event)}）${event.reason ?? ''}`,
    );
    response.writeHead(202).end();
  } catch {
    // Not ours, or not for us. The provider tries again for a day, so failures of our own say 500.
    const problem = JSON.stringify({ err: 'invalid_request', description: 'not a token for us' });
    response.writeHead(400, { 'content-type': 'application/json' }).end(problem);
  }
}

/** @throws Problem for everything but a success: the answer says what to do (RFC 9457). */
async function call(path, token, body) {
  const answer = await fetch(`${api}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      'accept-language': 'zh-CN',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const json = await answer.json();
  if (!answer.ok) throw new Problem(json, answer.headers.get('www-authenticate') ?? '');
  return json;
}

class Problem extends Error {
  constructor(problem, challenge) {
    super(problem.detail);
    this.problem = problem;
    this.challenge = challenge;
  }
}

/** A token that is over or too weak is asked for anew; anything else is said as it was said to us. */
function explain(response, error) {
  if (error instanceof Problem) {
    const { type, title, detail, instance } = error.problem;
    const needed = /acr_values="(?<acr>[^"]+)", max_age="(?<age>\d+)"/u.exec(
      error.challenge,
    )?.groups;
    if (needed) {
      return redirect(response, `/sign-in?acr_values=${needed.acr}&max_age=${needed.age}`);
    }
    if (error.challenge.includes('invalid_token')) return redirect(response, '/sign-in');
    return send(
      response,
      502,
      `<h2 id="problem">${escape(title)}</h2><p>${escape(detail)}</p><p>${escape(type)} ${escape(instance)}</p><a href="/">返回</a>`,
    );
  }
  // Of the protocol: `access_denied`, `invalid_grant`, each with an `error_description`.
  const words = [error.error ?? error.name, error.error_description ?? error.message];
  send(
    response,
    400,
    `<h2 id="problem">${escape(words[0])}</h2><p>${escape(words[1])}</p><a href="/">返回</a>`,
  );
}

function show(response, json) {
  send(
    response,
    200,
    `<pre id="answer">${escape(JSON.stringify(json, null, 2))}</pre><a href="/">返回</a>`,
  );
}

function sessionOf(request, response) {
  const id = /(?:^|; )department=(?<id>[\w-]+)/u.exec(request.headers.cookie ?? '')?.groups.id;
  if (sessions.has(id)) return sessions.get(id);
  const [made, session] = [randomUUID(), {}];
  sessions.set(made, session);
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  response.setHeader('set-cookie', `department=${made}; HttpOnly; SameSite=Lax; Path=/${secure}`);
  return session;
}

function send(response, status, body) {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(
    `<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width">
     <title>部门系统接入示例</title><body><h1>部门系统接入示例</h1>${body}</body></html>`,
  );
}

function redirect(response, location) {
  response.writeHead(303, { location }).end();
}

function escape(text) {
  return String(text).replaceAll(/[&<>"]/gu, (each) => `&#${each.codePointAt(0)};`);
}

function fromEnvironment() {
  const { ISSUER, CLIENT_ID, CLIENT_SECRET, ORIGIN, SERVICE } = process.env;
  return {
    issuer: ISSUER,
    clientId: CLIENT_ID,
    secret: CLIENT_SECRET,
    origin: ORIGIN,
    service: SERVICE,
  };
}

/** `demo.json` is there while the demonstration runs, with everything that a system needs. */
function fromDemonstration() {
  const folder = process.env.HUTONG_DATA_DIR ?? 'data';
  const demo = JSON.parse(readFileSync(`${folder}/demo.json`, 'utf8'));
  const client = demo.clients.find((each) => each.client_id === 'department-sample');
  return {
    issuer: demo.issuer,
    clientId: client.client_id,
    secret: client.client_secret,
    origin: new URL(client.redirect_uris[0]).origin,
    service: client.services[0],
  };
}
