// Somebody signs in to an account that they have asked to close: it is taken back here, or nothing is
// opened. After the factors, so that a stranger learns nothing.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { accountOf } from './sign-in-situation.ts';
import { dueStep } from './sign-in-step-form.ts';
import type { StepPage } from './sign-in-step-form.ts';

export function closingRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/closing',
      name: 'interactions.cancel_closing',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: z.object({}) },
      async handle(ctx, { params }) {
        const page = await dueStep(deps, ctx, { uid: params.uid, step: 'closing' });
        if (!page) return;
        const { id } = accountOf(page.situation);
        await deps.closing.cancel(id, { actor: id, address: ctx.ip });
        // The page that is due now says whether that was in time.
        redirect(ctx, interactionPath(params.uid));
      },
    }),
  ];
}

export function showClosing(ctx: HttpContext, { open, situation }: StepPage<never>): void {
  const { closing } = accountOf(situation);
  if (!closing) throw new Error('this account is not being closed');
  const path = interactionPath(open.interaction.uid);
  ctx.render('privacy/closing-sign-in', {
    relyingParty: open.relyingParty,
    until: closing.dueAt,
    form: { action: `${path}/closing` },
    cancelForm: { action: `${path}/cancel` },
  });
}
