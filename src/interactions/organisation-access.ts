// What the pages share on which an organisation shows that it is itself: in place of its password, or
// beside it.
import { displayName } from '../account/account-access.ts';
import type { ProvenOrganisation } from '../entity-sign-in/prove-organisation.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { demandView } from './demand-view.ts';
import { heldAccount } from './held-account.ts';
import { interactionPath } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { servedKinds } from './sign-in-page.ts';
import { accountOf, gatherSituation } from './sign-in-situation.ts';
import type { GatheredSituation } from './sign-in-situation.ts';
import type { StepPage } from './sign-in-step-form.ts';
import { nextStep } from './sign-in-steps.ts';
import type { OrganisationMeans, SignInStep } from './sign-in-steps.ts';
import { openSignIn } from './sign-in.routes.ts';

export interface ShowingOrganisation {
  open: OpenInteraction;
  situation: GatheredSituation;
  /** That has given its password and has to show more; undefined: whichever it is. */
  expected: { id: string; name: string } | undefined;
}

/** The address of a page on which it is shown. */
export function organisationHref(uid: string, page: string): string {
  return `${interactionPath(uid)}/organisation/${page}`;
}

/** Undefined when the browser has been led to what is due instead. */
export async function openForOrganisation(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: { uid: string; means: OrganisationMeans },
): Promise<ShowingOrganisation | undefined> {
  const { uid, means } = of;
  const open = await openSignIn(deps, ctx, uid);
  if (!open) return undefined;
  ctx.state.pageAddress = organisationHref(uid, means);
  const situation = await gatherSituation(deps, open);
  const next = nextStep(situation);
  const isOffered = deps.organisations.offered.includes(means);
  if (isOffered && next.step === 'password') {
    const held = await heldAccount(deps, open);
    const own = held?.mayChange === false ? held.account : undefined;
    const isServed = own ? own.kind === 'legalEntity' : servedKinds(open).includes('legalEntity');
    if (isServed) {
      const expected = own && { id: own.id, name: own.name ?? '' };
      return { open, situation, expected };
    }
  }
  if (next.step === 'organisation' && next.means.includes(means)) {
    const { id, name = '' } = accountOf(situation);
    return { open, situation, expected: { id, name } };
  }
  redirect(ctx, interactionPath(uid));
  return undefined;
}

/** What was shown counts from here on. */
export async function acceptOrganisation(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, situation, expected, proven }: ShowingOrganisation & { proven: ProvenOrganisation },
): Promise<void> {
  const { account, means, signInId, operator } = proven;
  const at = epochSeconds(deps.clock);
  const organisation = { accountId: account.id, at, means, signInId, operator };
  // In place of a password it begins anew: what was proven before for another counts no more.
  const former = expected ? situation.progress : {};
  await keepProgress(deps, open.interaction, { ...former, organisation });
  redirect(ctx, interactionPath(open.interaction.uid));
}

/** What every such page shows around its content. */
export async function organisationFrame(
  { accounts }: Pick<InteractionDependencies, 'accounts'>,
  { open, expected }: ShowingOrganisation,
) {
  const { interaction, relyingParty } = open;
  const path = interactionPath(interaction.uid);
  const accountId = interaction.session?.accountId;
  const present = accountId === undefined ? undefined : await accounts.findById(accountId);
  return {
    relyingParty,
    ...(expected ? { entityName: expected.name } : {}),
    ...(present && present.id !== expected?.id ? { replaces: displayName(present) } : {}),
    backHref: expected ? path : `${path}?kind=legalEntity`,
    cancelForm: { action: `${path}/cancel` },
  };
}

/** Which of its means it shows beside its password. */
export function showOrganisationStep(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: StepPage & { next: SignInStep & { step: 'organisation' } },
): void {
  const { open, situation, next } = page;
  const { uid } = open.interaction;
  const hrefOf = (means: OrganisationMeans) =>
    next.means.includes(means) ? { [`${means}Href`]: organisationHref(uid, means) } : {};
  ctx.render('entity-sign-in/organisation-step', {
    relyingParty: open.relyingParty,
    ...demandView(deps, ctx, situation),
    entityName: accountOf(situation).name ?? '',
    ...hrefOf('licence'),
    ...hrefOf('certificate'),
    form: { action: `${interactionPath(uid)}/unmet` },
  });
}
