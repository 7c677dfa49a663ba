// An arrival that has ended in a sign-in counts in its interaction, in place of a password.
import type { ArrivalResult } from '../federation/arrival.ts';
import { FRESH_SIGN_IN_SECONDS } from '../oidc/lifetimes.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { heldAccount } from './held-account.ts';
import { interactionPath } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import type { SignInProgress } from './sign-in-progress.ts';
import { gatherSituation } from './sign-in-situation.ts';
import type { WaitingOver } from './waiting-arrival.ts';

interface Accepted {
  open: OpenInteraction;
  result: ArrivalResult;
  peerId: string;
}

/** What the peer has said counts from here on. */
export async function acceptArrival(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: Accepted,
): Promise<void> {
  const { interaction } = of.open;
  const upstream = upstreamPiece(of);
  await keepProgress(deps, interaction, { upstream, arrival: undefined });
  redirect(ctx, interactionPath(interaction.uid));
}

/**
 * The same request once more, of a browser whose answer was lost: it goes on with what that came to. False where
 * it came to nothing that counts, or somebody else has been proven in the interaction since.
 */
export async function resumeArrival(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, over }: { open: OpenInteraction; over: WaitingOver },
): Promise<boolean> {
  const { result, peer } = over;
  if (!result || !peer) return false;
  const held = await heldAccount(deps, open);
  if (held?.mayChange === false && held.account.id !== result.accountId) return false;
  const { account, isFresh, progress } = await gatherSituation(deps, open);
  if (isFresh && account?.id !== result.accountId) return false;
  // What was proven besides, a second factor for one, stays.
  if (progress.upstream?.signInId === result.signInId) {
    redirect(ctx, interactionPath(open.interaction.uid));
  } else {
    await acceptArrival(deps, ctx, { open, result, peerId: peer.id });
  }
  return true;
}

/** `max_age` counts from the sign-in there; a clock that runs ahead makes nobody younger. */
function upstreamPiece({ result, peerId }: Accepted): NonNullable<SignInProgress['upstream']> {
  const { accountId, signInId, at, methods, authenticatedAt: there } = result;
  // Where the peer does not say when, it was not just now.
  const authenticatedAt = Math.min(at, there ?? at - FRESH_SIGN_IN_SECONDS - 1);
  return { accountId, at, authenticatedAt, signInId, peerId, methods };
}
