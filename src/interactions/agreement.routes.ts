// An agreement that has changed since the person accepted it, asked on the way into a system: after
// the factors, so that only who could have signed in agrees.
import { z } from 'zod';
import type { AgreeProblem } from '../agreements/agreements.views.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { accountOf, SIGN_IN_AGREEMENT } from './sign-in-situation.ts';
import { dueStep } from './sign-in-step-form.ts';
import type { StepPage } from './sign-in-step-form.ts';

const body = z.object({
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});

export function agreementRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/agreement',
      name: 'interactions.agreement',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body },
      handle: (ctx, input) => agree(deps, ctx, { uid: input.params.uid, ...input.body }),
    }),
  ];
}

async function agree(
  deps: InteractionDependencies,
  ctx: HttpContext,
  given: z.output<typeof body> & { uid: string },
): Promise<void> {
  const page = await dueStep(deps, ctx, { uid: given.uid, step: 'agreement' });
  if (!page) return;
  if (given.agree !== 'yes') {
    showAgreement(deps, ctx, { ...page, errors: [problem('agreement.not_ticked')] });
    return;
  }
  const outcome = await deps.agreements.accept({
    accountId: accountOf(page.situation).id,
    name: SIGN_IN_AGREEMENT,
    version: given.agreement_version,
    language: ctx.state.locale,
    address: ctx.ip,
  });
  if (outcome.ok) redirect(ctx, interactionPath(given.uid));
  else showAgreement(deps, ctx, { ...page, errors: [problem('agreement.changed')] });
}

function problem(key: AgreeProblem) {
  return { field: 'agree', key } as const;
}

export function showAgreement(
  deps: Pick<InteractionDependencies, 'agreements'>,
  ctx: HttpContext,
  { open, errors = [] }: StepPage<AgreeProblem>,
): void {
  const path = interactionPath(open.interaction.uid);
  const { version, texts } = deps.agreements.current(SIGN_IN_AGREEMENT);
  const text = texts[ctx.state.locale];
  ctx.render(
    'agreements/agree',
    {
      relyingParty: open.relyingParty,
      title: text.title,
      text,
      form: { action: `${path}/agreement`, fields: { agreement_version: String(version) } },
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}
