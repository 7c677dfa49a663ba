// The face service of the demonstration: no camera, but a page where the person says who it is. It
// signs its results with a key of its own, as a real one would.
import { randomBytes } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type Koa from 'koa';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Pages } from '../../pages/site-shell.ts';
import { Faults } from '../faults.ts';
import { registeredPeople } from '../people.ts';
import { createRegisterApp, requireKey } from '../register-app.ts';
import type { FacePart } from './face-part.ts';

export type FaceServiceDependencies = Omit<FacePart, 'port'> & {
  readonly log: (line: object) => void;
};

const outcomes = ['same_person', 'different_person', 'cancelled'] as const;
type Outcome = (typeof outcomes)[number];

const requestSchema = z.object({
  nonce: z.string().min(16).max(200),
  return_uri: z.url().max(1000),
  subject_hash: z.string().max(100),
  name: z.string().min(1).max(100),
  certificate_number: z.string().min(1).max(50),
});
const decisionSchema = z.object({ request: z.string().max(200), decision: z.enum(outcomes) });

type Comparison = z.infer<typeof requestSchema> & { outcome?: Outcome };

const LIFETIME_SECONDS = 300;
const MAX_KEPT = 1000;
const CODES = { same_person: 'F00', different_person: 'F01', cancelled: 'F02' } as const;

export async function createFaceService(dependencies: FaceServiceDependencies): Promise<Koa> {
  const { key, publicUrl, returnOrigin, log } = dependencies;
  const service = new FaceComparisons(dependencies, await generateKeyPair('ES256'));
  const keys = { keys: [await service.publicJwk()] };
  const faults = new Faults();
  const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '16kb' });
  const shell = { key: 'face', publicUrl, formTargets: [returnOrigin], log };
  return createRegisterApp(shell, (router, pages) => {
    router.get('/', (ctx) => pages.show(ctx, { page: 'face', mode: faults.mode }));
    faults.addRoutes(router);
    router.get('/jwks', (ctx) => {
      ctx.body = keys;
    });
    router.post('/requests', faults.guard, parseForm, (ctx) => begin(ctx, service));
    router.get('/start', (ctx) => showComparison(ctx, { service, pages }));
    router.post('/decide', parseForm, (ctx) => decide(ctx, service));
    router.get('/requests/:handle/result', requireKey(key), faults.guard, (ctx) =>
      giveResult(ctx, { service, faults, handle: String(ctx.params['handle']) }),
    );
  });
}

class FaceComparisons {
  readonly #dependencies: FaceServiceDependencies;
  readonly #keys: { publicKey: CryptoKey; privateKey: CryptoKey };
  readonly #comparisons = new Map<string, Comparison>();
  readonly #seen = new Set<string>();
  readonly kid = randomBytes(8).toString('hex');

  constructor(
    dependencies: FaceServiceDependencies,
    keys: { publicKey: CryptoKey; privateKey: CryptoKey },
  ) {
    this.#dependencies = dependencies;
    this.#keys = keys;
  }

  async publicJwk(): Promise<JWK> {
    const jwk = await exportJWK(this.#keys.publicKey);
    return { ...jwk, kid: this.kid, alg: 'ES256', use: 'sig' };
  }

  /** @throws JOSEError, ZodError for what is not signed by the city or comes a second time. */
  async begin(request: string): Promise<string> {
    const { key, clientId, issuer, returnOrigin } = this.#dependencies;
    const { payload } = await jwtVerify(request, new TextEncoder().encode(key), {
      issuer: clientId,
      audience: issuer,
      algorithms: ['HS256'],
      typ: 'face-request+jwt',
      requiredClaims: ['exp', 'jti'],
    });
    const comparison = requestSchema
      .refine(({ nonce }) => !this.#seen.has(nonce))
      .refine(({ return_uri }) => new URL(return_uri).origin === returnOrigin)
      .parse(payload);
    this.#seen.add(comparison.nonce);
    const handle = randomBytes(24).toString('base64url');
    this.#comparisons.set(handle, comparison);
    const [oldest] = this.#comparisons.keys();
    if (this.#comparisons.size > MAX_KEPT && oldest !== undefined) this.#comparisons.delete(oldest);
    return handle;
  }

  find(handle: string): Comparison | undefined {
    return this.#comparisons.get(handle);
  }

  /** Signed; `isForged` with a key that nobody publishes, for an other nonce. */
  async sign(comparison: Comparison, outcome: Outcome, isForged: boolean): Promise<string> {
    const { issuer, clientId } = this.#dependencies;
    const { name, certificate_number: number, subject_hash, nonce } = comparison;
    // Nobody has a photo of somebody whom no register knows.
    const isKnown = registeredPeople.some((each) => each.name === name && each.number === number);
    const found = outcome === 'same_person' && !isKnown ? 'different_person' : outcome;
    const { privateKey } = isForged ? await generateKeyPair('ES256') : this.#keys;
    return new SignJWT({ nonce, subject_hash, outcome: found, code: CODES[found] })
      .setProtectedHeader({ alg: 'ES256', kid: this.kid, typ: 'face-result+jwt' })
      .setIssuer(issuer)
      .setAudience(clientId)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .setJti(randomBytes(16).toString('base64url'))
      .sign(privateKey);
  }
}

type Parts = { readonly service: FaceComparisons; readonly pages: Pages };

async function begin(ctx: Context, service: FaceComparisons): Promise<void> {
  const { request } = (ctx.request.body ?? {}) as { request?: unknown };
  try {
    ctx.body = { handle: await service.begin(typeof request === 'string' ? request : '') };
    ctx.status = 201;
  } catch {
    ctx.status = 400;
    ctx.body = { error: 'not a request of the city, or one that was used' };
  }
}

function showComparison(ctx: Context, { service, pages }: Parts): void {
  const handle = String(ctx.query['request'] ?? '');
  const comparison = service.find(handle);
  if (!comparison || comparison.outcome) {
    pages.show(ctx, { page: 'problem', status: 404, problem: 'not_found' });
    return;
  }
  pages.show(ctx, {
    page: 'face-start',
    handle,
    maskedName: `${Array.from(comparison.name)[0] ?? ''}*`,
  });
}

function decide(ctx: Context, service: FaceComparisons): void {
  const parsed = decisionSchema.safeParse(ctx.request.body);
  const comparison = parsed.success ? service.find(parsed.data.request) : undefined;
  if (!parsed.success || !comparison || comparison.outcome) ctx.throw(400);
  comparison.outcome = parsed.data.decision;
  ctx.status = 303;
  ctx.redirect(comparison.return_uri);
}

async function giveResult(
  ctx: Context,
  { service, faults, handle }: { service: FaceComparisons; faults: Faults; handle: string },
): Promise<void> {
  const comparison = service.find(handle);
  if (!comparison) {
    ctx.status = 404;
    ctx.body = { error: 'no such request' };
    return;
  }
  const outcome = comparison.outcome ?? 'cancelled';
  const told =
    faults.mode === 'contradictory' ? { ...comparison, nonce: 'of another' } : comparison;
  ctx.body = { result: await service.sign(told, outcome, faults.mode === 'wrong') };
}
