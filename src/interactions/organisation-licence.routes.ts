// Signing an organisation in with its electronic licence: the page with the QR code, begun by a form,
// looked at as often as one likes, over after some minutes.
import { z } from 'zod';
import type { LicenceRequest } from '../entity-proofs/licence-request-store.ts';
import { presentedLicence } from '../entity-proofs/presented-licence.ts';
import type { SignInLicenceProblem } from '../entity-sign-in/prove-organisation.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { interactionParams } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import {
  acceptOrganisation,
  openForOrganisation,
  organisationFrame,
  organisationHref,
} from './organisation-access.ts';
import type { ShowingOrganisation } from './organisation-access.ts';

const request = z.string().max(100).default('');

export function organisationLicenceRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid/organisation/licence',
      name: 'interactions.licence_page',
      input: { params: interactionParams, query: z.object({ request }) },
      async handle(ctx, { params: { uid }, query: { request: state } }) {
        const showing = await openForOrganisation(deps, ctx, { uid, means: 'licence' });
        if (!showing) return;
        const found = state === '' ? undefined : await deps.organisations.findLicence(uid, state);
        const reason = state !== '' && !found ? 'over' : undefined;
        await showPage(deps, ctx, { showing, state, request: found, reason });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/organisation/licence',
      name: 'interactions.licence_begin',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: z.object({}) },
      async handle(ctx, { params: { uid } }) {
        const showing = await openForOrganisation(deps, ctx, { uid, means: 'licence' });
        if (!showing) return;
        const begun = await deps.organisations.beginLicence({ uid, address: ctx.ip });
        if (begun.ok) return redirect(ctx, pageHref(uid, begun.state));
        const nothing = { state: '', request: undefined };
        await showPage(deps, ctx, { showing, ...nothing, reason: begun.reason });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/organisation/licence-check',
      name: 'interactions.licence_check',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: z.object({ request }) },
      handle: (ctx, { params: { uid }, body }) => check(deps, ctx, { uid, state: body.request }),
    }),
  ];
}

function pageHref(uid: string, state: string): string {
  return `${organisationHref(uid, 'licence')}?request=${encodeURIComponent(state)}`;
}

async function check(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { uid, state }: { uid: string; state: string },
): Promise<void> {
  const showing = await openForOrganisation(deps, ctx, { uid, means: 'licence' });
  if (!showing) return;
  ctx.state.pageAddress = pageHref(uid, state);
  const accountId = showing.expected?.id;
  const place = { uid, state, accountId, address: ctx.ip };
  const outcome = await deps.organisations.proveByLicence(place);
  if (outcome.ok) {
    await acceptOrganisation(deps, ctx, { ...showing, proven: outcome.proven });
    return;
  }
  const { reason } = outcome;
  if (reason !== 'waiting') deps.metrics.signIn('credentials_wrong');
  // Sent twice, the first was right: the second is led on.
  if (reason === 'over' && !(await openForOrganisation(deps, ctx, { uid, means: 'licence' })))
    return;
  const request = await deps.organisations.findLicence(uid, state);
  await showPage(deps, ctx, { showing, state, request, reason });
}

const STATUS: Partial<Record<SignInLicenceProblem, number>> = {
  waiting: 200,
  over: 410,
  tries_used_up: 429,
  platform_unavailable: 503,
};

async function showPage(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: {
    showing: ShowingOrganisation;
    state: string;
    request: LicenceRequest | undefined;
    reason: SignInLicenceProblem | undefined;
  },
): Promise<void> {
  const { showing, state, request, reason } = page;
  const { uid } = showing.open.interaction;
  const action = organisationHref(uid, 'licence-check');
  const problem = reason === 'waiting' ? undefined : reason;
  ctx.render(
    'entity-sign-in/organisation-licence',
    {
      ...(await organisationFrame(deps, showing)),
      beginForm: { action: organisationHref(uid, 'licence') },
      ...(request ? { presenting: await presentedLicence(request, { action, state }) } : {}),
      isWaiting: reason === 'waiting',
      errors: problem ? [{ key: `entity-sign-in.licence.problem.${problem}` }] : [],
    },
    { status: reason ? (STATUS[reason] ?? 422) : 200 },
  );
}
