// The form on which a handler is invited: by who acts for the organisation as a whole, or by a handler
// who may pass on what he has.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { Account } from '../accounts/account.ts';
import { peopleHref } from '../legal-entities/entity-paths.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute, repeated } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { appointerOf, inviteHandler } from './appoint.ts';
import { defaultUntil } from './handler-form.ts';
import type { HandlerChoices, TypedHandler } from './handler-form.ts';
import { mayNotInvite, powerfulVisitor } from './mandate-access.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities/legal-entities-access.ts';
import { choicesOf, namedClients, namedServices } from './mandate-choices.ts';
import { inviteHandlerHref, mandatePaths } from './mandate-paths.ts';
import { lastDayOf } from './mandate-terms.ts';
import type { Mandate } from './mandate.ts';
import type { InviteHandlerLocals } from './mandates.views.ts';

const id = z.string().max(100).default('');
const text = z.string().max(200).default('');
/** What is not said is never everything. */
const chosen = z.enum(['all', 'some']).default('some').catch('some');
const day = z.string().max(20).default('');
const ticked = z.literal('yes').optional().catch(undefined);
/** More than anybody ticks by hand. */
const MOST_TICKED = 1000;
/** What the form sends; what of it is missing or broken gives nothing. */
export const handlerBody = z.object({
  entity: id,
  upon: id,
  holder: z.enum(['person', 'organisation']).default('person').catch('person'),
  name: text,
  number: text,
  service_scope: chosen,
  services: repeated(z.string().max(64), MOST_TICKED),
  client_scope: chosen,
  clients: repeated(z.string().max(200), MOST_TICKED),
  single_use: ticked,
  from: day,
  until: day,
  may_subdelegate: ticked,
});

export function inviteHandlerRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: mandatePaths.inviteHandler,
      name: 'mandates.invite_page',
      input: { query: z.object({ entity: id, upon: id }) },
      async handle(ctx, { query }) {
        const page = await invitePage(deps, ctx, { does: 'reads', ...query });
        if (page) await showForm(deps, ctx, { ...page, typed: blank(deps, page), errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: mandatePaths.inviteHandler,
      name: 'mandates.invite',
      limiter: 'account',
      csrf: 'token',
      input: { body: handlerBody },
      async handle(ctx, { body: sent }) {
        ctx.state.pageAddress = inviteHandlerHref(sent.entity, sent.upon || undefined);
        const page = await invitePage(deps, ctx, { does: 'sends', ...sent });
        if (page) await invite(deps, ctx, { page, typed: typedHandlerOf(sent) });
      },
    }),
  ];
}

interface InvitePage {
  visitor: Visitor;
  entity: Account;
  by: Mandate;
  choices: HandlerChoices;
}

async function invitePage(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { does: 'reads' | 'sends'; entity: string; upon: string },
): Promise<InvitePage | undefined> {
  const { does, entity: entityId } = of;
  const parentId = of.upon || undefined;
  const page = inviteHandlerHref(entityId, parentId);
  const from = peopleHref(entityId);
  const visitor = await powerfulVisitor(deps, ctx, { does, page, from });
  if (!visitor) return undefined;
  const { legalEntities } = deps;
  const named = { entityId, parentId, address: ctx.ip };
  const appointer = await appointerOf(legalEntities, visitor.account, named);
  const entity = appointer && (await legalEntities.accounts.findById(entityId));
  if (!appointer || !entity?.isActive) {
    await mayNotInvite(deps, ctx, { visitor, entityId });
    return undefined;
  }
  const { by, maySubdelegate } = appointer;
  const parent = parentId === undefined ? undefined : by;
  return {
    visitor,
    entity,
    by,
    choices: choicesOf(deps.legalEntities.choices, { parent, maySubdelegate }),
  };
}

async function invite(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { page, typed }: { page: InvitePage; typed: TypedHandler },
): Promise<void> {
  const { visitor, entity, by, choices } = page;
  const given = { entity, by, choices, typed, address: ctx.ip };
  const outcome = await inviteHandler(deps.legalEntities, visitor.account, given);
  if (!outcome.ok) return showForm(deps, ctx, { ...page, typed, errors: outcome.errors });
  const notice = 'account.notice.handler_invited';
  await confirmOn(deps.visitors, ctx, { visitor, page: peopleHref(entity.id), notice });
}

async function showForm(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: InvitePage & Pick<InviteHandlerLocals, 'typed' | 'errors'>,
): Promise<void> {
  const { visitor, entity, choices, typed, errors } = of;
  const { locale } = ctx.state;
  const { parent, maySubdelegate } = choices;
  const { longestDays, singleUseHours } = deps.legalEntities.mandateLimits;
  ctx.render(
    'mandates/invite-handler',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      entityName: entity.name ?? '',
      form: {
        action: mandatePaths.inviteHandler,
        fields: { entity: entity.id, ...(parent ? { upon: parent.id } : {}) },
      },
      backHref: peopleHref(entity.id),
      typed,
      services: namedServices(deps.legalEntities.choices, choices.services, locale),
      clients: namedClients(deps.legalEntities.choices, choices.clients, locale),
      mayGiveAll: { services: !parent?.services, clients: !parent?.clients },
      maySubdelegate,
      ...(parent?.expiresAt ? { latest: lastDayOf(parent.expiresAt) } : {}),
      limits: { longestDays, singleUseHours },
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

/** Nothing is ticked: who gives power says how much. */
function blank(
  { legalEntities }: LegalEntitiesPageDependencies,
  { choices }: InvitePage,
): TypedHandler {
  const { mandateLimits: limits, clock } = legalEntities;
  return {
    holder: 'person',
    name: '',
    number: '',
    serviceScope: 'some',
    services: [],
    clientScope: choices.parent?.clients ? 'some' : 'all',
    clients: [],
    isSingleUse: false,
    from: '',
    until: defaultUntil({ limits, now: clock.now() }, choices.parent),
    maySubdelegate: false,
  };
}

export function typedHandlerOf(sent: z.output<typeof handlerBody>): TypedHandler {
  const { holder, name, number, services, clients, from, until } = sent;
  return {
    holder,
    name,
    number,
    serviceScope: sent.service_scope,
    services,
    clientScope: sent.client_scope,
    clients,
    isSingleUse: sent.single_use === 'yes',
    from,
    until,
    maySubdelegate: sent.may_subdelegate === 'yes',
  };
}
