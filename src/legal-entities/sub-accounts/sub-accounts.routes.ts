// The sub-accounts of an organisation in its space: which there are, a new one, and the end of one.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import type { Account } from '../../accounts/account.ts';
import { mayAppoint } from '../../mandates/mandate.ts';
import { powerfulVisitor } from '../../mandates/mandate-access.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import {
  closeSubAccountHref,
  entityHref,
  entityPaths,
  makeSubAccountHref,
  peopleHref,
  subAccountsHref,
} from '../entity-paths.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities-access.ts';
import { leadOf } from '../entity-lead.ts';
import { entityQuery, spaceFrame, spaceVisit } from '../space/space-access.ts';
import type { SpaceVisit } from '../space/space-access.ts';
import { closableSubAccount, closeSubAccount } from './close-sub-account.ts';
import { makeSubAccount, mayHaveSubAccounts } from './make-sub-account.ts';
import { ownNameOf } from './sub-account-name.ts';
import type { NewSubAccountLocals, SubAccountView } from './sub-accounts.views.ts';

const id = z.string().max(100).default('');

export function subAccountRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.subAccounts,
      name: 'legal_entities.sub_accounts',
      input: { query: entityQuery },
      async handle(ctx, { query: { entity } }) {
        const visit = await spaceVisit(deps, ctx, entity);
        if (!visit) return;
        if (visit.isWhole && visit.entity.parentId === undefined) await showList(deps, ctx, visit);
        else redirect(ctx, entityHref(entity));
      },
    }),
    ...makeRoutes(deps),
    ...closeRoutes(deps),
  ];
}

function makeRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.makeSubAccount,
      name: 'legal_entities.make_sub_account_page',
      input: { query: entityQuery },
      async handle(ctx, { query: { entity: entityId } }) {
        const [page, from] = [makeSubAccountHref(entityId), subAccountsHref(entityId)];
        const visitor = await powerfulVisitor(deps, ctx, { does: 'reads', page, from });
        if (visitor) await showForm(deps, ctx, { visitor, entityId, name: '', errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.makeSubAccount,
      name: 'legal_entities.make_sub_account',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ entity: id, name: z.string().max(200).default('') }) },
      async handle(ctx, { body: { entity: entityId, name } }) {
        const [page, from] = [makeSubAccountHref(entityId), subAccountsHref(entityId)];
        ctx.state.pageAddress = page;
        const visitor = await powerfulVisitor(deps, ctx, { does: 'sends', page, from });
        if (visitor) await make(deps, ctx, { visitor, entityId, name });
      },
    }),
  ];
}

function closeRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.closeSubAccount,
      name: 'legal_entities.close_sub_account_page',
      input: { query: entityQuery },
      async handle(ctx, { query: { entity } }) {
        const page = closeSubAccountHref(entity);
        const visitor = await powerfulVisitor(deps, ctx, { does: 'reads', page });
        if (visitor) await showClosing(deps, ctx, { visitor, subId: entity });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.closeSubAccount,
      name: 'legal_entities.close_sub_account',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ entity: id }) },
      async handle(ctx, { body: { entity: subId } }) {
        const closePage = closeSubAccountHref(subId);
        ctx.state.pageAddress = closePage;
        // It cannot be undone, so a session that was left open is not enough.
        const visitor = await powerfulVisitor(deps, ctx, { does: 'sends', page: closePage });
        if (!visitor) return;
        const { legalEntities, visitors } = deps;
        const before = await legalEntities.accounts.findById(subId);
        const closing = { person: visitor.account, id: subId, address: ctx.ip };
        const isDone = (await closeSubAccount(legalEntities, closing)) === 'closed';
        const notice = isDone
          ? 'account.notice.sub_account_closed'
          : 'account.notice.entity_not_changed';
        const parentId = isDone ? before?.parentId : undefined;
        const page = parentId === undefined ? entityPaths.list : subAccountsHref(parentId);
        await confirmOn(visitors, ctx, { visitor, page, notice });
      },
    }),
  ];
}

async function showList(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  visit: SpaceVisit,
): Promise<void> {
  const { legalEntities } = deps;
  const { entity, own } = visit;
  const { subAccounts: most } = legalEntities.mandateLimits;
  const mayManage = own !== undefined && mayAppoint(own);
  const found = await legalEntities.accounts.subAccounts.of(entity.id);
  const isFull = found.length >= most;
  ctx.render('legal-entities/sub-accounts', {
    ...(await spaceFrame(deps, visit, 'sub-accounts')),
    subAccounts: await Promise.all(found.map((each) => present(deps, each, mayManage))),
    isByPerson: !mayManage,
    ...(mayManage && !isFull && mayHaveSubAccounts(entity)
      ? { makeHref: makeSubAccountHref(entity.id) }
      : {}),
    ...(isFull ? { most } : {}),
  });
}

async function present(
  { legalEntities }: LegalEntitiesPageDependencies,
  { id: entityId, name = '', state, createdAt }: Account,
  mayManage: boolean,
): Promise<SubAccountView> {
  return {
    name: ownNameOf(name),
    href: peopleHref(entityId),
    people: await peopleOf(legalEntities, entityId),
    isLocked: state === 'locked',
    madeAt: createdAt,
    ...(mayManage ? { closeHref: closeSubAccountHref(entityId) } : {}),
  };
}

async function peopleOf(
  { mandateRecords }: LegalEntitiesPageDependencies['legalEntities'],
  entityId: string,
): Promise<number> {
  return (await mandateRecords.open({ entityId }, { from: 0, limit: 1 })).total;
}

async function showForm(
  { visitors, legalEntities }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; entityId: string } & Pick<NewSubAccountLocals, 'name' | 'errors'>,
): Promise<void> {
  const { visitor, entityId, name, errors } = of;
  const { id: personId } = visitor.account;
  const by = await leadOf(legalEntities, { entityId, personId });
  const entity = by && (await legalEntities.accounts.findById(entityId));
  if (!mayHaveSubAccounts(entity)) return redirect(ctx, entityPaths.list);
  ctx.render(
    'legal-entities/new-sub-account',
    {
      ...(await accountFrame(visitors, visitor)),
      entityName: entity.name ?? '',
      form: { action: entityPaths.makeSubAccount, fields: { entity: entityId } },
      backHref: subAccountsHref(entityId),
      name,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function make(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; entityId: string; name: string },
): Promise<void> {
  const { visitor, entityId, name } = of;
  const making = { person: visitor.account, entityId, typed: name, address: ctx.ip };
  const outcome = await makeSubAccount(deps.legalEntities, making);
  if (outcome.ok) {
    const notice = 'account.notice.sub_account_made';
    const page = peopleHref(outcome.id);
    return confirmOn(deps.visitors, ctx, { visitor, page, notice });
  }
  if ('reason' in outcome) return redirect(ctx, entityPaths.list);
  await showForm(deps, ctx, { ...of, errors: [{ field: 'name', key: outcome.problem }] });
}

async function showClosing(
  { visitors, legalEntities }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, subId }: { visitor: Visitor; subId: string },
): Promise<void> {
  const found = await closableSubAccount(legalEntities, visitor.account, subId);
  if (!found) return redirect(ctx, entityPaths.list);
  ctx.render('legal-entities/close-sub-account', {
    ...(await accountFrame(visitors, visitor)),
    entityName: found.entity.name ?? '',
    people: await peopleOf(legalEntities, subId),
    form: { action: entityPaths.closeSubAccount, fields: { entity: subId } },
    backHref: subAccountsHref(found.parentId),
  });
}
