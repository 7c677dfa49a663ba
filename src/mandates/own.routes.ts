// What somebody may do for whom, with what it was before; an offer, exactly as it is; and the end of a
// mandate.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { entityHref, entityPaths, peopleHref } from '../legal-entities/entity-paths.ts';
import { personReading, personSending } from '../legal-entities/legal-entities-access.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { invitationsTo } from './answer-invitation.ts';
import type { Offer } from './answer-invitation.ts';
import { endableMandate, endMandate } from './end-own.ts';
import { mandateGone, offeredVisitor, peopleFor } from './mandate-access.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities/legal-entities-access.ts';
import { endNotes } from './mandate-document.ts';
import type { MandateRecord } from './mandate-document.ts';
import {
  declineHref,
  endMandateHref,
  mandatePaths,
  offerHref,
  requestHref,
  TO_ACCEPT,
} from './mandate-paths.ts';
import type { MandateView } from './mandates.views.ts';
import { mandatesOverAny } from './power.ts';
import { factsOf, presentMandate } from './present-mandate.ts';
import { presentRequest } from './requests/present-request.ts';

const id = z.string().max(100).default('');
const MOST_HELD = 200;
const MOST_ENDED = 30;

export function ownMandateRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: mandatePaths.own,
      name: 'mandates.own',
      async handle(ctx) {
        const visitor = await personReading(deps, ctx);
        if (visitor) await showOwn(deps, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'GET',
      path: mandatePaths.offer,
      name: 'mandates.offer',
      input: {
        query: z.object({
          invitation: id,
          offer: z.literal(TO_ACCEPT).optional().catch(undefined),
        }),
      },
      async handle(ctx, { query: { invitation: invitationId, offer } }) {
        const visitor = await offeredVisitor(deps, ctx);
        const isToAccept = offer === TO_ACCEPT;
        if (visitor) await showOffer(deps, ctx, { visitor, invitationId, isToAccept });
      },
    }),
    defineRoute({
      method: 'GET',
      path: entityPaths.decline,
      name: 'mandates.decline_page',
      input: { query: z.object({ invitation: id }) },
      async handle(ctx, { query: { invitation: invitationId } }) {
        const visitor = await offeredVisitor(deps, ctx);
        if (visitor) await showDecline(deps, ctx, { visitor, invitationId });
      },
    }),
    ...endRoutes(deps),
  ];
}

function endRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.end,
      name: 'legal_entities.end_page',
      input: { query: z.object({ mandate: id }) },
      async handle(ctx, { query }) {
        const visitor = await personReading(deps, ctx);
        if (visitor) await showEnd(deps, ctx, { visitor, mandateId: query.mandate });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.end,
      name: 'legal_entities.end',
      limiter: 'account',
      csrf: 'token',
      input: {
        body: z.object({ mandate: id, note: z.enum(endNotes).optional().catch(undefined) }),
      },
      async handle(ctx, { body: { mandate: mandateId, note } }) {
        ctx.state.pageAddress = endMandateHref(mandateId);
        const visitor = await personSending(deps, ctx);
        if (!visitor) return;
        const { legalEntities, visitors } = deps;
        const given = { mandateId, note, address: ctx.ip };
        const outcome = await endMandate(legalEntities, visitor.account, given);
        if (!outcome.ok) return mandateGone(deps, ctx, visitor);
        const notice = `account.notice.mandate_${outcome.reason}` as const;
        const page = await peopleFor(deps, visitor, outcome.entityId);
        // Who acts for it no more reads among his own what has ended.
        await confirmOn(visitors, ctx, { visitor, page: page ?? mandatePaths.own, notice });
      },
    }),
  ];
}

