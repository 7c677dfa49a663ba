// Reading a person's data again with a refresh token. One refresh at a time for each session: two
// tabs that refresh at once share the answer instead of spending the same token twice.
import { ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import type { LocalSession } from './local-sessions.ts';
import type { RelyingParty } from './party.ts';
import { explainFailure } from './sign-in.ts';
import type { SignInProblem } from './sign-in.ts';

export type RefreshResult =
  | { ok: true }
  | { ok: false; reason: 'grant_ended' }
  | { ok: false; reason: 'failed'; problem: SignInProblem };

const underWay = new WeakMap<LocalSession, Promise<RefreshResult>>();

export async function refreshPerson(
  party: Pick<RelyingParty, 'provider' | 'log'>,
  session: LocalSession,
): Promise<RefreshResult> {
  const running = underWay.get(session);
  if (running) return running;
  const started = refreshOnce(party, session).finally(() => underWay.delete(session));
  underWay.set(session, started);
  return started;
}

async function refreshOnce(
  { provider, log }: Pick<RelyingParty, 'provider' | 'log'>,
  session: LocalSession,
): Promise<RefreshResult> {
  const { refreshToken } = session.tokens;
  if (refreshToken === undefined) return { ok: false, reason: 'grant_ended' };
  try {
    const tokens = await provider.refresh(refreshToken);
    // Kept before anything else can fail: the old one is spent.
    session.tokens = {
      accessToken: tokens.accessToken,
      accessExpiresAt: tokens.accessExpiresAt,
      refreshToken: tokens.refreshToken ?? refreshToken,
    };
    session.userInfo = await provider.fetchUserInfo(tokens.accessToken, session.subject);
    session.refreshedAt = Date.now();
    return { ok: true };
  } catch (error) {
    if (isGrantEnd(error)) {
      log({ event: 'grant_ended' });
      return { ok: false, reason: 'grant_ended' };
    }
    return { ok: false, reason: 'failed', problem: explainFailure(error) };
  }
}

function isGrantEnd(error: unknown): boolean {
  if (error instanceof ResponseBodyError) return error.error === 'invalid_grant';
  return error instanceof WWWAuthenticateChallengeError && error.status === 401;
}
