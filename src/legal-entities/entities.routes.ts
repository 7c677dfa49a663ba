// 法人空间: the organisations that a person may act for, and what is offered to him.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { invitationsTo } from '../mandates/answer-invitation.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { confirmHref, entityHref, entityPaths, reviewHref } from './entity-paths.ts';
import { offeredReview, personReading, personSending } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { EntitiesLocals } from './legal-entities.views.ts';
import { rankOf } from '../mandates/mandate.ts';
import type { Mandate } from '../mandates/mandate.ts';
import { declineHref, mandatePaths, offerHref, TO_ACCEPT } from '../mandates/mandate-paths.ts';
import { offerRoutes } from './offer.routes.ts';

const id = z.string().max(100).default('');

/** Take forms only; opened by themselves they lead to the list. */
const formPaths = [
  entityPaths.retry,
  entityPaths.certificateFile,
  entityPaths.licenceCheck,
  entityPaths.transferPay,
  entityPaths.transferReport,
  entityPaths.transferGiveUp,
  entityPaths.drop,
  entityPaths.accept,
  entityPaths.withdraw,
  entityPaths.endService,
  entityPaths.reviewRemoveFile,
  entityPaths.reviewSend,
  entityPaths.reviewWithdraw,
];

export function entitiesRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    ...formPaths.map((path) =>
      defineRoute({
        method: 'GET',
        path,
        name: `legal_entities.form_${path
          .slice(entityPaths.list.length + 1)
          .replace('/', '_')
          .replace('-', '_')}`,
        handle: (ctx) => redirect(ctx, entityPaths.list),
      }),
    ),
    defineRoute({
      method: 'GET',
      path: entityPaths.list,
      name: 'legal_entities.list',
      input: { query: z.object({ offer: z.literal(TO_ACCEPT).optional().catch(undefined) }) },
      async handle(ctx, { query }) {
        const visitor = await personReading(deps, ctx);
        if (visitor) await showList(deps, ctx, { visitor, isToAccept: query.offer === TO_ACCEPT });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.drop,
      name: 'legal_entities.drop',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ application: id }) },
      async handle(ctx, { body }) {
        const visitor = await personSending(deps, ctx);
        if (!visitor) return;
        const { applications, entityReview } = deps.legalEntities;
        const application = await applications.find(body.application, visitor.account.id);
        // Staff work at it: that is for its own page to end.
        if (application && (await entityReview?.isOpen(application))) {
          return redirect(ctx, reviewHref(application.id));
        }
        await applications.drop(body.application, visitor.account.id);
        redirect(ctx, entityPaths.list);
      },
    }),
    ...offerRoutes(deps),
  ];
}

async function showList(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, isToAccept }: { visitor: Visitor; isToAccept: boolean },
): Promise<void> {
  const { legalEntities } = deps;
  const { account } = visitor;
  const [entities, offers, applications] = await Promise.all([
    cardsOf(deps, await legalEntities.mandates.ofHolder(account.id)),
    invitationsTo(legalEntities, account),
    legalEntities.applications.ofPerson(account.id),
  ]);
  ctx.render('legal-entities/entities', {
    ...(await accountFrame(deps.visitors, visitor)),
    // The second factor was asked for in between; the answer itself is still to be given.
    ...(isToAccept && offers.length > 0
      ? { notice: { key: 'account.notice.offer_to_accept' } }
      : {}),
    entities,
    invitations: offers.map(({ invitation, entity, holder }) => ({
      id: invitation.id,
      entityName: entity.name ?? '',
      uscc: entity.uscc ?? '',
      role: invitation.role,
      until: invitation.expiresAt,
      declineHref: declineHref(invitation.id),
      ...(invitation.role === 'handler' ? { offerHref: offerHref(invitation.id) } : {}),
      ...(holder.id === account.id ? {} : { agencyName: holder.name ?? '' }),
    })),
    mandatesHref: mandatePaths.own,
    requestHref: mandatePaths.request,
    acceptForm: { action: entityPaths.accept },
    applications: await Promise.all(applications.map((each) => applicationView(deps, each))),
    retryForm: { action: entityPaths.retry },
    dropForm: { action: entityPaths.drop },
    ...(legalEntities.register ? { registerHref: entityPaths.register } : {}),
  });
}

async function applicationView(
  deps: LegalEntitiesPageDependencies,
  application: EntityApplication,
): Promise<EntitiesLocals['applications'][number]> {
  const { entityReview } = deps.legalEntities;
  const { id: applicationId, name, uscc, stage, isHeld } = application;
  return {
    id: applicationId,
    name,
    uscc,
    isInReview: (await entityReview?.isOpen(application)) ?? false,
    isRefused: stage === 'refused',
    isHeld: stage === 'refused' && isHeld === true,
    ...offeredReview(deps, application),
    ...(stage === 'confirmed' ? { confirmHref: confirmHref(applicationId) } : {}),
    ...(stage === 'review' ? { statusHref: reviewHref(applicationId) } : {}),
  };
}

/** An organisation whose account was closed is nobody's any more. */
async function cardsOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  mandates: readonly Mandate[],
): Promise<EntitiesLocals['entities']> {
  const strongest = mandates.toSorted((a, b) => rankOf(a.role) - rankOf(b.role));
  const isFirst = ({ entityId }: Mandate, at: number) =>
    strongest.findIndex((each) => each.entityId === entityId) === at;
  const cards = await Promise.all(
    strongest.filter(isFirst).map(async ({ entityId, role }) => {
      const entity = await legalEntities.accounts.findById(entityId);
      if (!entity || entity.state === 'closed') return [];
      const { name = '', uscc = '' } = entity;
      return [{ name, uscc, role, href: entityHref(entityId) }];
    }),
  );
  return cards.flat();
}
