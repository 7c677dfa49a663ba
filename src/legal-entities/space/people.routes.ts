// Who may act for an organisation, for what and how long, who did, and whom it has invited; a handler
// sees who decides, himself, and those to whom he has passed something on.
import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import { maskName, maskNumber } from '../../accounts/masking.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { leadersOver } from '../../mandates/leaders-over.ts';
import {
  answerRequestHref,
  declineRequestHref,
  inviteHandlerHref,
} from '../../mandates/mandate-paths.ts';
import { mayAppoint } from '../../mandates/mandate.ts';
import type { Mandate } from '../../mandates/mandate.ts';
import type { MandateFilter } from '../../mandates/mandate-document.ts';
import { mandatesOver } from '../../mandates/power.ts';
import { factsOf, presentMandate } from '../../mandates/present-mandate.ts';
import { requestsTo } from '../../mandates/requests/answer-request.ts';
import { presentRequest } from '../../mandates/requests/present-request.ts';
import { entityPaths, peopleHref } from '../entity-paths.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities-access.ts';
import type { EntityPeopleLocals } from './space.views.ts';
import { entityQuery, spaceFrame, spaceVisit } from './space-access.ts';
import type { SpaceVisit } from './space-access.ts';

const PAGE_SIZE = 50;
const MOST_ENDED = 30;
const query = entityQuery.extend({
  from: z.coerce.number().int().min(0).max(1_000_000).catch(0).default(0),
});

export function peopleRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.people,
      name: 'legal_entities.people',
      input: { query },
      async handle(ctx, { query: { entity, from } }) {
        const visit = await spaceVisit(deps, ctx, entity);
        if (visit) await showPeople(deps, ctx, { visit, from });
      },
    }),
  ];
}

async function showPeople(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visit, from }: { visit: SpaceVisit; from: number },
): Promise<void> {
  const { legalEntities } = deps;
  const { visitor, entity, own, isWhole } = visit;
  const personId = visitor.account.id;
  const over = await mandatesOver(legalEntities, { entityId: entity.id, personId });
  const reader = { locale: ctx.state.locale, personId, over };
  const present = (mandate: Mandate) => presentMandate(legalEntities, mandate, reader);
  const [{ people, total }, ended] = await Promise.all([
    isWhole ? wholeOf(deps, entity.id, from) : partOf(deps, visit, over),
    endedOf(deps, { entityId: entity.id, ...(isWhole ? {} : { holderId: personId }) }),
  ]);
  ctx.render('legal-entities/people', {
    ...(await spaceFrame(deps, visit, 'people')),
    people: await Promise.all(people.map(present)),
    total,
    ...(isWhole && from > 0 ? { newerHref: pageHref(entity.id, from - PAGE_SIZE) } : {}),
    ...(isWhole && from + PAGE_SIZE < total
      ? { olderHref: pageHref(entity.id, from + PAGE_SIZE) }
      : {}),
    ended: await Promise.all(ended.map(present)),
    isWhole,
    ...(own && mayAppoint(own) ? { appointing: await appointingOf(deps, ctx, entity) } : {}),
  });
}

function pageHref(entityId: string, from: number): string {
  return `${peopleHref(entityId)}&from=${Math.max(0, from)}`;
}

async function wholeOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  entityId: string,
  from: number,
): Promise<{ people: Mandate[]; total: number }> {
  const of = { from, limit: PAGE_SIZE };
  const { page, total } = await legalEntities.mandateRecords.open({ entityId }, of);
  return { people: page, total };
}

/** Who decides, oneself, and to whom one has passed something on. */
async function partOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  { entity, visitor }: SpaceVisit,
  over: readonly Mandate[],
): Promise<{ people: Mandate[]; total: number }> {
  const { mandateRecords } = legalEntities;
  const entityId = entity.id;
  const all = { from: 0, limit: PAGE_SIZE };
  const [leaders, own, passedOn] = await Promise.all([
    leadersOver(legalEntities, entityId),
    mandateRecords.open({ entityId, holderId: visitor.account.id }, all),
    mandateRecords.open({ entityId, parentIds: over.map(({ id }) => id) }, all),
  ]);
  const people = [...leaders, ...own.page, ...passedOn.page];
  const once = people.filter(({ id }, at) => people.findIndex((each) => each.id === id) === at);
  return { people: once, total: once.length };
}

function endedOf({ legalEntities }: LegalEntitiesPageDependencies, of: MandateFilter) {
  return legalEntities.mandateRecords.ended(of, MOST_ENDED);
}

async function appointingOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  entity: Account,
): Promise<NonNullable<EntityPeopleLocals['appointing']>> {
  const { id: entityId } = entity;
  const { invitations } = legalEntities;
  const { locale } = ctx.state;
  const [asked, open, closed] = await Promise.all([
    requestsTo(legalEntities, entity),
    invitations.open({ entityId }),
    invitations.closed({ entityId }, MOST_ENDED),
  ]);
  return {
    inviteHref: `${entityPaths.invite}?entity=${encodeURIComponent(entityId)}`,
    inviteHandlerHref: inviteHandlerHref(entityId),
    invitations: open.map(({ id: invitationId, invitee, isToOrganisation, ...offer }) => ({
      id: invitationId,
      maskedName: isToOrganisation ? invitee.name : maskName(invitee.name),
      maskedNumber: isToOrganisation ? invitee.number : maskNumber(invitee.number, 'signedIn'),
      until: offer.expiresAt,
      facts: factsOf(legalEntities, { ...offer.terms, role: offer.role }, locale),
    })),
    withdrawForm: { action: entityPaths.withdraw },
    requests: asked.map((request) => ({
      ...presentRequest(legalEntities, request, locale),
      maskedName: maskName(request.person.name),
      maskedNumber: maskNumber(request.person.number, 'signedIn'),
      answerHref: answerRequestHref(request.id),
      declineHref: declineRequestHref(request.id),
    })),
    closed: closed.map(({ invitee, isToOrganisation, role, outcome, closedAt }) => ({
      holderName: isToOrganisation ? invitee.name : maskName(invitee.name),
      role,
      outcome,
      closedAt,
    })),
  };
}
