// The network identity service of the demonstration: OAuth 2.0 code with PKCE, a page where the person
// is chosen instead of an app with a credential, results signed with a key of its own.
import { createHash, randomBytes } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type Koa from 'koa';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Pages } from '../../pages/site-shell.ts';
import { Faults } from '../faults.ts';
import { createRegisterApp } from '../register-app.ts';
import { networkHolders } from './holders.ts';
import type { NetworkHolder } from './holders.ts';
import type { NetworkPart } from './network-part.ts';

export type NetworkServiceDependencies = Omit<NetworkPart, 'port'> & {
  readonly log: (line: object) => void;
};

const S256 = z.string().regex(/^[\w-]{43}$/u);
const authorizeSchema = z.object({
  response_type: z.literal('code'),
  client_id: z.string(),
  redirect_uri: z.url().max(1000),
  scope: z.enum(['openid', 'openid name']),
  state: z.string().min(16).max(200),
  nonce: z.string().min(16).max(200),
  code_challenge: S256,
  code_challenge_method: z.literal('S256'),
});
const choiceSchema = z.object({
  request: z.string().max(200),
  /** Index of a holder, or nobody. */
  person: z.string().regex(/^\d{1,3}$|^none$/u),
});
const tokenSchema = z.object({
  grant_type: z.literal('authorization_code'),
  code: z.string().max(200),
  redirect_uri: z.string().max(1000),
  code_verifier: z.string().min(43).max(128),
  subject_hash: z.string().max(100).optional(),
});

type AuthorizeRequest = z.infer<typeof authorizeSchema>;
type Granted = { readonly request: AuthorizeRequest; readonly holder: NetworkHolder };
type Keys = { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };

const LIFETIME_SECONDS = 300;
const MAX_KEPT = 1000;

export async function createNetworkService(dependencies: NetworkServiceDependencies): Promise<Koa> {
  const { publicUrl, returnOrigin, log } = dependencies;
  const service = new NetworkIdentities(dependencies, await generateKeyPair('ES256'));
  const keys = { keys: [await service.publicJwk()] };
  const faults = new Faults();
  const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '16kb' });
  const shell = { key: 'network', publicUrl, formTargets: [returnOrigin], log };
  return createRegisterApp(shell, (router, pages) => {
    router.get('/', (ctx) => pages.show(ctx, { page: 'network', mode: faults.mode }));
    faults.addRoutes(router);
    router.get('/authorize', (ctx) => showChoice(ctx, service, pages));
    router.post('/choose', parseForm, (ctx) => choose(ctx, service));
    router.get('/jwks', (ctx) => {
      ctx.body = keys;
    });
    router.post('/token', faults.guard, parseForm, (ctx) => giveResult(ctx, service, faults));
  });
}

class NetworkIdentities {
  readonly #dependencies: NetworkServiceDependencies;
  readonly #keys: Keys;
  readonly #asked = new Map<string, AuthorizeRequest>();
  readonly #codes = new Map<string, Granted>();
  readonly kid = randomBytes(8).toString('hex');

  constructor(dependencies: NetworkServiceDependencies, keys: Keys) {
    this.#dependencies = dependencies;
    this.#keys = keys;
  }

