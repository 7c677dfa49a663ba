// What an interaction has come to, written by compare-and-set: of two forms that were sent at once
// one decides, and nothing of the other replaces its answer.
import { CHOOSE_IDENTITY } from '../oidc/identity/identity-demand.ts';
import type { ArtefactStore } from '../oidc/storage/artefact-store.ts';
import type { LibraryInteraction } from './interaction-access.ts';

interface ResultDependencies {
  artefacts: ArtefactStore;
}

const FINAL_RESULTS = ['login', CHOOSE_IDENTITY, 'consent', 'error'] as const;

/** True when the answer stands and only the way back to the client is left. */
export function isSettled({ result }: { result?: unknown }): boolean {
  if (typeof result !== 'object' || result === null) return false;
  return FINAL_RESULTS.some((name) => name in result);
}

/**
 * Keeps what was proven so far; an identity of a peer that waits for an account stays beside it until
 * it is given as undefined. False when the interaction was settled or spent meanwhile.
 */
export async function keepProgress(
  { artefacts }: ResultDependencies,
  { uid }: LibraryInteraction,
  progress: object,
): Promise<boolean> {
  return artefacts.amend('Interaction', uid, (stored) =>
    isSettled(stored)
      ? undefined
      : { ...stored, result: { progress: { ...waitingIn(stored), ...progress } } },
  );
}

function waitingIn({ result }: { result?: unknown }): object {
  const { progress } = (result ?? {}) as { progress?: { arrival?: object; hinted?: object } };
  const { arrival, hinted } = progress ?? {};
  return { ...(arrival ? { arrival } : {}), ...(hinted ? { hinted } : {}) };
}

/** Answers the interaction. False when another answer was first, which stands then. */
export async function settle(
  { artefacts }: ResultDependencies,
  { uid }: LibraryInteraction,
  answer:
    | { login: object; forgetsSession?: boolean }
    | { [CHOOSE_IDENTITY]: object }
    | { consent: object }
    | { error: string; error_description: string },
): Promise<boolean> {
  return artefacts.amend('Interaction', uid, (stored) => {
    if (isSettled(stored)) return undefined;
    const former = 'error' in answer ? {} : (stored['lastSubmission'] as object | undefined);
    const { session, ...others } = stored;
    const { forgetsSession, ...result } = { forgetsSession: false, ...answer };
    // The library goes on only in the session that the interaction began in.
    const kept = forgetsSession ? others : { ...others, session };
    return { ...kept, result: { ...former, ...result } };
  });
}
