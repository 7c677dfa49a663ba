// The answer of an OpenID provider, checked: what the library leaves to its caller, the signatures of ID
// token and userinfo, and what each kind of error means for us.
import { createHash } from 'node:crypto';
import { compactVerify, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { failed, failedWith, tokenEndpointFailure, unavailableBy } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';
import { signingAlgorithms } from './oidc-metadata.ts';
import type { OidcProvider } from './oidc-metadata.ts';
import { isRecord } from './stated-fields.ts';

/** Between the clocks of the two sides; the library allows as much for `exp`. */
const TOLERANCE_SECONDS = 30;
/** An ID token comes straight from the token endpoint: it was made a moment ago. */
const MOST_AGE_SECONDS = 300;

/** A check of ours has failed; carries the answer, so that all checks read alike. */
class NotAccepted extends Error {
  override readonly name = 'NotAccepted';
  readonly failure: Failed;

  constructor(failure: Failed) {
    super(failure.detail);
    this.failure = failure;
  }
}

function refuse(reason: Failed['reason'], detail: string): never {
  throw new NotAccepted(failed(reason, detail));
}

export interface TokensToCheck {
  idToken: string;
  accessToken: string;
  claims: openid.IDToken;
}

/** @throws what `explainOidcError` explains */
export async function checkIdToken(
  { idToken, accessToken, claims }: TokensToCheck,
  { keys }: OidcProvider,
  nowSeconds: number,
): Promise<void> {
  await compactVerify(idToken, keys, { algorithms: [...signingAlgorithms] });
  if (claims.iat > nowSeconds + TOLERANCE_SECONDS) refuse('invalid', 'time_wrong');
  if (claims.iat < nowSeconds - MOST_AGE_SECONDS) refuse('invalid', 'time_wrong');
  // One that lies ahead would be as fresh as anybody asks for, for as long as it does.
  if ((claims.auth_time ?? 0) > nowSeconds + TOLERANCE_SECONDS) refuse('invalid', 'time_wrong');
  const stated = claims['at_hash'];
  if (stated === undefined) return;
  if (stated !== halfHash(accessToken, decodeProtectedHeader(idToken).alg ?? '')) {
    refuse('invalid', 'token_hash_wrong');
  }
}

/** OpenID Connect Core 3.1.3.6. */
function halfHash(token: string, algorithm: string): string {
  const bits = /^(?:Ed25519|EdDSA)$/u.test(algorithm) ? '512' : algorithm.slice(-3);
  const digest = createHash(`sha${bits}`).update(token, 'ascii').digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

/** Plain or signed (Core 5.3.2), of this subject and no other. @throws as above */
export async function readUserInfo(
  configuration: openid.Configuration,
  provider: OidcProvider,
  of: { accessToken: string; subject: string; clientId: string },
): Promise<Readonly<Record<string, unknown>>> {
  const { userinfo_endpoint: address, issuer } = provider.metadata;
  if (address === undefined) return {};
  const headers = new Headers({ accept: 'application/json, application/jwt' });
  const response = await openid.fetchProtectedResource(
    configuration,
    of.accessToken,
    new URL(address),
    'GET',
    undefined,
    headers,
  );
  if (response.status !== 200) throw new NotAccepted(failedWith(response.status));
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const claims: unknown =
    type === 'application/jwt'
      ? await signedClaims(await response.text(), provider, { issuer, audience: of.clientId })
      : await plainClaims(response);
  if (!isRecord(claims)) refuse('unavailable', 'answer_malformed');
  if (claims['sub'] !== of.subject) refuse('contradictory', 'subject_swapped');
  return claims;
}

/** Issuer and audience need not be in it, but must be right. */
async function signedClaims(
  token: string,
  { keys }: OidcProvider,
  expected: { issuer: string; audience: string },
): Promise<unknown> {
  const { payload } = await jwtVerify(token.trim(), keys, {
    algorithms: [...signingAlgorithms],
    clockTolerance: TOLERANCE_SECONDS,
  });
  if (payload.iss !== undefined && payload.iss !== expected.issuer) {
    refuse('invalid', 'issuer_wrong');
  }
  const isForUs = payload.aud === undefined || [payload.aud].flat().includes(expected.audience);
  if (!isForUs) refuse('invalid', 'audience_wrong');
  return payload;
}

async function plainClaims(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return refuse('unavailable', 'answer_malformed');
  }
}

/** The person, or a rule of the provider, said no (Core 3.1.2.6 and others). */
const REFUSALS = new Set([
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
  'unmet_authentication_requirements',
]);

/** @param code of the authorization response */
function authorizationError(code: string): Failed {
  if (REFUSALS.has(code)) return failed('refused', code);
  if (code === 'temporarily_unavailable' || code === 'server_error') {
    return failed('unavailable', 'told_server_error');
  }
  return failed('unavailable', 'request_not_accepted');
}

const CLAIM_DETAILS: Readonly<Record<string, string>> = {
  iss: 'issuer_wrong',
  aud: 'audience_wrong',
  azp: 'audience_wrong',
  nonce: 'nonce_wrong',
};

/**
 * What an exchange with a provider has thrown, as a failure.
 * @throws the error itself when neither the provider nor the way to it has caused it
 */
export function explainOidcError(error: unknown): Failed {
  if (error instanceof NotAccepted) return error.failure;
  const onTheWay = unavailableBy(error);
  if (onTheWay) return onTheWay;
  if (error instanceof openid.AuthorizationResponseError) return authorizationError(error.error);
  if (error instanceof openid.ResponseBodyError) return tokenEndpointFailure(error.error);
  if (error instanceof openid.WWWAuthenticateChallengeError) return challengeError(error);
  if (error instanceof openid.ClientError) return clientError(error);
  if (error instanceof errors.JOSEError) return signatureError(error);
  // Keys that are none, e.g. points on no curve.
  if (error instanceof DOMException) return failed('unavailable', 'keys_malformed');
  throw error;
}

function challengeError({ cause }: openid.WWWAuthenticateChallengeError): Failed {
  const isClient = cause.some(({ scheme }) => scheme === 'basic');
  return failed('unavailable', isClient ? 'client_not_accepted' : 'token_not_accepted');
}

const CLIENT_ERRORS: Readonly<Record<string, Failed>> = {
  OAUTH_RESPONSE_IS_NOT_JSON: failed('unavailable', 'answer_malformed'),
  OAUTH_PARSE_ERROR: failed('unavailable', 'answer_malformed'),
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: failed('invalid', 'time_wrong'),
  OAUTH_UNSUPPORTED_OPERATION: failed('invalid', 'algorithm_not_allowed'),
};

function clientError(error: openid.ClientError): Failed {
  if (error.cause instanceof Response && error.cause.status >= 300) {
    return failedWith(error.cause.status);
  }
  const details = detailsOf(error);
  if (error.code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED') {
    return failed('invalid', CLAIM_DETAILS[String(details['claim'])] ?? 'claim_wrong');
  }
  if (error.code === 'OAUTH_INVALID_RESPONSE') {
    // Of what the library gives with it: the header of a token, or a body that is not what it should be.
    if ('header' in details) return failed('invalid', 'algorithm_not_allowed');
    if ('body' in details) return failed('unavailable', 'answer_malformed');
  }
  return CLIENT_ERRORS[error.code ?? ''] ?? failed('invalid', 'answer_invalid');
}

/** What the library's error says of its reason, two causes down. */
function detailsOf(error: Error): Readonly<Record<string, unknown>> {
  const details: unknown = error.cause instanceof Error ? error.cause.cause : undefined;
  return isRecord(details) ? details : {};
}

/** The first two are how `jose` names a key set that it could not read. */
const SIGNATURE_ERRORS: Readonly<Record<string, Failed>> = {
  ERR_JOSE_GENERIC: failed('unavailable', 'keys_malformed'),
  ERR_JWKS_INVALID: failed('unavailable', 'keys_malformed'),
  ERR_JWK_INVALID: failed('unavailable', 'keys_malformed'),
  ERR_JWKS_TIMEOUT: failed('unavailable', 'timeout'),
  ERR_JWKS_NO_MATCHING_KEY: failed('invalid', 'key_unknown'),
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: failed('invalid', 'key_unknown'),
  ERR_JOSE_ALG_NOT_ALLOWED: failed('invalid', 'algorithm_not_allowed'),
  ERR_JOSE_NOT_SUPPORTED: failed('invalid', 'algorithm_not_allowed'),
  ERR_JWT_EXPIRED: failed('invalid', 'time_wrong'),
  ERR_JWT_CLAIM_VALIDATION_FAILED: failed('invalid', 'time_wrong'),
};

function signatureError({ code }: errors.JOSEError): Failed {
  return SIGNATURE_ERRORS[code] ?? failed('invalid', 'signature_wrong');
}
