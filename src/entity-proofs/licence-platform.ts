// The platform of electronic business licences 电子营业执照: somebody who holds a licence presents it
// on a telephone; we announce the request, show the way there as QR code, and fetch the signed result
// server to server. Nothing that the browser carries is believed.
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { LicenceConfig } from '../platform/entity-proof-config.ts';
import type { Outbound } from '../platform/outbound.ts';
import { ContradictoryAnswer, SourceFailure } from '../verification/connector-runner.ts';
import type { CallResult, ConnectorRunner } from '../verification/connector-runner.ts';

/** 法定代表人, 证照管理员, 办事人. */
export const licenceRoles = ['legal_representative', 'manager', 'handler'] as const;
export type LicenceRole = (typeof licenceRoles)[number];

/** What is done with it, for the page on which it is presented; absent: what the platform is told of. */
export type LicencePurpose = 'sign_in';

export interface PresentedLicence {
  uscc: string;
  name: string;
  role: LicenceRole;
  /** Who presented it, as the platform has verified that person. */
  presenter: { name: string; number: string };
  code: string;
  reference: string;
}

export type LicenceResult =
  | { state: 'presented'; licence: PresentedLicence }
  | { state: 'waiting' | 'declined' | 'over' };

interface LicencePlatformDependencies {
  outbound: Pick<Outbound, 'fetch'>;
  runner: ConnectorRunner;
  clock: Clock;
}

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 30;
const MAX_AGE_SECONDS = 600;

const beginSchema = z.object({ handle: z.string().regex(/^[\w-]{16,200}$/u) });
const resultSchema = z.discriminatedUnion('state', [
  z.object({ state: z.enum(['waiting', 'declined', 'over']) }),
  z.object({ state: z.literal('presented'), result: z.string().max(8000) }),
]);
const keysSchema = z.object({ keys: z.array(z.object({ kty: z.string() }).loose()).max(20) });
const claimsSchema = z.object({
  nonce: z.string(),
  handle: z.string(),
  uscc: z.string().length(18),
  entity_name: z.string().min(1).max(200),
  holder_role: z.enum(licenceRoles),
  presenter_name: z.string().min(1).max(100),
  presenter_number: z.string().min(1).max(50),
  code: z.string().regex(/^[\w-]{1,50}$/u),
  jti: z.string().min(1).max(200),
});

export class LicencePlatform {
  readonly config: LicenceConfig;
  readonly #deps: LicencePlatformDependencies;

  constructor(deps: LicencePlatformDependencies, config: LicenceConfig) {
    this.#deps = deps;
    this.config = config;
  }

  /** @param way.number shown on our page and there, so that who presents can compare */
  async begin(way: {
    nonce: string;
    number: string;
    purpose?: LicencePurpose;
  }): Promise<CallResult<{ handle: string; page: URL }>> {
    return this.#deps.runner.run(async (signal) => {
      const body = JSON.stringify({ client_id: this.config.clientId, ...way });
      const headers = { ...this.#authorized, 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body, signal };
      const { handle } = await read(await this.#ask('requests', init), beginSchema);
      const page = address('present', this.config.pageUrl ?? this.config.url);
      page.searchParams.set('request', handle);
      return { handle, page };
    });
  }

  /** What came of it. A result that is not signed, not ours, or of another counts as none. */
  async result(handle: string, nonce: string): Promise<CallResult<LicenceResult>> {
    return this.#deps.runner.run(async (signal) => {
      const path = `requests/${encodeURIComponent(handle)}/result`;
      const response = await this.#ask(path, { headers: this.#authorized, signal });
      if (response.status === 404 || response.status === 410) return { state: 'over' };
      const answer = await read(response, resultSchema);
      if (answer.state !== 'presented') return { state: answer.state };
      const keys = await read(await this.#ask('jwks', { signal }), keysSchema);
      return this.#verify(answer.result, { keys, handle, nonce });
    });
  }

  async #verify(
    token: string,
    of: { keys: z.infer<typeof keysSchema>; handle: string; nonce: string },
  ): Promise<LicenceResult> {
    const { issuer, clientId } = this.config;
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(of.keys), {
        issuer,
        audience: clientId,
        algorithms: ALGORITHMS,
        currentDate: this.#deps.clock.now(),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: MAX_AGE_SECONDS,
        requiredClaims: ['exp', 'iat'],
        typ: 'licence-result+jwt',
      });
      const claims = claimsSchema.parse(payload);
      if (claims.nonce === of.nonce && claims.handle === of.handle) {
        return { state: 'presented', licence: licenceOf(claims) };
      }
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { state: 'over' };
      const isOfTheAnswer = error instanceof errors.JOSEError || error instanceof z.ZodError;
      if (!isOfTheAnswer) throw error;
    }
    throw new ContradictoryAnswer('result not ours');
  }

  get #authorized(): { authorization: string } {
    return { authorization: `Bearer ${this.config.key}` };
  }

  #ask(path: string, init: RequestInit): Promise<Response> {
    return this.#deps.outbound.fetch(address(path, this.config.url), init);
  }
}

function licenceOf(claims: z.infer<typeof claimsSchema>): PresentedLicence {
  return {
    uscc: claims.uscc,
    name: claims.entity_name,
    role: claims.holder_role,
    presenter: { name: claims.presenter_name, number: claims.presenter_number },
    code: claims.code,
    reference: claims.jti,
  };
}

function address(path: string, base: string): URL {
  return new URL(path, base.endsWith('/') ? base : `${base}/`);
}

async function read<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  if (response.status !== 200 && response.status !== 201) {
    throw new SourceFailure(String(response.status));
  }
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new ContradictoryAnswer('not an answer');
  return parsed.data;
}
