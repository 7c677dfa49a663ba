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

export async function readWaiting(
  deps: InteractionDependencies,
  ctx: HttpContext,
  open: OpenInteraction,
): Promise<Waiting | undefined> {
  const { arrival } = readProgress(open.interaction, epochSeconds(deps.clock));
  if (!arrival) return undefined;
  const place = placeOf(open);
  const redeemed = await deps.federation.redeem({ state: arrival.state, place, address: ctx.ip });
  return redeemed.ok ? { open, arrival, read: redeemed.read } : undefined;
}

export function placeOf({ interaction: { uid } }: OpenInteraction): ArrivalPlace {
  return { kind: 'sign_in', uid };
}
