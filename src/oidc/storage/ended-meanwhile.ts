// A request that opens something for an account asks, once that is stored, whether everything of the
// account was ended meanwhile. Whoever ends it first notes that and then lists what there is: so one
// of both finds the other (account-ending-store.ts).
import { errors } from 'oidc-provider';
import type { SessionStore } from '../../sessions/session-store.ts';
import { storing } from './database-failure.ts';
import { currentMemo } from './request-memo.ts';

/** True when what this request signs in or goes on with has ended since it was checked. */
export async function hasEndedMeanwhile(
  sessions: Pick<SessionStore, 'endings' | 'findByUid'>,
  accountId: string,
): Promise<boolean> {
  const memo = currentMemo();
  if (!memo) return false;
  const { session, signingIn } = memo;
  const [isOvertaken, isSessionGone] = await storing(() =>
    Promise.all([
      signingIn?.accountId === accountId &&
        sessions.endings.countOf(accountId).then((count) => count !== signingIn.endings),
      session?.accountId === accountId &&
        sessions.findByUid(session.uid).then((found) => found === undefined),
    ]),
  );
  return isOvertaken || isSessionGone;
}

/** Told on a page: the person begins anew. */
export function endedMeanwhile(): Error {
  const error = new errors.SessionNotFound('everything of this account was ended meanwhile');
  return Object.assign(error, { allow_redirect: false });
}
