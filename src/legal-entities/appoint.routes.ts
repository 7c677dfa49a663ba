// The pages on which administrators are invited, and an invitation is taken back.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { Account } from '../accounts/account.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { inviteAdministrator, withdrawInvitation } from '../mandates/appoint.ts';
import { mayNotInvite, powerfulVisitor } from '../mandates/mandate-access.ts';
import { appointingMandate } from '../mandates/power.ts';
import { entityPaths, peopleHref } from './entity-paths.ts';
import { personSending } from './legal-entities-access.ts';
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
        const found = await appointing(deps, ctx, { does: 'reads', entityId: query.entity });
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
        ctx.state.pageAddress = inviteHref(entityId);
        const found = await appointing(deps, ctx, { does: 'sends', entityId });
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
        const page = isDone && invitation ? peopleHref(invitation.entityId) : entityPaths.list;
        const notice = isDone
          ? 'account.notice.invitation_withdrawn'
          : 'account.notice.invitation_gone';
        await confirmOn(visitors, ctx, { visitor, page, notice });
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
  { does, entityId }: { does: 'reads' | 'sends'; entityId: string },
): Promise<Appointing | undefined> {
  const pages = { page: inviteHref(entityId), from: peopleHref(entityId) };
  const visitor = await powerfulVisitor(deps, ctx, { does, ...pages });
  if (!visitor) return undefined;
  const { legalEntities } = deps;
  const mandate = await appointingMandate(legalEntities, entityId, visitor.account.id);
  const entity = mandate && (await legalEntities.accounts.findById(entityId));
  if (entity?.isActive) return { visitor, entity };
  await mayNotInvite(deps, ctx, { visitor, entityId });
  return undefined;
}

function inviteHref(entityId: string): string {
  return `${entityPaths.invite}?entity=${encodeURIComponent(entityId)}`;
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
      backHref: peopleHref(entity.id),
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
  await confirmOn(deps.visitors, ctx, { visitor, page: peopleHref(entity.id), notice });
}
