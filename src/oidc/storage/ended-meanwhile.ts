// A request that opens something for an account asks, once that is stored, whether everything of the
// account was ended meanwhile. Whoever ends it first notes that and then lists what there is: so one
// of both finds the other (account-ending-store.ts).
import { errors } from 'oidc-provider';
import type { SessionStore } from '../../sessions/session-store.ts';
import { storing } from './database-failure.ts';
import { currentMemo } from './request-memo.ts';

export interface EndedMeanwhileDependencies {
  sessions: Pick<SessionStore, 'endings' | 'findByUid'>;
  /** What organisations have signed in with. */
  entitySignIns: { use(id: string): Promise<boolean> };
  /** By what people came from a peer. */
  upstreamSignIns: { use(id: string): Promise<boolean> };
}

/** True when what this request signs in or goes on with has ended since it was checked. */
export async function hasEndedMeanwhile(
  { sessions, entitySignIns, upstreamSignIns }: EndedMeanwhileDependencies,
  accountId: string,
): Promise<boolean> {
  const memo = currentMemo();
  if (!memo) return false;
  const { session, signingIn } = memo;
  const own = signingIn?.accountId === accountId ? signingIn : undefined;
  const signInId = own?.entitySignInId;
  const upstreamId = own?.upstreamSignInId;
  const answers = await storing(() =>
    Promise.all([
      own && sessions.endings.countOf(accountId).then((count) => count !== own.endings),
      session?.accountId === accountId &&
        sessions.findByUid(session.uid).then((found) => found === undefined),
      signInId !== undefined && entitySignIns.use(signInId).then((stands) => !stands),
      upstreamId !== undefined && upstreamSignIns.use(upstreamId).then((stands) => !stands),
    ]),
  );
  return answers.includes(true);
}

/** Told on a page: the person begins anew. */
export function endedMeanwhile(): Error {
  const error = new errors.SessionNotFound('everything of this account was ended meanwhile');
  return Object.assign(error, { allow_redirect: false });
}
