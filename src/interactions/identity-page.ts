// The page on which an identity is chosen: what it lists, what is suggested, and why something is not
// there.
import { displayName } from '../account/account-access.ts';
import type { Account } from '../accounts/account.ts';
import type { ActingIdentity } from '../mandates/acting.ts';
import { shownEnd } from '../mandates/mandate-terms.ts';
import type { ChooseIdentityProblem, IdentityView } from '../oidc/oidc.views.ts';
import { identityRefusals } from '../oidc/identity/identity-at-client.ts';
import { identityDemandOf, identityKey, numberOf } from '../oidc/identity/identity-demand.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { endedBefore } from './ended-identity.ts';
import { identityChoices, whomToAsk } from './identity-choices.ts';
import type { IdentityChoices, UnusableIdentity } from './identity-choices.ts';
import { interactionPath } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';

export const SELF = 'self';
const PAGE_SIZE = 8;
const MAX_EXPLAINED = 5;

/** What a reader looks for among many. */
export interface Looking {
  q: string;
  page: number;
}

interface IdentityPage {
  open: OpenInteraction;
  looking: Looking;
  problem?: ChooseIdentityProblem;
}

export async function showIdentities(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: IdentityPage,
): Promise<void> {
  const { open, problem } = page;
  const account = await chooser(deps, open);
  const { reasons } = open.interaction.prompt;
  if (reasons.includes('identity_unserved')) {
    showUnserved(ctx, { open, account });
    return;
  }
  const choices = await identityChoices(deps, open, { account, sought: page.looking.q });
  const { unusable, usable, offersSelf } = choices;
  if (usable.length === 0 && !offersSelf) {
    ctx.render('oidc/no-identity', {
      relyingParty: open.relyingParty,
      reason: choices.demand.offersEntities ? 'no_mandate' : 'unserved',
      unusable: await explain(deps, ctx, unusable),
      cancelForm: { action: `${interactionPath(open.interaction.uid)}/cancel` },
    });
    return;
  }
  const preselected = await preselectedOf(deps, open, choices);
  const list = listOf(choices, { ...page.looking, preselected });
  const problems = problem ?? problemOf(open);
  const ended = await endedBefore(deps, { account, clientId: open.client.clientId, choices });
  const path = interactionPath(open.interaction.uid);
  ctx.render(
    'oidc/choose-identity',
    {
      relyingParty: open.relyingParty,
      ...(offersSelf ? { self: { value: SELF, ...selfOf(account) } } : {}),
      identities: list.shown.map((each) => viewOf(deps, ctx, each)),
      preselected,
      ...(usable.length > PAGE_SIZE ? { search: searchOf(path, page.looking, list) } : {}),
      unusable: await explain(deps, ctx, unusable),
      isHintUnmet: isHintUnmet(choices),
      ...(ended ? { ended } : {}),
      form: { action: `${path}/identity`, fields: fieldsOf(page.looking) },
      cancelForm: { action: `${path}/cancel` },
      errors: problems ? [{ field: 'identity', key: problems }] : [],
    },
    { status: problem ? 422 : 200 },
  );
}

/** Who chooses. */
export async function chooser(deps: InteractionDependencies, { interaction }: OpenInteraction) {
  const { accountId } = interaction.session ?? {};
  const account = accountId === undefined ? undefined : await deps.accounts.findById(accountId);
  if (!account) throw new AppError('interaction_expired');
  return account;
}

function showUnserved(
  ctx: HttpContext,
  { open, account }: { open: OpenInteraction; account: Account },
): void {
  ctx.render('oidc/no-identity', {
    relyingParty: open.relyingParty,
    reason: unservedReason(open, account),
    unusable: [],
    cancelForm: { action: `${interactionPath(open.interaction.uid)}/cancel` },
  });
}

function unservedReason(
  { client, interaction }: OpenInteraction,
  { kind }: Account,
): 'unserved' | 'other_account' | 'other_organisation' {
  if (kind === 'naturalPerson') return 'unserved';
  const demand = identityDemandOf(client, interaction.params as Record<string, unknown>);
  const isOther = kind === 'legalEntity' && demand.offersEntities && demand.usccHint !== undefined;
  return isOther ? 'other_organisation' : 'other_account';
}

