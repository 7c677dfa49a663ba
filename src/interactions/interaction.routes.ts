// The first page of an interaction and its second life: what is asked depends on the prompt and on
// how far the person has come; what is over can begin again.
import { z } from 'zod';
import { CHOOSE_IDENTITY } from '../oidc/identity/identity-demand.ts';
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
import { demandView } from './demand-view.ts';
import { consentRoutes, showConsent } from './consent.routes.ts';
import { finishSignIn } from './finish-sign-in.ts';
import { showIdentities } from './identity-page.ts';
import { identityQuery, identityRoutes } from './identity.routes.ts';
import {
  interactionParams,
  interactionPath,
  openInteraction,
  takeRestart,
} from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { newPasswordRoutes, showNewPassword } from './new-password.routes.ts';
import { showOrganisationStep } from './organisation-access.ts';
import { organisationCertificateRoutes } from './organisation-certificate.routes.ts';
import { organisationLicenceRoutes } from './organisation-licence.routes.ts';
import { passkeyEnrolmentRoutes } from './passkey-enrolment.routes.ts';
import { passkeyRoutes } from './passkey.routes.ts';
import { refusalRoutes } from './refusal.routes.ts';
import { registeredRoutes } from './registered.routes.ts';
import { secondFactorRoutes, showEnrolment, showSecondFactor } from './second-factor.routes.ts';
import { gatherSituation } from './sign-in-situation.ts';
import type { StepPage } from './sign-in-step-form.ts';
import { nextStep } from './sign-in-steps.ts';
import type { SignInStep } from './sign-in-steps.ts';
import { showSignIn } from './show-sign-in.ts';
import { signInQuery, signInRoutes } from './sign-in.routes.ts';
import { aimedProvince, beginAtIssuer, beginUpstream, hintedPeer } from './begin-upstream.ts';
import { keepProgress } from './interaction-result.ts';
import { readProgress } from './sign-in-progress.ts';
import { elsewhereRoutes } from './elsewhere.routes.ts';
import { bindRoutes, showBindStep } from './bind.routes.ts';
import { provinceRoutes, showProvince } from './province.routes.ts';
import { upstreamRoutes } from './upstream.routes.ts';
import { epochSeconds } from '../platform/clock.ts';

export function interactionRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/interaction/:uid',
      name: 'interactions.show',
      input: { params: interactionParams, query: signInQuery.extend(identityQuery.shape) },
      async handle(ctx, { params, query }) {
        const open = await openInteraction(deps, ctx, params.uid);
        if (!open) return;
        const { name } = open.interaction.prompt;
        if (name === 'consent') showConsent(ctx, open);
        else if (name === CHOOSE_IDENTITY)
          await showIdentities(deps, ctx, { open, looking: query });
        else await showSignInStep(deps, ctx, { open, query });
      },
    }),
    // Before the addresses of forms, of which its page is one.
    ...pageRoutes(deps),
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
    ...refusalRoutes(deps),
    ...confirmCodeRoutes(deps),
    ...passkeyRoutes(deps),
    ...passkeyEnrolmentRoutes(deps),
    ...secondFactorRoutes(deps),
    ...contactCodeRoutes(deps),
    ...newPasswordRoutes(deps),
    ...agreementRoutes(deps),
    ...registeredRoutes(deps),
    ...closingRoutes(deps),
    ...identityRoutes(deps),
    ...consentRoutes(deps),
  ];
}

/** Pages with addresses of their own. */
function pageRoutes(deps: InteractionDependencies): Route[] {
  return [
    ...codeRoutes(deps),
    ...organisationLicenceRoutes(deps),
    ...organisationCertificateRoutes(deps),
    ...upstreamRoutes(deps),
    ...bindRoutes(deps),
    ...provinceRoutes(deps),
    ...elsewhereRoutes(deps),
  ];
}

/** The sign-in page, or at once the platform that the client names; that is tried once. */
async function showFirstStep(
  deps: InteractionDependencies,
  ctx: HttpContext,
  asked: Parameters<typeof showSignIn>[2],
): Promise<void> {
  const { open } = asked;
  const { hinted } = readProgress(open.interaction, epochSeconds(deps.clock));
  if (hinted) return showSignIn(deps, ctx, asked);
  const aimed = aimedProvince(deps, open);
  const hint = aimed === undefined ? await hintedPeer(deps, open, ctx.ip) : { peerId: aimed };
  if (hint === undefined) return showSignIn(deps, ctx, asked);
  await keepProgress(deps, open.interaction, { hinted: { at: epochSeconds(deps.clock) } });
  if ('issuer' in hint) return beginAtIssuer(deps, ctx, { open, ...hint });
  const isRegistration = aimed !== undefined && open.aim === 'sign_up';
  await beginUpstream(deps, ctx, { open, ...hint, isRegistration });
}

async function showSignInStep(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, query }: { open: OpenInteraction; query: z.output<typeof signInQuery> },
): Promise<void> {
  const situation = await gatherSituation(deps, open);
  const next = nextStep(situation);
  switch (next.step) {
    case 'password':
      await showFirstStep(deps, ctx, { open, kind: query.kind, isLocal: query.local === 'yes' });
      return;
    case 'second_factor':
      showSecondFactor(deps, ctx, { open, situation });
      return;
    case 'organisation':
      showOrganisationStep(deps, ctx, { open, situation, next });
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
        ...demandView(deps, ctx, situation),
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
    case 'province':
    case 'link_due':
      showProvince(deps, ctx, { open, situation, step: next.step });
      return;
    case 'bind':
      await showBindStep(deps, ctx, { open, situation });
      return;
    case 'level_unmet':
    case 'level_unknown':
      showUnmet(deps, ctx, { open, situation, next });
      return;
    case 'finish':
      await finishSignIn(deps, ctx, { open, situation });
      return;
    default:
      next satisfies never;
  }
}

/** What no factor can bring the person to. */
function showUnmet(
  deps: InteractionDependencies,
  ctx: HttpContext,
  unmet: StepPage & { next: SignInStep & { step: 'level_unmet' | 'level_unknown' } },
): void {
  const { open, situation, next } = unmet;
  const { relyingParty } = open;
  const form = { action: `${interactionPath(open.interaction.uid)}/unmet` };
  if (next.step === 'level_unknown') {
    ctx.render('oidc/level-unknown', { relyingParty, form });
    return;
  }
  const { currentLevel, neededLevel, needsFactorToo } = next;
  const { service } = situation.demanded;
  ctx.render('oidc/level-unmet', {
    relyingParty,
    ...(service === undefined
      ? {}
      : { serviceName: deps.services.nameOf(service, ctx.state.locale) }),
    currentLevel,
    neededLevel,
    needsFactorToo,
    ...verifyOnline(deps, open, { neededLevel, kind: situation.account?.kind }),
    form,
  });
}

/** The way through the verification and back, where that brings the person far enough. */
function verifyOnline(
  { highestOnline, mode }: InteractionDependencies,
  { interaction }: OpenInteraction,
  of: { neededLevel: number; kind: string | undefined },
): { verifyHref?: string } {
  const highest = mode.mode === 'independent' ? highestOnline : (mode.province?.levelCap ?? 0);
  const canReach = of.kind === 'naturalPerson' && of.neededLevel <= highest;
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
