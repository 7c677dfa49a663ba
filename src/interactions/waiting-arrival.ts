// An identity of another platform that waits in an interaction for the person's word.
import type { ArrivalPlace } from '../federation/arrival.ts';
import type { ReadArrival } from '../federation/read-arrival.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { readProgress } from './sign-in-progress.ts';
import type { SignInProgress } from './sign-in-progress.ts';

export interface Waiting {
  open: OpenInteraction;
  arrival: NonNullable<SignInProgress['arrival']>;
  read: ReadArrival;
}

/** What waited is over, in whatever way. */
export type WaitingOver = Awaited<ReturnType<InteractionDependencies['federation']['redeem']>> & {
  ok: false;
};

/** Undefined: nothing waits in this interaction. */
export async function takeWaiting(
  deps: InteractionDependencies,
  ctx: HttpContext,
  open: OpenInteraction,
): Promise<({ ok: true } & Waiting) | WaitingOver | undefined> {
  const { arrival } = readProgress(open.interaction, epochSeconds(deps.clock));
  if (!arrival) return undefined;
  const place = placeOf(open);
  const redeemed = await deps.federation.redeem({ state: arrival.state, place, address: ctx.ip });
  return redeemed.ok ? { ok: true, open, arrival, read: redeemed.read } : redeemed;
}

export async function readWaiting(
  deps: InteractionDependencies,
  ctx: HttpContext,
  open: OpenInteraction,
): Promise<Waiting | undefined> {
  const waiting = await takeWaiting(deps, ctx, open);
  return waiting?.ok === true ? waiting : undefined;
}

export function placeOf({ interaction: { uid } }: OpenInteraction): ArrivalPlace {
  return { kind: 'sign_in', uid };
}
