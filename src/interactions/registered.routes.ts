// Goes on with an account that was registered or recovered in this browser a moment ago: its password
// was chosen there and is not typed again.
import { z } from 'zod';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { servedKinds } from './sign-in-page.ts';
import { goOn, openSignIn } from './sign-in.routes.ts';

/** The first password of an account: one that was changed since is asked for. */
const FIRST_REVISION = 1;

const ways = ['registered', 'recovered'] as const;
type Way = (typeof ways)[number];

export function registeredRoutes(deps: InteractionDependencies): Route[] {
  return ways.map((way) =>
    defineRoute({
      method: 'POST',
      path: `/interaction/:uid/${way}`,
      name: `interactions.${way}`,
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: z.object({}) },
      async handle(ctx, { params }) {
        const open = await openSignIn(deps, ctx, params.uid);
        if (open && !(await goOnWith(deps, ctx, { open, way }))) {
          redirect(ctx, interactionPath(params.uid));
        }
      },
    }),
  );
}

interface ChosenPassword {
  accountId: string;
  at: number;
  passwordRevision: number;
  isFirst: boolean;
}

async function goOnWith(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, way }: { open: OpenInteraction; way: Way },
): Promise<boolean> {
  if (way === 'registered' && !servedKinds(open).includes('naturalPerson')) return false;
  const chosen = await take(deps, ctx, way);
  if (!chosen) return false;
  const { accountId, at, passwordRevision, isFirst } = chosen;
  const account = await deps.accounts.findById(accountId);
  const state = await deps.passwords.stateOf(accountId);
  if (!account?.isActive || state?.revision !== passwordRevision) return false;
  const { revision, due } = state;
  const proven = { accountId, at, isKnownDevice: false, revision };
  const password = isFirst ? { ...proven, isFirst } : proven;
  await goOn(deps, ctx, { open, verified: { account, password, due } });
  return true;
}

async function take(
  deps: InteractionDependencies,
  ctx: HttpContext,
  way: Way,
): Promise<ChosenPassword | undefined> {
  if (way === 'registered') {
    const registered = await deps.registered.take(ctx);
    return registered && { ...registered, passwordRevision: FIRST_REVISION, isFirst: true };
  }
  const recovered = await deps.recovered.take(ctx);
  return recovered && { ...recovered, isFirst: false };
}
