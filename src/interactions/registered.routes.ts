// Goes on with an account that was registered in this browser a moment ago: its password was chosen
// there and is not typed again.
import { z } from 'zod';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { interactionParams, interactionPath, redirectOn } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { servedKinds } from './sign-in-page.ts';
import { goOn, openSignIn } from './sign-in.routes.ts';

/** The first password of an account: one that was changed since is asked for. */
const FIRST_REVISION = 1;

export function registeredRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/registered',
      name: 'interactions.registered',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: z.object({}) },
      async handle(ctx, { params }) {
        const open = await openSignIn(deps, ctx, params.uid);
        if (open && !(await goOnRegistered(deps, ctx, open))) {
          redirectOn(ctx, interactionPath(params.uid));
        }
      },
    }),
  ];
}

async function goOnRegistered(
  deps: InteractionDependencies,
  ctx: HttpContext,
  open: OpenInteraction,
): Promise<boolean> {
  if (!servedKinds(open).includes('naturalPerson')) return false;
  const registered = await deps.registered.take(ctx);
  if (!registered) return false;
  const { accountId, at } = registered;
  const account = await deps.accounts.findById(accountId);
  const state = await deps.passwords.stateOf(accountId);
  if (!account?.isActive || state?.revision !== FIRST_REVISION) return false;
  const { revision, due } = state;
  const password = { accountId, at, isKnownDevice: false, revision, isFirst: true };
  await goOn(deps, ctx, { open, verified: { account, password, due } });
  return true;
}
