// Where peers send people and tokens: the return from a sign-in there, and the word that a session there
// has ended (OpenID Connect Back-Channel Logout 1.0).
import { z } from 'zod';
import { accountPaths } from '../account/account-paths.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ArrivalPlace } from './arrival.ts';
import { RETURN_PATH } from './begin-arrival.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { keepAnswer } from './redeem-arrival.ts';

const peer = z
  .string()
  .max(64)
  .regex(/^[a-z\d-]+$/u);
/** Whatever a dialect brings back; a name that comes twice counts as none. */
const answer = z.record(
  z.string().max(100),
  z.union([z.string().max(8000), z.array(z.string().max(8000)).max(20)]),
);

export function federationRoutes(deps: Pick<FederationDependencies, 'arrivals'>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: `${RETURN_PATH}/:peer`,
      name: 'federation.return',
      limiter: 'signIn',
      input: { params: z.object({ peer }), query: answer },
      handle: (ctx, { params, query }) => takeReturn(deps, ctx, { peerId: params.peer, query }),
    }),
  ];
}

async function takeReturn(
  deps: Pick<FederationDependencies, 'arrivals'>,
  ctx: HttpContext,
  { peerId, query }: { peerId: string; query: z.output<typeof answer> },
): Promise<void> {
  const single = Object.entries(query).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const callback = Object.fromEntries(single);
  const { state = '' } = callback;
  const place = state === '' ? undefined : await keepAnswer(deps, { peerId, state, callback });
  if (!place) {
    ctx.render('oidc/interaction-expired', { reason: 'expired' }, { status: 400 });
    return;
  }
  redirect(ctx, `${placePath(place)}?state=${encodeURIComponent(state)}`);
}

/** Only there is it known whether it is the browser that went to the peer. */
function placePath(place: ArrivalPlace): string {
  return place.kind === 'link' ? accountPaths.linkArrived : `/interaction/${place.uid}/arrived`;
}
