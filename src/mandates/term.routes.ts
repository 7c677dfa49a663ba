// The page on which the term of a handler's mandate is made longer or shorter.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { cityDate } from '../accounts/age.ts';
import { peopleHref } from '../legal-entities/entity-paths.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { changeableMandate, changeTerm } from './change-term.ts';
import type { ChangeableMandate } from './change-term.ts';
import { mandateGone, peopleFor, powerfulVisitor } from './mandate-access.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities/legal-entities-access.ts';
import { mandatePaths, termHref } from './mandate-paths.ts';
import { lastDayOf } from './mandate-terms.ts';
import type { MandateTermLocals } from './mandates.views.ts';
import { presentMandate } from './present-mandate.ts';

const id = z.string().max(100).default('');

export function termRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: mandatePaths.term,
      name: 'mandates.term_page',
      input: { query: z.object({ mandate: id }) },
      async handle(ctx, { query }) {
        const page = await termPage(deps, ctx, { does: 'reads', mandateId: query.mandate });
        if (!page) return;
        const { expiresAt } = page.changeable.mandate;
        const until = expiresAt ? lastDayOf(expiresAt) : cityDate(deps.legalEntities.clock.now());
        await showTerm(deps, ctx, { ...page, until, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: mandatePaths.term,
      name: 'mandates.term',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ mandate: id, until: z.string().max(20).default('') }) },
      async handle(ctx, { body: { mandate, until } }) {
        ctx.state.pageAddress = termHref(mandate);
        const page = await termPage(deps, ctx, { does: 'sends', mandateId: mandate });
        if (!page) return;
        const { visitor, changeable } = page;
        const of = { changeable, until, address: ctx.ip };
        const outcome = await changeTerm(deps.legalEntities, visitor.account, of);
        if (!outcome.ok) return showTerm(deps, ctx, { ...page, until, errors: [outcome.error] });
        const notice = 'account.notice.mandate_changed';
        const people = peopleHref(changeable.mandate.entityId);
        await confirmOn(deps.visitors, ctx, { visitor, page: people, notice });
      },
    }),
  ];
}

interface TermPage {
  visitor: Visitor;
  changeable: ChangeableMandate;
}

async function termPage(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { does, mandateId }: { does: 'reads' | 'sends'; mandateId: string },
): Promise<TermPage | undefined> {
  const { mandates } = deps.legalEntities;
  const from = async (visitor: Visitor) =>
    peopleFor(deps, visitor, (await mandates.findOpen(mandateId))?.entityId);
  const visitor = await powerfulVisitor(deps, ctx, { does, page: termHref(mandateId), from });
  if (!visitor) return undefined;
  const of = { mandateId, address: ctx.ip };
  const changeable = await changeableMandate(deps.legalEntities, visitor.account, of);
  if (changeable) return { visitor, changeable };
  await mandateGone(deps, ctx, visitor);
  return undefined;
}

async function showTerm(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: TermPage & Pick<MandateTermLocals, 'until' | 'errors'>,
): Promise<void> {
  const { visitor, changeable, until, errors } = of;
  const { mandate, by, entityName } = changeable;
  const { legalEntities } = deps;
  const reader = { locale: ctx.state.locale, personId: visitor.account.id, over: [by] };
  ctx.render(
    'mandates/term',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      entityName,
      mandate: await presentMandate(legalEntities, mandate, reader),
      form: { action: mandatePaths.term, fields: { mandate: mandate.id } },
      backHref: peopleHref(mandate.entityId),
      until,
      longestDays: legalEntities.mandateLimits.longestDays,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}