async function showOwn(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const holderId = visitor.account.id;
  const [requests, open, ended] = await Promise.all([
    deps.legalEntities.requests.ofPerson(holderId),
    deps.legalEntities.mandateRecords.open({ holderId }, { from: 0, limit: MOST_HELD }),
    deps.legalEntities.mandateRecords.ended({ holderId }, MOST_ENDED),
  ]);
  const entityIds = [...new Set(open.page.map(({ entityId }) => entityId))];
  const over = await mandatesOverAny(deps.legalEntities, { entityIds, personId: holderId });
  const present = async (mandate: MandateRecord) => {
    const reader = { locale: ctx.state.locale, personId: holderId, over };
    const { legalEntities } = deps;
    const view = await presentMandate(legalEntities, mandate, reader);
    const entity = await legalEntities.accounts.findById(mandate.entityId);
    return { ...view, entityName: entity?.name ?? '', entityHref: entityHref(mandate.entityId) };
  };
  ctx.render('mandates/own', {
    ...(await accountFrame(deps.visitors, visitor)),
    mandates: await Promise.all(open.page.map(present)),
    ended: await Promise.all(ended.map(present)),
    requests: requests.map((request) => ({
      ...presentRequest(deps.legalEntities, request, ctx.state.locale),
      href: requestHref(request.id),
    })),
    requestHref: mandatePaths.request,
    backHref: entityPaths.list,
  });
}

async function showOffer(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; invitationId: string; isToAccept: boolean },
): Promise<void> {
  const { legalEntities, visitors } = deps;
  const { visitor, invitationId, isToAccept } = of;
  const offer = await offerOrGone(deps, ctx, of);
  if (!offer) return;
  const { invitation, entity, holder } = offer;
  const { role, terms = {}, expiresAt } = invitation;
  const isAgency = holder.id !== visitor.account.id;
  ctx.render('mandates/offer', {
    ...(await accountFrame(visitors, visitor)),
    ...(isToAccept ? { notice: { key: 'account.notice.offer_to_accept' } } : {}),
    invitationId,
    entityName: entity.name ?? '',
    uscc: entity.uscc ?? '',
    ...(isAgency ? { agencyName: holder.name ?? '' } : {}),
    facts: factsOf(legalEntities, { ...terms, role }, ctx.state.locale),
    singleUseHours: legalEntities.mandateLimits.singleUseHours,
    until: expiresAt,
    acceptForm: { action: entityPaths.accept, fields: { from: 'offer' } },
    declineHref: declineHref(invitationId),
    backHref: entityPaths.list,
  });
}

async function offerOrGone(
  { legalEntities, visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, invitationId }: { visitor: Visitor; invitationId: string },
): Promise<Offer | undefined> {
  const offers = await invitationsTo(legalEntities, visitor.account);
  const offer = offers.find(({ invitation }) => invitation.id === invitationId);
  if (offer) return offer;
  const notice = 'account.notice.invitation_gone';
  await confirmOn(visitors, ctx, { visitor, page: entityPaths.list, notice });
  return undefined;
}

/** No is final: the organisation would have to offer it again. */
async function showDecline(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; invitationId: string },
): Promise<void> {
  const offer = await offerOrGone(deps, ctx, of);
  if (!offer) return;
  const { invitation, entity, holder } = offer;
  ctx.render('mandates/decline', {
    ...(await accountFrame(deps.visitors, of.visitor)),
    asked: 'offer',
    entityName: entity.name ?? '',
    role: invitation.role,
    ...(holder.id === of.visitor.account.id ? {} : { agencyName: holder.name ?? '' }),
    form: { action: entityPaths.decline, fields: { invitation: of.invitationId } },
    backHref: invitation.role === 'handler' ? offerHref(of.invitationId) : entityPaths.list,
  });
}

async function showEnd(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, mandateId }: { visitor: Visitor; mandateId: string },
): Promise<void> {
  const { legalEntities } = deps;
  const found = await endableMandate(legalEntities, visitor.account, mandateId);
  if (!found) return mandateGone(deps, ctx, visitor);
  const { mandate, entityName, isOwn } = found;
  const reader = { locale: ctx.state.locale, personId: visitor.account.id, over: [] };
  const view: MandateView = await presentMandate(legalEntities, mandate, reader);
  ctx.render('mandates/end', {
    ...(await accountFrame(deps.visitors, visitor)),
    entityName,
    mandate: { ...view, isSelf: isOwn },
    notes: isOwn ? [] : endNotes,
    form: { action: entityPaths.end, fields: { mandate: mandate.id } },
    backHref: isOwn ? entityHref(mandate.entityId) : peopleHref(mandate.entityId),
  });
}
