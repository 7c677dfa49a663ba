// The form on which somebody asks to act for an organisation.
import { z } from 'zod';
import { accountFrame } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import { cityDate } from '../../accounts/age.ts';
import { entityPaths } from '../../legal-entities/entity-paths.ts';
import type { LegalEntitiesPageDependencies } from '../../legal-entities/legal-entities-access.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { handlerBody } from '../invite-handler.routes.ts';
import { choicesOf, namedClients, namedServices } from '../mandate-choices.ts';
import { mandatePaths, requestHref } from '../mandate-paths.ts';
import { powerfulVisitor } from '../mandate-access.ts';
import { daysAfter } from '../mandate-terms.ts';
import { askToHandle } from './ask-to-handle.ts';
import type { TypedRequest } from './ask-to-handle.ts';
import { sendRepresentativeCode } from './prove-by-code.ts';
import type { RequestFormLocals } from './requests.views.ts';

const body = handlerBody
  .omit({ entity: true, upon: true, holder: true, may_subdelegate: true })
  .extend({ way: z.string().max(20).default('') });

export function requestRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: mandatePaths.request,
      name: 'mandates.request_page',
      async handle(ctx) {
        const visitor = await applicant(deps, ctx, 'reads');
        if (visitor) await showForm(deps, ctx, { visitor, typed: blank(deps), errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: mandatePaths.request,
      name: 'mandates.request',
      limiter: 'account',
      csrf: 'token',
      input: { body },
      async handle(ctx, input) {
        ctx.state.pageAddress = mandatePaths.request;
        const visitor = await applicant(deps, ctx, 'sends');
        if (visitor) await ask(deps, ctx, { visitor, typed: typedOf(input.body) });
      },
    }),
  ];
}

function applicant(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  does: 'reads' | 'sends',
): Promise<Visitor | undefined> {
  return powerfulVisitor(deps, ctx, { does, page: mandatePaths.request });
}

function allChoices({ legalEntities }: LegalEntitiesPageDependencies) {
  return choicesOf(legalEntities.choices, { maySubdelegate: false });
}

async function ask(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, typed }: { visitor: Visitor; typed: TypedRequest },
): Promise<void> {
  const { legalEntities } = deps;
  const { requestWays: ways } = legalEntities;
  const given = { typed, ways, choices: allChoices(deps), address: ctx.ip };
  const outcome = await askToHandle(legalEntities, visitor.account, given);
  if (!outcome.ok) return showForm(deps, ctx, { visitor, typed, errors: outcome.errors });
  const { request } = outcome;
  // When that is too soon after another one, the next page sends it.
  if (request.way === 'representative') {
    await sendRepresentativeCode(legalEntities, request, ctx.ip);
  }
  redirect(ctx, requestHref(request.id));
}

async function showForm(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor } & Pick<RequestFormLocals, 'typed' | 'errors'>,
): Promise<void> {
  const { visitor, typed, errors } = of;
  const { legalEntities } = deps;
  const { locale } = ctx.state;
  const { services, clients } = allChoices(deps);
  const { longestDays, singleUseHours } = legalEntities.mandateLimits;
  ctx.render(
    'mandates/request',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      form: { action: mandatePaths.request },
      typed,
      ways: legalEntities.requestWays,
      services: namedServices(legalEntities.choices, services, locale),
      clients: namedClients(legalEntities.choices, clients, locale),
      limits: { longestDays, singleUseHours },
      backHref: entityPaths.list,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

function blank({ legalEntities }: LegalEntitiesPageDependencies): TypedRequest {
  const { mandateLimits, clock } = legalEntities;
  return {
    name: '',
    number: '',
    way: '',
    serviceScope: 'some',
    services: [],
    clientScope: 'all',
    clients: [],
    isSingleUse: false,
    from: '',
    until: daysAfter(cityDate(clock.now()), mandateLimits.defaultDays),
  };
}

function typedOf(sent: z.output<typeof body>): TypedRequest {
  const { name, number, way, services, clients, from, until } = sent;
  return {
    name,
    number,
    way,
    serviceScope: sent.service_scope,
    services,
    clientScope: sent.client_scope,
    clients,
    isSingleUse: sent.single_use === 'yes',
    from,
    until,
  };
}
