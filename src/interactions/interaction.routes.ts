// The first page of an interaction and its second life: what is asked depends on the prompt and on
// how far the person has come; what is over can begin again.
import { z } from 'zod';
import { AUTHORIZE_PATH, PARKED_PARAMETER, toQuery } from '../oidc/storage/parked-request.ts';
import type { ParkedRequestStore } from '../oidc/storage/parked-request-store.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { agreementRoutes, showAgreement } from './agreement.routes.ts';
import { contactCodeRoutes, showContactCode } from './contact-code.routes.ts';
import { closingRoutes, showClosing } from './closing.routes.ts';
import { codeRoutes } from './code.routes.ts';
import { confirmCodeRoutes, showConfirmCode } from './confirm-code.routes.ts';
import { consentRoutes, showConsent } from './consent.routes.ts';
import { finishSignIn } from './finish-sign-in.ts';
import {
  interactionParams,
  interactionPath,
  openInteraction,
  takeRestart,
} from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { newPasswordRoutes, showNewPassword } from './new-password.routes.ts';
import { passkeyEnrolmentRoutes } from './passkey-enrolment.routes.ts';
import { passkeyRoutes } from './passkey.routes.ts';
import { registeredRoutes } from './registered.routes.ts';
import { secondFactorRoutes, showEnrolment, showSecondFactor } from './second-factor.routes.ts';
import { gatherSituation } from './sign-in-situation.ts';
import { nextStep } from './sign-in-steps.ts';
import { showSignIn, signInQuery, signInRoutes } from './sign-in.routes.ts';

export function interactionRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid',
      name: 'interactions.show',
      input: { params: interactionParams, query: signInQuery },
      async handle(ctx, { params, query }) {
        const open = await openInteraction(deps, ctx, params.uid);
        if (!open) return;
        if (open.interaction.prompt.name === 'consent') showConsent(ctx, open);
        else await showSignInStep(deps, ctx, { open, kind: query.kind });
      },
    }),
    // Before the addresses of forms, of which its page is one.
    ...codeRoutes(deps),
    ...['/interaction/:uid/:form', '/interaction/:uid/:form/:part'].map((path) =>
      // The address of a form, opened by itself: after an error it stands in the address bar.
      defineRoute({
        method: 'GET',
        path,
        name: path.endsWith(':part') ? 'interactions.form_part' : 'interactions.form',
        input: { params: interactionParams },
        handle: (ctx, { params }) => redirect(ctx, interactionPath(params.uid)),
      }),
    ),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/restart',
      name: 'interactions.restart',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: z.object({}) },
      async handle(ctx, { params }) {
        const stored = await takeRestart(deps, ctx, params.uid);
        if (!stored) {
          redirect(ctx, interactionPath(params.uid));
          return;
        }
        redirect(ctx, await restartAddress(deps.parked, stored));
      },
    }),
    ...signInRoutes(deps),
    ...confirmCodeRoutes(deps),
    ...passkeyRoutes(deps),
    ...passkeyEnrolmentRoutes(deps),
    ...secondFactorRoutes(deps),
    ...contactCodeRoutes(deps),
    ...newPasswordRoutes(deps),
    ...agreementRoutes(deps),
    ...registeredRoutes(deps),
    ...closingRoutes(deps),
    ...consentRoutes(deps),
  ];
}

async function showSignInStep(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, kind }: { open: OpenInteraction; kind: Parameters<typeof showSignIn>[2]['kind'] },
): Promise<void> {
  const situation = await gatherSituation(deps, open);
  const next = nextStep(situation);
  switch (next.step) {
    case 'password':
      await showSignIn(deps, ctx, { open, kind });
      return;
    case 'second_factor':
      showSecondFactor(ctx, { open, situation });
      return;
    case 'confirm_code':
      await showConfirmCode(deps, ctx, { open, situation });
      return;
    case 'enrol':
      await showEnrolment(deps, ctx, { open, situation });
      return;
    case 'contact_code':
      await showContactCode(deps, ctx, { open, situation });
      return;
    case 'contact_missing':
      ctx.render('credentials/contact-missing', {
        relyingParty: open.relyingParty,
        form: { action: `${interactionPath(open.interaction.uid)}/unmet` },
      });
      return;
    case 'closing':
      showClosing(ctx, { open, situation });
      return;
    case 'new_password':
      showNewPassword(ctx, { open, situation });
      return;
    case 'agreement':
      showAgreement(deps, ctx, { open, situation });
      return;
    case 'level_unmet':
      ctx.render('oidc/level-unmet', {
        relyingParty: open.relyingParty,
        currentLevel: next.currentLevel,
        neededLevel: next.neededLevel,
        ...verifyOnline(deps, open, { ...next, kind: situation.account?.kind }),
        form: { action: `${interactionPath(open.interaction.uid)}/unmet` },
      });
      return;
    case 'finish':
      await finishSignIn(deps, ctx, { open, situation });
      return;
    default:
      next satisfies never;
  }
}

/** The way through the verification and back, where that brings the person far enough. */
function verifyOnline(
  { highestOnline }: InteractionDependencies,
  { interaction }: OpenInteraction,
  of: { neededLevel: number; kind: string | undefined },
): { verifyHref?: string } {
  const canReach = of.kind === 'naturalPerson' && of.neededLevel <= highestOnline;
  return canReach ? { verifyHref: `/verification?continue=${interaction.uid}` } : {};
}

/** The same request again; its parameters stay out of the address. */
async function restartAddress(
  parked: ParkedRequestStore,
  params: Record<string, unknown>,
): Promise<string> {
  const texts = Object.entries(params).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const id = await parked.park(AUTHORIZE_PATH, toQuery(Object.fromEntries(texts)));
  return `${AUTHORIZE_PATH}?${PARKED_PARAMETER}=${id}`;
}