/** What is suggested comes first, whatever page it would stand on. */
function listOf(
  { usable, isCut }: IdentityChoices,
  { q, page, preselected }: Looking & { preselected: string },
) {
  const sought = q.trim().toUpperCase();
  const isSuggested = (identity: ActingIdentity) =>
    Number(identityKey(identity.reference) === preselected);
  const found = usable
    .filter(({ entity }) =>
      `${entity.name ?? ''}\n${numberOf(entity) ?? ''}`.toUpperCase().includes(sought),
    )
    .toSorted((a, b) => isSuggested(b) - isSuggested(a));
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const at = Math.min(page, pages);
  const shown = found.slice((at - 1) * PAGE_SIZE, at * PAGE_SIZE);
  return { shown, found: found.length, at, pages, total: usable.length, isCut };
}

function searchOf(path: string, { q }: Looking, list: ReturnType<typeof listOf>) {
  const hrefOf = (page: number) =>
    `${path}?${new URLSearchParams({ q, page: String(page) }).toString()}`;
  const { at, pages, found, total, isCut } = list;
  return {
    action: path,
    q,
    found,
    total,
    page: at,
    pages,
    isCut,
    ...(at > 1 ? { previousHref: hrefOf(at - 1) } : {}),
    ...(at < pages ? { nextHref: hrefOf(at + 1) } : {}),
  };
}

function fieldsOf({ q, page }: Looking): Record<string, string> {
  return { q, page: String(page) };
}

/** What the client hints at, else what was chosen last; the person decides. */
async function preselectedOf(
  { suggestions }: InteractionDependencies,
  { client, interaction }: OpenInteraction,
  { demand, usable, offersSelf }: IdentityChoices,
): Promise<string> {
  const { usccHint } = demand;
  const fitting = usable.filter(({ entity }) => numberOf(entity) === usccHint);
  // The organisation itself before a branch or department of it.
  const hinted =
    usccHint === undefined
      ? undefined
      : (fitting.find(({ entity }) => entity.uscc === usccHint) ?? fitting[0]);
  if (hinted) return identityKey(hinted.reference);
  if (demand.wanted === 'self' && offersSelf) return SELF;
  const { accountId } = interaction.session ?? {};
  const last = accountId === undefined ? null : await suggestions.find(accountId, client.clientId);
  const key = last?.reference && identityKey(last.reference);
  if (usable.some(({ reference }) => identityKey(reference) === key)) return key ?? '';
  return offersSelf ? SELF : '';
}

/** The same words whether there is such an organisation or not. */
function isHintUnmet({ demand: { usccHint }, usable }: IdentityChoices): boolean {
  return usccHint !== undefined && !usable.some(({ entity }) => numberOf(entity) === usccHint);
}

/** Why the choice before did not take effect. */
function problemOf({ interaction }: OpenInteraction): ChooseIdentityProblem | undefined {
  const { refusal } = interaction.prompt.details as { refusal?: string };
  const known = identityRefusals.find((each) => each === refusal);
  return known && `identity.refused.${known}`;
}

async function explain(
  deps: InteractionDependencies,
  ctx: HttpContext,
  unusable: readonly UnusableIdentity[],
) {
  return Promise.all(
    unusable.slice(0, MAX_EXPLAINED).map(async ({ identity, reason }) => ({
      ...viewOf(deps, ctx, identity),
      reason,
      administrators: await whomToAsk(deps, identity),
    })),
  );
}

function viewOf(
  { services: catalogue }: Pick<InteractionDependencies, 'services'>,
  ctx: HttpContext,
  identity: ActingIdentity,
): IdentityView {
  const { entity, role, services, expiresAt, reference, mandate } = identity;
  return {
    value: identityKey(reference),
    name: entity.name ?? '',
    uscc: entity.uscc ?? '',
    role,
    isThroughAgency: reference.mandateIds.length > 1,
    isSingleUse: mandate.isSingleUse === true,
    ...(services
      ? { services: services.map((code) => catalogue.nameOf(code, ctx.state.locale)) }
      : {}),
    ...(expiresAt ? { expiresAt: shownEnd(expiresAt) } : {}),
  };
}

function selfOf(account: Account) {
  const { kind } = account;
  return { kind, name: displayName(account) };
}
