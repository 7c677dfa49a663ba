// 企业空间: the organisations that a person may act for, what is offered to him, and each one's page.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { Account } from '../accounts/account.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { invitationsTo } from './appoint.ts';
import type { EntityApplication } from './entity-application-store.ts';
import {
  certificateHref,
  confirmHref,
  entityHref,
  entityPaths,
  licenceHref,
  reviewHref,
  transferHref,
} from './entity-paths.ts';
import { offeredReview, personReading, personSending } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { EntitiesLocals, EntityLocals, EntityPersonView } from './legal-entities.views.ts';
import { mayAppoint, mayEnd } from './mandate.ts';
import type { Mandate } from './mandate.ts';
import { offerRoutes, TO_ACCEPT } from './offer.routes.ts';
import { hasEndingProof } from './proof-expiry.ts';

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
  entityPaths.decline,
  entityPaths.withdraw,
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
      method: 'GET',
      path: entityPaths.view,
      name: 'legal_entities.view',
      input: { query: z.object({ entity: id }) },
      async handle(ctx, { query }) {
        const visitor = await personReading(deps, ctx);
        if (visitor) await showEntity(deps, ctx, { visitor, entityId: query.entity });
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
    cardsOf(deps, await legalEntities.mandates.ofPerson(account.id)),
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
    invitations: offers.map(({ invitation, entity }) => ({
      id: invitation.id,
      entityName: entity.name ?? '',
      uscc: entity.uscc ?? '',
      role: invitation.role,
      until: invitation.expiresAt,
    })),
    acceptForm: { action: entityPaths.accept },
    declineForm: { action: entityPaths.decline },
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
  const { id: applicationId, name, uscc, stage } = application;
  return {
    id: applicationId,
    name,
    uscc,
    isInReview: (await entityReview?.isOpen(application)) ?? false,
    isRefused: stage === 'refused',
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
  const cards = await Promise.all(
    mandates.map(async ({ entityId, role }) => {
      const entity = await legalEntities.accounts.findById(entityId);
      if (!entity || entity.state === 'closed') return [];
      const { name = '', uscc = '' } = entity;
      return [{ name, uscc, role, href: entityHref(entityId) }];
    }),
  );
  return cards.flat();
}

async function showEntity(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, entityId }: { visitor: Visitor; entityId: string },
): Promise<void> {
  const { legalEntities } = deps;
  const [own, entity, record] = await Promise.all([
    legalEntities.mandates.between(entityId, visitor.account.id),
    legalEntities.accounts.findById(entityId),
    legalEntities.records.find(entityId),
  ]);
  // Somebody else's page, and one that was never there, look alike.
  if (!own || !entity || entity.state === 'closed') return redirect(ctx, entityPaths.list);
  const { name = '', uscc = '', subtype, realNameLevel } = entity;
  ctx.render('legal-entities/entity', {
    ...(await accountFrame(deps.visitors, visitor)),
    name,
    uscc,
    ...(subtype === undefined ? {} : { subtype }),
    realNameLevel,
    ...(record && !record.isReviewed
      ? { record: { status: record.status, checkedAt: record.checkedAt } }
      : {}),
    people: await peopleOf(deps, own),
    ...qualificationsOf(deps, entity),
    ...(mayAppoint(own) ? await raisingOf(deps, entity) : {}),
    ...(mayAppoint(own) ? { appointing: await appointingOf(deps, entityId) } : {}),
  });
}

function qualificationsOf(
  { legalEntities: { qualificationPath, clock } }: LegalEntitiesPageDependencies,
  entity: Account,
): Pick<EntityLocals, 'qualifications'> {
  const isIntermediary = entity.isIntermediaryAt(clock.now());
  if (qualificationPath === undefined) return {};
  const href = `${qualificationPath}?entity=${encodeURIComponent(entity.id)}`;
  return { qualifications: { href, isIntermediary } };
}

/** Nothing is offered that could give no more than there is, or keep it. */
async function raisingOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  { id: entityId, realNameLevel }: Account,
): Promise<Pick<EntityLocals, 'raising'>> {
  const { certificates, licences, transfers } = legalEntities;
  const isEnding = await hasEndingProof(legalEntities, entityId);
  const least = isEnding ? realNameLevel : realNameLevel + 1;
  const isOffered = (means: { cap: number } | undefined) => (means?.cap ?? 0) >= least;
  const raising = {
    ...(isOffered(certificates) ? { certificateHref: certificateHref(entityId) } : {}),
    ...(isOffered(licences) ? { licenceHref: licenceHref({ entityId }) } : {}),
    ...(isOffered(transfers) ? { transferHref: transferHref(entityId) } : {}),
  };
  return Object.keys(raising).length > 0 ? { raising: { ...raising, isEnding } } : {};
}

async function peopleOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  own: Mandate,
): Promise<EntityPersonView[]> {
  const mandates = await legalEntities.mandates.ofEntity(own.entityId);
  return Promise.all(
    mandates.map(async (mandate) => {
      const { id: mandateId, role, since, personId } = mandate;
      const person = await legalEntities.accounts.findById(personId);
      const endHref = `${entityPaths.end}?mandate=${encodeURIComponent(mandateId)}`;
      return {
        id: mandateId,
        maskedName: maskName(person?.name ?? ''),
        role,
        since,
        isSelf: personId === own.personId,
        ...(mayEnd(own, mandate) ? { endHref } : {}),
      };
    }),
  );
}

async function appointingOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  entityId: string,
): Promise<NonNullable<EntityLocals['appointing']>> {
  const invitations = await legalEntities.invitations.ofEntity(entityId);
  return {
    inviteHref: `${entityPaths.invite}?entity=${encodeURIComponent(entityId)}`,
    invitations: invitations.map(({ id: invitationId, invitee, expiresAt }) => ({
      id: invitationId,
      maskedName: maskName(invitee.name),
      maskedNumber: maskNumber(invitee.number, 'signedIn'),
      until: expiresAt,
    })),
    withdrawForm: { action: entityPaths.withdraw },
  };
}
