// The network identity service 国家网络身份认证 (公安部等六部门令第173号): OAuth 2.0 code with PKCE. What
// comes back is signed: an opaque identifier 网号 and how sure the service is. A name comes only when
// the person agreed; of a number nothing but whether it is the same person's.
import { createHash } from 'node:crypto';
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { FaceConfig } from '../platform/verification-config.ts';
import { ContradictoryAnswer, SourceFailure } from './connector-runner.ts';
import type { CallResult, ConnectorRunner } from './connector-runner.ts';
import { subjectHash } from './face-service.ts';
import type { NetworkRequest } from './face-request-store.ts';

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 30;
const MAX_AGE_SECONDS = 600;

const tokenSchema = z.object({ result: z.string().max(8000) });
const keysSchema = z.object({ keys: z.array(z.object({ kty: z.string() }).loose()).max(20) });
const claimsSchema = z.object({
  /** Letters and digits. */
  sub: z.string().regex(/^[A-Za-z\d]{16,128}$/u),
  nonce: z.string(),
  /** How far the person was verified there, on our ladder. */
  level: z.int().min(0).max(4),
  age_over_14: z.boolean(),
  /** Only of a request that told of somebody. */
  subject_matches: z.boolean().optional(),
  name: z.string().min(1).max(200).optional(),
  code: z.string().regex(/^[\w-]{1,50}$/u),
  jti: z.string().max(200),
});

export interface NetworkIdentity {
  outcome: 'identified';
  opaqueId: string;
  level: number;
  isOver14: boolean;
  isSamePerson: boolean | undefined;
  name: string | undefined;
  code: string;
  reference: string;
}
/** `expired`: the code is used up, too old or was not made for this request. */
export type NetworkResult = NetworkIdentity | { outcome: 'expired'; code: string };

export type CodeExchange = Pick<
  NetworkRequest,
  'nonce' | 'codeVerifier' | 'redirectUri' | 'claim' | 'wantsName'
>;

interface NetworkIdentityDependencies {
  outbound: Pick<Outbound, 'fetch'>;
  runner: ConnectorRunner;
  clock: Clock;
}

export class NetworkIdentityService {
  readonly config: FaceConfig;
  readonly #deps: NetworkIdentityDependencies;

  constructor(deps: NetworkIdentityDependencies, config: FaceConfig) {
    this.#deps = deps;
    this.config = config;
  }

  /** Where people go. */
  get pageUrl(): string {
    return this.config.pageUrl ?? this.config.url;
  }

  /** Nothing of the person is in it. */
  authorizeUrl(
    state: string,
    { nonce, codeVerifier, redirectUri, wantsName }: Omit<CodeExchange, 'claim'>,
  ): URL {
    const page = address('authorize', this.pageUrl);
    const challenge = createHash('sha256').update(codeVerifier).digest('base64url');
    for (const [name, value] of Object.entries({
      response_type: 'code',
      client_id: this.config.clientId,
      redirect_uri: redirectUri,
      scope: wantsName ? 'openid name' : 'openid',
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })) {
      page.searchParams.set(name, value);
    }
    return page;
  }

  /** An answer that is not signed by the service, or of another request, counts as none. */
  async exchange(code: string, of: CodeExchange): Promise<CallResult<NetworkResult>> {
    return this.#deps.runner.run(async (signal) => {
      const response = await this.#post('token', this.#tokenRequest(code, of), signal);
      if (response.status === 400) return { outcome: 'expired', code: 'invalid_grant' };
      const answer = await read(response, tokenSchema);
      const keys = await read(
        await this.#deps.outbound.fetch(address('jwks', this.config.url), { signal }),
        keysSchema,
      );
      return this.#verify(answer.result, { keys, of });
    });
  }

  #tokenRequest(code: string, of: CodeExchange): URLSearchParams {
    const { codeVerifier, redirectUri, nonce, claim } = of;
    return new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
      // A hash that says nothing to who lacks the nonce; the service computes it of its own.
      ...(claim ? { subject_hash: subjectHash(nonce, claim) } : {}),
    });
  }

  #post(path: string, body: URLSearchParams, signal: AbortSignal): Promise<Response> {
    const { url, clientId, key } = this.config;
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(key)}`;
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    const headers = { authorization, accept: 'application/json' };
    return this.#deps.outbound.fetch(address(path, url), { method: 'POST', headers, body, signal });
  }

  async #verify(
    token: string,
    { keys, of }: { keys: z.infer<typeof keysSchema>; of: CodeExchange },
  ): Promise<NetworkResult> {
    const { issuer, clientId } = this.config;
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
        issuer,
        audience: clientId,
        algorithms: ALGORITHMS,
        currentDate: this.#deps.clock.now(),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: MAX_AGE_SECONDS,
        requiredClaims: ['exp', 'iat'],
        typ: 'network-identity-result+jwt',
      });
      const claims = claimsSchema.parse(payload);
      const isAnswered = (claims.subject_matches !== undefined) === (of.claim !== undefined);
      if (claims.nonce === of.nonce && isAnswered) return identityOf(claims, of);
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { outcome: 'expired', code: 'expired' };
      const isOfTheAnswer = error instanceof errors.JOSEError || error instanceof z.ZodError;
      if (!isOfTheAnswer) throw error;
    }
    throw new ContradictoryAnswer('result not ours');
  }
}

function identityOf(claims: z.infer<typeof claimsSchema>, of: CodeExchange): NetworkIdentity {
  return {
    outcome: 'identified',
    opaqueId: claims.sub,
    level: claims.level,
    isOver14: claims.age_over_14,
    isSamePerson: claims.subject_matches,
    // What nobody agreed to is not taken, whoever sends it.
    name: of.wantsName ? claims.name : undefined,
    code: claims.code,
    reference: claims.jti,
  };
}

async function read<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  if (response.status !== 200) throw new SourceFailure(String(response.status));
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new ContradictoryAnswer('not an answer');
  return parsed.data;
}

function address(path: string, base: string): URL {
  return new URL(path, base.endsWith('/') ? base : `${base}/`);
}
