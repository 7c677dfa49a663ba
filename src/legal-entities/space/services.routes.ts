// Which systems are used for an organisation, by whom, since when, and what each received; one of them
// is ended by who may act for it as a whole.
import { z } from 'zod';
import { confirmOn } from '../../account/account-access.ts';
import { presentItems } from '../../account/present-items.ts';
import { systemName } from '../../account/system-name.ts';
import { maskName } from '../../accounts/masking.ts';
import { isClientId } from '../../clients/client-id.ts';
import { mayAppoint } from '../../mandates/mandate.ts';
import { appointingMandate } from '../../mandates/power.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import type { ClientSession } from '../../platform/mongo.ts';
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
        const [clientId = '', personId = '', forId = entity] = connection.split(' ');
        const by = { actor: visitor.account.id, address: ctx.ip };
        const of = { entityId: entity, clientId, personId, forId };
        const outcome = await endConnection(deps, { ...of, ...by });
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
  of: Record<'entityId' | 'clientId' | 'personId' | 'forId' | 'actor' | 'address', string>,
): Promise<'ended' | 'gone' | 'not_entitled'> {
  const { entityId, clientId, personId, forId, actor, address } = of;
  const by = await appointingMandate(legalEntities, entityId, actor);
  if (!by) return 'not_entitled';
  const { mandates, authorizations, database } = legalEntities;
  const ended = await database.transaction(async (session) => {
    if (!isClientId(clientId) || !(await mandates.hold(by.id, session))) return undefined;
    const mandateIds = await mandatesBehind(legalEntities, entityId, session);
    const connection = { mandateIds, personId, clientId, entityId: forId, actor, address };
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

/** Its own and those of its branches and departments, which whoever acts for it as a whole leads, too. */
async function mandatesBehind(
  { mandates, accounts }: LegalEntitiesPageDependencies['legalEntities'],
  entityId: string,
  session?: ClientSession,
): Promise<string[]> {
  const below = await accounts.subAccounts.of(entityId, session);
  const found: string[] = [];
  for (const each of [entityId, ...below.map((sub) => sub.id)]) {
    found.push(...(await mandates.ofEntity(each, session)).map((mandate) => mandate.id));
  }
  return found;
}

/**
 * Each system, person and organisation once, the oldest first. What its leaders do for others as an
 * agency, and what is done for its branches, is its business as well.
 */
async function connectionsOf(
  { legalEntities, visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, entity, isWhole }: SpaceVisit,
): Promise<EntityConnectionView[]> {
  const mandateIds = await mandatesBehind(legalEntities, entity.id);
  const found = await visitors.actingGrants.actingUpon(mandateIds);
  const grants = new Map<string, (typeof found)[number]>();
  for (const each of found.toSorted((a, b) => b.since.getTime() - a.since.getTime())) {
    const { accountId, clientId, entityId } = each;
    const isOwn = accountId === visitor.account.id && entityId === entity.id;
    if (isWhole || isOwn) grants.set([accountId, clientId, entityId].join(' '), each);
  }
  const inOrder = [...grants.values()].toSorted((a, b) => a.since.getTime() - b.since.getTime());
  return Promise.all(
    inOrder.map(async (grant) => {
      const { accountId: personId, clientId, entityId, since } = grant;
      const [person, other, consent] = await Promise.all([
        legalEntities.accounts.findById(personId),
        entityId === entity.id ? undefined : legalEntities.accounts.findById(entityId),
        visitors.consents.find(personId, clientId),
      ]);
      return {
        clientId,
        system: systemName(visitors, clientId, ctx.state.locale),
        personId,
        entityId,
        ...(other?.name === undefined ? {} : { otherName: other.name }),
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
    const isOpen = of.connections.some(
      (each) => each.clientId === clientId && each.entityId === entity.id,
    );
    if (clientId === undefined || isOpen || reason !== 'legal_entity') continue;
    if (!last.has(clientId)) last.set(clientId, at);
  }
  return [...last].slice(0, MOST_FORMER).map(([clientId, lastAt]) => ({
    system: systemName(visitors, clientId, ctx.state.locale),
    lastAt,
  }));
}
