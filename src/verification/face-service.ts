// The face service: is the person at the keyboard the one on the photo of this certificate? Name and
// number go to it server to server in a signed request; the browser carries only a handle, and the
// signed result is fetched the same way, so that no address ever holds either. No image comes here.
import { createHash } from 'node:crypto';
import { createLocalJWKSet, errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { FaceConfig } from '../platform/verification-config.ts';
import { ContradictoryAnswer, SourceFailure } from './connector-runner.ts';
import type { CallResult, ConnectorRunner } from './connector-runner.ts';
import type { IdentityClaim } from './provider.ts';

const REQUEST_SECONDS = 300;
const CLOCK_TOLERANCE_SECONDS = 30;
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];

const beginSchema = z.object({ handle: z.string().regex(/^[\w-]{16,200}$/u) });
const resultSchema = z.object({ result: z.string().max(8000) });
const keysSchema = z.object({ keys: z.array(z.object({ kty: z.string() }).loose()).max(20) });
const claimsSchema = z.object({
  nonce: z.string(),
  subject_hash: z.string(),
  outcome: z.enum(['same_person', 'different_person', 'cancelled']),
  code: z.string().regex(/^[\w-]{1,50}$/u),
  jti: z.string().max(200),
});

type AnsweredResult = Pick<z.infer<typeof claimsSchema>, 'outcome' | 'code' | 'jti'>;
/** `expired`: it was signed too long ago, or is not to be had any more; nothing against the service. */
export type FaceResult = AnsweredResult | { outcome: 'expired'; code: string };

/** Unknown, not decided or fetched before. */
const NO_SUCH_REQUEST: ReadonlySet<number> = new Set([404, 409, 410]);

interface FaceServiceDependencies {
  outbound: Pick<Outbound, 'fetch'>;
  runner: ConnectorRunner;
  clock: Clock;
}

/** SHA-256 of nonce, type, number and name, base64url: says nothing to who lacks the nonce. */
export function subjectHash(nonce: string, { name, certificate }: IdentityClaim): string {
  const text = JSON.stringify([nonce, certificate.type, certificate.number, name]);
  return createHash('sha256').update(text).digest('base64url');
}

export class FaceService {
  readonly #deps: FaceServiceDependencies;
  readonly #config: FaceConfig;

  constructor(deps: FaceServiceDependencies, config: FaceConfig) {
    this.#deps = deps;
    this.#config = config;
  }

  get config(): FaceConfig {
    return this.#config;
  }

  /** Where people go. */
  get pageUrl(): string {
    return this.#config.pageUrl ?? this.#config.url;
  }

  /** Announces a comparison. `page` is where the person goes with the handle. */
  async begin(
    claim: IdentityClaim,
    way: { nonce: string; returnUri: string },
  ): Promise<CallResult<{ handle: string; page: URL }>> {
    return this.#deps.runner.run(async (signal) => {
      const request = await this.#sign({ claim, ...way });
      const body = new URLSearchParams({ request });
      const answer = await this.#json('requests', { method: 'POST', body, signal }, beginSchema);
      const page = this.#address('start', this.pageUrl);
      page.searchParams.set('request', answer.handle);
      return { handle: answer.handle, page };
    });
  }

  /**
   * What came of it. An answer that is not ours, not signed, or of another counts as none. That the
   * service does not know the request any more is said of this request, not of the service.
   */
  async result(
    handle: string,
    expected: { nonce: string; claim: IdentityClaim },
  ): Promise<CallResult<FaceResult>> {
    return this.#deps.runner.run(async (signal) => {
      const path = `requests/${encodeURIComponent(handle)}/result`;
      const authorization = `Bearer ${this.#config.key}`;
      const response = await this.#ask(path, { headers: { authorization }, signal });
      if (NO_SUCH_REQUEST.has(response.status)) {
        return { outcome: 'expired', code: String(response.status) };
      }
      const answer = await read(response, resultSchema);
      const keys = await this.#json('jwks', { signal }, keysSchema);
      return this.#verify(answer.result, { keys, expected });
    });
  }

  async #verify(
    token: string,
    of: {
      keys: z.infer<typeof keysSchema>;
      expected: { nonce: string; claim: IdentityClaim };
    },
  ): Promise<FaceResult> {
    const { issuer, clientId } = this.#config;
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(of.keys), {
        issuer,
        audience: clientId,
        algorithms: ALGORITHMS,
        currentDate: this.#deps.clock.now(),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: REQUEST_SECONDS * 2,
        requiredClaims: ['exp', 'iat'],
        typ: 'face-result+jwt',
      });
      const { nonce, subject_hash, ...result } = claimsSchema.parse(payload);
      const isBound =
        nonce === of.expected.nonce && subject_hash === subjectHash(nonce, of.expected.claim);
      if (isBound) return result;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { outcome: 'expired', code: 'expired' };
      const isOfTheAnswer = error instanceof errors.JOSEError || error instanceof z.ZodError;
      if (!isOfTheAnswer) throw error;
    }
    throw new ContradictoryAnswer('result not ours');
  }

  #sign(of: { claim: IdentityClaim; nonce: string; returnUri: string }): Promise<string> {
    const { clientId, issuer, key } = this.#config;
    const now = epochSeconds(this.#deps.clock);
    const { name, certificate } = of.claim;
    return new SignJWT({
      nonce: of.nonce,
      return_uri: of.returnUri,
      subject_hash: subjectHash(of.nonce, of.claim),
      name,
      certificate_type: certificate.type,
      certificate_number: certificate.number,
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'face-request+jwt' })
      .setIssuer(clientId)
      .setAudience(issuer)
      .setJti(of.nonce)
      .setIssuedAt(now)
      .setExpirationTime(now + REQUEST_SECONDS)
      .sign(new TextEncoder().encode(key));
  }

  async #json<T>(path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> {
    return read(await this.#ask(path, init), schema);
  }

  #ask(path: string, init: RequestInit): Promise<Response> {
    return this.#deps.outbound.fetch(this.#address(path), init);
  }

  #address(path: string, base = this.#config.url): URL {
    return new URL(path, base.endsWith('/') ? base : `${base}/`);
  }
}

async function read<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  if (response.status !== 200 && response.status !== 201) {
    throw new SourceFailure(String(response.status));
  }
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new ContradictoryAnswer('not an answer');
  return parsed.data;
}
