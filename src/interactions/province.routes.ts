// Where the province alone signs people in: who has proven an account here is led there, to sign in by its
// link, or to link it.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { epochSeconds } from '../platform/clock.ts';
import { interactionParams, interactionPath, upstreamHref } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { accountOf } from './sign-in-situation.ts';
import { dueStep } from './sign-in-step-form.ts';
import type { StepPage } from './sign-in-step-form.ts';

export function provinceRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/province/later',
      name: 'interactions.province_later',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: z.object({}) },
      async handle(ctx, { params: { uid } }) {
        const page = await dueStep(deps, ctx, { uid, step: 'link_due' });
        if (!page) return;
        const { open, situation } = page;
        const later = { accountId: accountOf(situation).id, at: epochSeconds(deps.clock) };
        await keepProgress(deps, open.interaction, { ...situation.progress, later });
        redirect(ctx, interactionPath(uid));
      },
    }),
  ];
}

export function showProvince(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { step, ...page }: StepPage & { step: 'province' | 'link_due' },
): void {
  const locals = presentProvince(deps, ctx, page);
  const path = interactionPath(page.open.interaction.uid);
  const isStronger = page.situation.atProvince === 'stronger';
  if (step === 'province') ctx.render('registration-mode/at-province', { ...locals, isStronger });
  else {
    const laterForm = { action: `${path}/province/later` };
    ctx.render('registration-mode/link-due', { ...locals, laterForm });
  }
}

function presentProvince(
  { mode }: InteractionDependencies,
  ctx: HttpContext,
  { open: { interaction, relyingParty } }: StepPage,
) {
  const { province } = mode;
  const { uid } = interaction;
  return {
    relyingParty,
    peerId: province?.id ?? '',
    peerName: province?.names[ctx.state.locale] ?? '',
    goHref: upstreamHref(uid, province?.id ?? ''),
    cancelForm: { action: `${interactionPath(uid)}/cancel` },
  };
}
