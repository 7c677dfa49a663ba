// The pages on which administrators are invited and mandates end.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { Account } from '../accounts/account.ts';
import { maskName } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import {
  appointingMandate,
  endableMandate,
  endMandate,
  inviteAdministrator,
  withdrawInvitation,
} from './appoint.ts';
import { entityHref, entityPaths } from './entity-paths.ts';
import { isStrongEnough, personReading, personSending } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { InviteLocals } from './legal-entities.views.ts';

const id = z.string().max(100).default('');
const typedText = z.string().max(200).default('');

export function appointRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.invite,
      name: 'legal_entities.invite_page',
      input: { query: z.object({ entity: id }) },
      async handle(ctx, { query }) {
        const found = await appointing(deps, ctx, { who: personReading, entityId: query.entity });
        if (found) await showInvite(deps, ctx, { ...found, name: '', number: '', errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.invite,
      name: 'legal_entities.invite',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ entity: id, name: typedText, number: typedText }) },
      async handle(ctx, { body }) {
        const { entity: entityId, ...typed } = body;
        ctx.state.pageAddress = `${entityPaths.invite}?entity=${encodeURIComponent(entityId)}`;
        const found = await appointing(deps, ctx, { who: personSending, entityId });
        if (found) await invite(deps, ctx, { ...found, typed });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.withdraw,
      name: 'legal_entities.withdraw',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ invitation: id }) },
      async handle(ctx, { body }) {
        const visitor = await personSending(deps, ctx);
        if (!visitor) return;
        const { legalEntities, visitors } = deps;
        const invitation = await legalEntities.invitations.find(body.invitation);
        const given = { invitationId: body.invitation, address: ctx.ip };
        const isDone = await withdrawInvitation(legalEntities, visitor.account, given);
        const page = isDone && invitation ? entityHref(invitation.entityId) : entityPaths.list;
        const notice = isDone
          ? 'account.notice.invitation_withdrawn'
          : 'account.notice.invitation_gone';
        await confirmOn(visitors, ctx, { visitor, page, notice });
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
      input: { body: z.object({ mandate: id }) },
      async handle(ctx, { body }) {
        const visitor = await personSending(deps, ctx);
        if (!visitor) return;
        const { legalEntities, visitors } = deps;
        const given = { mandateId: body.mandate, address: ctx.ip };
        const isDone = await endMandate(legalEntities, visitor.account, given);
        const notice = isDone ? 'account.notice.mandate_ended' : 'account.notice.mandate_gone';
        await confirmOn(visitors, ctx, { visitor, page: entityPaths.list, notice });
      },
    }),
  ];
}

interface Appointing {
  visitor: Visitor;
  entity: Account;
}

/** Who may appoint, signed in strongly; undefined when it has been answered what is due. */
async function appointing(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { who, entityId }: { who: typeof personReading; entityId: string },
): Promise<Appointing | undefined> {
  const visitor = await who(deps, ctx);
  if (!visitor) return undefined;
  const { legalEntities } = deps;
  const mandate = await appointingMandate(legalEntities, entityId, visitor.account.id);
  const entity = mandate && (await legalEntities.accounts.findById(entityId));
  if (!entity?.isActive) {
    redirect(ctx, entityPaths.list);
    return undefined;
  }
  const isStrong = await isStrongEnough(deps, ctx, { visitor, returnTo: entityPaths.list });
  return isStrong ? { visitor, entity } : undefined;
}

async function showInvite(
  { visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  page: Appointing & Pick<InviteLocals, 'name' | 'number' | 'errors'>,
): Promise<void> {
  const { visitor, entity, name, number, errors } = page;
  ctx.render(
    'legal-entities/invite',
    {
      ...(await accountFrame(visitors, visitor)),
      entityName: entity.name ?? '',
      form: { action: entityPaths.invite, fields: { entity: entity.id } },
      backHref: entityHref(entity.id),
      name,
      number,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function invite(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: Appointing & { typed: { name: string; number: string } },
): Promise<void> {
  const { visitor, entity, typed } = of;
  const given = { entityId: entity.id, typed, address: ctx.ip };
  const outcome = await inviteAdministrator(deps.legalEntities, visitor.account, given);
  if (!outcome.ok) return showInvite(deps, ctx, { ...of, ...typed, errors: outcome.errors });
  const notice = 'account.notice.administrator_invited';
  await confirmOn(deps.visitors, ctx, { visitor, page: entityHref(entity.id), notice });
}

async function showEnd(
  { visitors, legalEntities }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, mandateId }: { visitor: Visitor; mandateId: string },
): Promise<void> {
  const found = await endableMandate(legalEntities, visitor.account, mandateId);
  if (!found) return redirect(ctx, entityPaths.list);
  const { mandate, entityName, isOwn } = found;
  const person = await legalEntities.accounts.findById(mandate.personId);
  ctx.render('legal-entities/end', {
    ...(await accountFrame(visitors, visitor)),
    entityName,
    maskedName: maskName(person?.name ?? ''),
    role: mandate.role,
    isOwn,
    form: { action: entityPaths.end, fields: { mandate: mandate.id } },
    backHref: entityHref(mandate.entityId),
  });
}