  async publicJwk(): Promise<JWK> {
    const jwk = await exportJWK(this.#keys.publicKey);
    return { ...jwk, kid: this.kid, alg: 'ES256', use: 'sig' };
  }

  /** The request as it is known to the page; undefined for one that is not of the city. */
  ask(query: unknown): { handle: string; request: AuthorizeRequest } | undefined {
    const { clientId, returnOrigin } = this.#dependencies;
    const parsed = authorizeSchema.safeParse(query);
    if (!parsed.success || parsed.data.client_id !== clientId) return undefined;
    const { data: request } = parsed;
    if (new URL(request.redirect_uri).origin !== returnOrigin) return undefined;
    return { handle: keep(this.#asked, request), request };
  }

  /** Where the browser goes on to; undefined when it was decided already. */
  decide(handle: string, person: string): URL | undefined {
    const request = this.#asked.get(handle);
    if (!request) return undefined;
    this.#asked.delete(handle);
    const back = new URL(request.redirect_uri);
    back.searchParams.set('state', request.state);
    back.searchParams.set('iss', this.#dependencies.issuer);
    const holder = networkHolders[Number(person)];
    if (holder) back.searchParams.set('code', keep(this.#codes, { request, holder }));
    else back.searchParams.set('error', 'access_denied');
    return back;
  }

  /** A code is good once, for who began it. */
  redeem(body: z.infer<typeof tokenSchema>): Granted | undefined {
    const granted = this.#codes.get(body.code);
    this.#codes.delete(body.code);
    if (granted?.request.redirect_uri !== body.redirect_uri) return undefined;
    const challenge = createHash('sha256').update(body.code_verifier).digest('base64url');
    return challenge === granted.request.code_challenge ? granted : undefined;
  }

  isClient(authorization: string): boolean {
    const { clientId, key } = this.#dependencies;
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(key)}`;
    return authorization === `Basic ${Buffer.from(pair).toString('base64')}`;
  }

  /** `isForged`: with a key that nobody publishes. */
  async sign(claims: Readonly<Record<string, unknown>>, isForged: boolean): Promise<string> {
    const { issuer, clientId } = this.#dependencies;
    const { privateKey } = isForged ? await generateKeyPair('ES256') : this.#keys;
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: this.kid, typ: 'network-identity-result+jwt' })
      .setIssuer(issuer)
      .setAudience(clientId)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .setJti(randomBytes(16).toString('base64url'))
      .sign(privateKey);
  }
}

function keep<T>(map: Map<string, T>, value: T): string {
  const handle = randomBytes(24).toString('base64url');
  map.set(handle, value);
  const [oldest] = map.keys();
  if (map.size > MAX_KEPT && oldest !== undefined) map.delete(oldest);
  return handle;
}

function showChoice(ctx: Context, service: NetworkIdentities, pages: Pages): void {
  const asked = service.ask(ctx.query);
  if (!asked) return pages.show(ctx, { page: 'problem', status: 400, problem: 'bad_request' });
  pages.show(ctx, {
    page: 'network-choice',
    handle: asked.handle,
    wantsName: asked.request.scope === 'openid name',
    people: networkHolders.map(({ name }, index) => ({ name, index })),
  });
}

function choose(ctx: Context, service: NetworkIdentities): void {
  const parsed = choiceSchema.safeParse(ctx.request.body);
  const next = parsed.success && service.decide(parsed.data.request, parsed.data.person);
  if (!next) ctx.throw(400);
  ctx.status = 303;
  ctx.redirect(next.href);
}

async function giveResult(ctx: Context, service: NetworkIdentities, faults: Faults): Promise<void> {
  if (!service.isClient(ctx.get('Authorization'))) {
    ctx.status = 401;
    ctx.body = { error: 'invalid_client' };
    return;
  }
  const parsed = tokenSchema.safeParse(ctx.request.body);
  const granted = parsed.success ? service.redeem(parsed.data) : undefined;
  if (!parsed.success || !granted) {
    ctx.status = 400;
    ctx.body = { error: parsed.success ? 'invalid_grant' : 'invalid_request' };
    return;
  }
  const { request, holder } = granted;
  const { subject_hash } = parsed.data;
  const claims = {
    sub: holder.opaqueId,
    nonce: faults.mode === 'contradictory' ? 'of another request' : request.nonce,
    level: holder.level,
    age_over_14: holder.isOver14,
    code: 'N00',
    ...(request.scope === 'openid name' ? { name: holder.name } : {}),
    ...(subject_hash === undefined
      ? {}
      : { subject_matches: subject_hash === subjectHash(request.nonce, holder) }),
  };
  ctx.body = { result: await service.sign(claims, faults.mode === 'wrong') };
}

/** SHA-256 of nonce, type, number and name, base64url. */
function subjectHash(nonce: string, { name, number }: NetworkHolder): string {
  const text = JSON.stringify([nonce, '111', number, name]);
  return createHash('sha256').update(text).digest('base64url');
}
