// From the provider's answer to a local session. What people and providers can bring about is
// returned as a reason; each reason has a page that says what to do next.
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import type { IdentityProvider, Tokens } from './identity-provider.ts';
import { readLevel } from './levels.ts';
import type { LocalSession, LocalSessions } from './local-sessions.ts';
import type { PendingSignIn } from './pending-sign-ins.ts';
import type { Site } from './sites.ts';

export type SignInProblem =
  | { ok: false; reason: 'refused'; error: string; description: string | undefined }
  | { ok: false; reason: 'answer_invalid'; error: string; description: string | undefined }
  | { ok: false; reason: 'unreachable'; cause: unknown }
  | { ok: false; reason: 'level_too_low'; level: number }
  | { ok: false; reason: 'ended_meanwhile' };

export type SignInResult = { ok: true; sessionId: string } | SignInProblem;

export type SignInDependencies = {
  readonly site: Site;
  readonly provider: IdentityProvider;
  readonly sessions: LocalSessions;
};

/** Completes a sign-in that this browser began. */
export async function completeSignIn(
  { site, provider, sessions }: SignInDependencies,
  answer: URL,
  pending: PendingSignIn,
): Promise<SignInResult> {
  try {
    const tokens = await provider.exchange(answer, pending);
    const { claims, idToken } = tokens;
    if (!claims || idToken === undefined) throw new Error('openid-client let no ID token pass');
    const level = readLevel(claims);
    if (level < site.minimumLevel) return { ok: false, reason: 'level_too_low', level };
    const userInfo = await provider.fetchUserInfo(tokens.accessToken, claims.sub);
    const sessionId = sessions.open(describeSession(tokens, { claims, idToken, userInfo }));
    return sessionId === undefined
      ? { ok: false, reason: 'ended_meanwhile' }
      : { ok: true, sessionId };
  } catch (error) {
    return explainFailure(error);
  }
}

function describeSession(
  tokens: Tokens,
  proven: {
    claims: LocalSession['idTokenClaims'] & { sub: string };
    idToken: string;
    userInfo: LocalSession['userInfo'];
  },
): LocalSession {
  const { claims, idToken, userInfo } = proven;
  const { accessToken, accessExpiresAt, refreshToken } = tokens;
  return {
    subject: claims.sub,
    sid: typeof claims['sid'] === 'string' ? claims['sid'] : undefined,
    idToken,
    idTokenClaims: claims,
    userInfo,
    tokens: { accessToken, accessExpiresAt, refreshToken },
    refreshedAt: undefined,
    signedInAt: Date.now(),
  };
}

/** Sorts openid-client's errors by what the person can do about them. */
export function explainFailure(error: unknown): SignInProblem {
  if (error instanceof AuthorizationResponseError) {
    const { error: code, error_description: description } = error;
    return { ok: false, reason: 'refused', error: code, description };
  }
  if (error instanceof ResponseBodyError) {
    const { error: code, error_description: description, status } = error;
    if (status >= 500) return { ok: false, reason: 'unreachable', cause: error };
    return { ok: false, reason: 'answer_invalid', error: code, description };
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const parameters = error.cause[0]?.parameters;
    const code = parameters?.error ?? 'invalid_token';
    return {
      ok: false,
      reason: 'answer_invalid',
      error: code,
      description: parameters?.error_description,
    };
  }
  if (error instanceof ClientError) return explainClientError(error);
  if (error instanceof TypeError) return { ok: false, reason: 'unreachable', cause: error };
  throw error;
}

/** openid-client's own refusals: an answer that does not fit what was asked, or no answer at all. */
function explainClientError(error: ClientError): SignInProblem {
  const isTransport =
    error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM';
  if (isTransport) return { ok: false, reason: 'unreachable', cause: error };
  return {
    ok: false,
    reason: 'answer_invalid',
    error: error.code ?? 'invalid_response',
    description: error.message,
  };
}
