// Somebody who registered in another city: the number is blinded and looked up, and the person is sent
// home to sign in. Whether it is registered anywhere shows on no page of ours (docs/decisions/0026).
import { z } from 'zod';
import { checkCertificate } from '../accounts/identity-number.ts';
import type { Certificate } from '../accounts/identity-number.ts';
import type { ElsewhereProblem } from '../federation/federation.views.ts';
import { newTraceId, readTraceId, TRACE_PARAMETER } from '../oidc/claims/upstream-hints.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { beginAtIssuer } from './begin-upstream.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { servedKinds } from './sign-in-page.ts';
import { openForUpstream } from './upstream.routes.ts';

const body = z.object({ number: z.string().max(100).default('') });

export function elsewhereRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid/elsewhere',
      name: 'interactions.elsewhere_page',
      input: { params: interactionParams },
      async handle(ctx, { params: { uid } }) {
        const open = await openElsewhere(deps, ctx, uid);
        if (open) showElsewhere(ctx, open);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/elsewhere',
      name: 'interactions.elsewhere',
      limiter: 'elsewhere',
      csrf: 'token',
      input: { params: interactionParams, body },
      async handle(ctx, { params: { uid }, body: { number } }) {
        const open = await openElsewhere(deps, ctx, uid);
        if (open) await sendHome(deps, ctx, { open, typed: number });
      },
    }),
  ];
}

async function openElsewhere(
  deps: InteractionDependencies,
  ctx: HttpContext,
  uid: string,
): Promise<OpenInteraction | undefined> {
  const open = await openForUpstream(deps, ctx, uid);
  if (!open) return undefined;
  if (deps.findHome && servedKinds(open).includes('naturalPerson')) return open;
  redirect(ctx, interactionPath(uid));
  return undefined;
}

async function sendHome(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, typed }: { open: OpenInteraction; typed: string },
): Promise<void> {
  const read = readNumber(deps, typed);
  if (!read.ok) return showElsewhere(ctx, open, read.problem);
  // As the request came with it; else of its own.
  const given = readTraceId(open.interaction.params[TRACE_PARAMETER]);
  const traceId = given ?? newTraceId(deps);
  const found = await deps.findHome?.(read.certificate, { traceId });
  const issuer = found?.ok === true ? found.homePlatform.issuer : undefined;
  if (issuer === undefined) return showElsewhere(ctx, open, 'federation.elsewhere.unavailable');
  await beginAtIssuer(deps, ctx, { open, issuer, traceId });
}

type ReadNumber = { ok: true; certificate: Certificate } | { ok: false; problem: ElsewhereProblem };

function readNumber({ clock }: InteractionDependencies, typed: string): ReadNumber {
  const number = typed.normalize('NFKC').replaceAll(/\s/gu, '');
  if (number === '') return { ok: false, problem: 'federation.elsewhere.number_missing' };
  const checked = checkCertificate({ type: '111', number }, clock.now());
  return checked.outcome === 'valid'
    ? { ok: true, certificate: checked.certificate }
    : { ok: false, problem: 'federation.elsewhere.number_wrong' };
}

/** What was typed never comes back: the page may be seen by the next person in the hall. */
function showElsewhere(ctx: HttpContext, open: OpenInteraction, problem?: ElsewhereProblem): void {
  const { uid } = open.interaction;
  const path = interactionPath(uid);
  const isField = problem !== undefined && problem !== 'federation.elsewhere.unavailable';
  ctx.state.pageAddress = `${path}/elsewhere`;
  ctx.render(
    'federation/elsewhere',
    {
      relyingParty: open.relyingParty,
      form: { action: `${path}/elsewhere` },
      backHref: path,
      signUpHref: `/sign-up?interaction=${uid}`,
      errors:
        problem === undefined ? [] : [{ ...(isField ? { field: 'number' } : {}), key: problem }],
    },
    { status: problem === undefined ? 200 : isField ? 422 : 503 },
  );
}
