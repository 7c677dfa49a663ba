// Whoever has proven an account here links the identity that has arrived from another platform, or not.
import { z } from 'zod';
import type { ArrivalResult } from '../federation/arrival.ts';
import type { BindProblem } from '../federation/federation.views.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { dueStep } from './sign-in-step-form.ts';
import type { StepPage } from './sign-in-step-form.ts';
import { showBinding } from './upstream-pages.ts';
import { readWaiting, takeWaiting } from './waiting-arrival.ts';

const empty = z.object({});

export function bindRoutes(deps: InteractionDependencies): Route[] {
  const form = (name: string, handle: (ctx: HttpContext, uid: string) => Promise<void>) =>
    defineRoute({
      method: 'POST',
      path: `/interaction/:uid/bind/${name}`,
      name: `interactions.bind_${name}`,
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: empty },
      handle: (ctx, { params: { uid } }) => handle(ctx, uid),
    });
  return [
    form('agree', (ctx, uid) => bind(deps, ctx, uid)),
    form('skip', async (ctx, uid) => {
      const page = await dueStep(deps, ctx, { uid, step: 'bind' });
      if (!page) return;
      const { open, situation } = page;
      const waiting = await readWaiting(deps, ctx, open);
      if (waiting) await deps.federation.decline(waiting.read, ctx.ip);
      await keepProgress(deps, open.interaction, { ...situation.progress, arrival: undefined });
      redirect(ctx, interactionPath(uid));
    }),
  ];
}

async function bind(deps: InteractionDependencies, ctx: HttpContext, uid: string): Promise<void> {
  const page = await dueStep(deps, ctx, { uid, step: 'bind' });
  if (!page) return;
  const { open, situation } = page;
  const waiting = await takeWaiting(deps, ctx, open);
  if (waiting?.ok !== true || !situation.account) {
    return goOn(deps, ctx, { page, bound: waiting?.ok === false ? waiting.result : undefined });
  }
  const bound = await deps.federation.bind(waiting.read, situation.account, ctx.ip);
  if (bound.ok) return goOn(deps, ctx, { page, bound: bound.result });
  const values = { peer: waiting.read.peer.names[ctx.state.locale] };
  const errors = [{ key: `federation.bind.problem.${bound.reason}`, values }] as const;
  showBinding(deps, ctx, { ...page, read: waiting.read, errors });
}

/** The step of a sign-in that has proven the account: whether it is to be linked. */
export async function showBindStep(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: StepPage<BindProblem>,
): Promise<void> {
  const waiting = await takeWaiting(deps, ctx, page.open);
  if (waiting?.ok === true) return showBinding(deps, ctx, { ...page, read: waiting.read });
  // It is over, or the peer is not trusted any more.
  await goOn(deps, ctx, { page, bound: waiting?.result });
}

/** Without it, unless it was linked: the sign-in rests on what was proven here, and ends with the one at the peer. */
async function goOn(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: { page: StepPage<BindProblem>; bound: ArrivalResult | undefined },
): Promise<void> {
  const { open, situation } = of.page;
  const { bound } = of;
  const at = epochSeconds(deps.clock);
  const isHers = bound !== undefined && bound.accountId === situation.account?.id;
  const later = isHers
    ? { later: { accountId: bound.accountId, at, signInId: bound.signInId } }
    : {};
  const progress = { ...situation.progress, arrival: undefined, ...later };
  await keepProgress(deps, open.interaction, progress);
  redirect(ctx, interactionPath(open.interaction.uid));
}
