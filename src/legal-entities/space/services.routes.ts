// Which systems are used for an organisation, by whom, since when, and what each received; one of them
// is ended by who may act for it as a whole.
import { z } from 'zod';
import { confirmOn } from '../../account/account-access.ts';
import { presentItems } from '../../account/present-items.ts';
import { systemName } from '../../account/system-name.ts';
import { maskName } from '../../accounts/masking.ts';
import { CLIENT_ID } from '../../clients/client-id.ts';
import { mayAppoint } from '../../mandates/mandate.ts';
import { appointingMandate } from '../../mandates/power.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { entityPaths, entityServicesHref } from '../entity-paths.ts';
import { personSending } from '../legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities-access.ts';
import type { EntityConnectionView } from './space.views.ts';
import { entityQuery, spaceFrame, spaceVisit } from './space-access.ts';
import type { SpaceVisit } from './space-access.ts';

const id = z.string().max(100).default('');
/** Of the history that is looked through for what was used before. */
const LOOKED_THROUGH = 300;
const MOST_FORMER = 20;

export function entityServiceRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.services,
      name: 'legal_entities.services',
      input: { query: entityQuery },
      async handle(ctx, { query: { entity } }) {
        const visit = await spaceVisit(deps, ctx, entity);
        if (visit) await showServices(deps, ctx, visit);
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.endService,
      name: 'legal_entities.end_service',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ entity: id, connection: z.string().max(300).default('') }) },
      async handle(ctx, { body: { entity, connection } }) {
        const page = entityServicesHref(entity);
        ctx.state.pageAddress = page;
        const visitor = await personSending(deps, ctx);
        if (!visitor) return;
        const [clientId = '', personId = ''] = connection.split(' ');
        const by = { actor: visitor.account.id, address: ctx.ip };
        const outcome = await endConnection(deps, { entityId: entity, clientId, personId, ...by });
        if (outcome === 'not_entitled') return redirect(ctx, entityPaths.list);
        const isDone = outcome === 'ended';
        const notice = isDone
          ? 'account.notice.connection_ended'
          : 'account.notice.entity_not_changed';
        await confirmOn(deps.visitors, ctx, { visitor, page, notice });
      },
    }),
  ];
}

/** Held in the transaction: whoever loses the power to end it ends nothing. */
async function endConnection(
  { legalEntities }: LegalEntitiesPageDependencies,
  of: { entityId: string; clientId: string; personId: string; actor: string; address: string },
): Promise<'ended' | 'gone' | 'not_entitled'> {
  const { entityId, clientId, personId, actor, address } = of;
  const by = await appointingMandate(legalEntities, entityId, actor);
  if (!by) return 'not_entitled';
  const { mandates, authorizations, database } = legalEntities;
  const ended = await database.transaction(async (session) => {
    if (!CLIENT_ID.test(clientId) || !(await mandates.hold(by.id, session))) return undefined;
    const mandateIds = (await mandates.ofEntity(entityId, session)).map((each) => each.id);
    const connection = { mandateIds, personId, clientId, actor, address };
    return authorizations.endConnection(connection, session);
  });
  ended?.();
  return ended ? 'ended' : 'gone';
}

async function showServices(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  visit: SpaceVisit,
): Promise<void> {
  const { entity, own, isWhole } = visit;
  const connections = await connectionsOf(deps, ctx, visit);
  const mayEnd = own !== undefined && mayAppoint(own) && connections.length > 0;
  ctx.render('legal-entities/services', {
    ...(await spaceFrame(deps, visit, 'services')),
    connections,
    former: await formerOf(deps, ctx, { visit, connections }),
    ...(mayEnd
      ? { endForm: { action: entityPaths.endService, fields: { entity: entity.id } } }
      : {}),
    isWhole,
  });
}

/** Each system and person once, the oldest first. */
async function connectionsOf(
  { legalEntities, visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, entity, isWhole }: SpaceVisit,
): Promise<EntityConnectionView[]> {
  const mandateIds = (await legalEntities.mandates.ofEntity(entity.id)).map((each) => each.id);
  const found = await visitors.actingGrants.actingUpon(mandateIds);
  const grants = found
    .filter(({ entityId }) => entityId === entity.id)
    .filter(({ accountId }) => isWhole || accountId === visitor.account.id)
    .toSorted((a, b) => a.since.getTime() - b.since.getTime());
  const isFirst = (of: (typeof grants)[number], at: number) =>
    grants.findIndex((each) => each.accountId === of.accountId && each.clientId === of.clientId) ===
    at;
  return Promise.all(
    grants.filter(isFirst).map(async ({ accountId: personId, clientId, since }) => {
      const [person, consent] = await Promise.all([
        legalEntities.accounts.findById(personId),
        visitors.consents.find(personId, clientId),
      ]);
      return {
        clientId,
        system: systemName(visitors, clientId, ctx.state.locale),
        personId,
        personName: maskName(person?.name ?? ''),
        isSelf: personId === visitor.account.id,
        since,
        items: presentItems(consent?.items ?? []),
      };
    }),
  );
}

/** By the history: systems that nobody has open for it now. */
async function formerOf(
  { visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visit: SpaceVisit; connections: readonly EntityConnectionView[] },
): Promise<{ system: string; lastAt: Date }[]> {
  const { entity, visitor, isWhole } = of.visit;
  const types = ['oidc.identity_chosen', 'oidc.identity_switched'] as const;
  const entries = await visitors.audit.listBySubject(entity.id, types, {
    limit: LOOKED_THROUGH,
    ...(isWhole ? {} : { involving: visitor.account.id }),
  });
  const last = new Map<string, Date>();
  for (const { clientId, at, reason } of entries) {
    const isOpen = of.connections.some((each) => each.clientId === clientId);
    if (clientId === undefined || isOpen || reason !== 'legal_entity') continue;
    if (!last.has(clientId)) last.set(clientId, at);
  }
  return [...last].slice(0, MOST_FORMER).map(([clientId, lastAt]) => ({
    system: systemName(visitors, clientId, ctx.state.locale),
    lastAt,
  }));
}
