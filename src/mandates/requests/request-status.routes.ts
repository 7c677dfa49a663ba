// How a request stands, for who asked: a code to type in, taking it back, or what became of it.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import { codeProblem, sendProblem } from '../../interactions/contact-code-page.ts';
import { typedCode } from '../../interactions/sign-in-step-form.ts';
import { entityPaths } from '../../legal-entities/entity-paths.ts';
import { personReading, personSending } from '../../legal-entities/legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from '../../legal-entities/legal-entities-access.ts';
import { presentCase } from '../../papers/present-papers.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { letterHref, letterPaperHref, mandatePaths, requestHref } from '../mandate-paths.ts';
import { powerfulVisitor } from '../mandate-access.ts';
import { withdrawRequest } from './ask-to-handle.ts';
import type { HandlerRequest } from './handler-request.ts';
import { presentRequest } from './present-request.ts';
import { ownRequest } from './request-access.ts';
import {
  proveByCode,
  representativeCode,
  requestToProve,
  sendRepresentativeCode,
} from './prove-by-code.ts';
import { isGrantRefusal } from './grant-requested.ts';
import type { ProveByCodeOutcome } from './prove-by-code.ts';
import type { RequestStatusLocals } from './requests.views.ts';

const id = z.string().max(100).default('');
const formPaths = {
  withdraw: mandatePaths.requestWithdraw,
  send_code: mandatePaths.requestSendCode,
  code: mandatePaths.requestCode,
} as const;

export function requestStatusRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    // Opened by themselves they lead to where requests are listed.
    ...Object.entries(formPaths).map(([name, path]) =>
      defineRoute({
        method: 'GET',
        path,
        name: `mandates.form_request_${name}`,
        handle: (ctx) => redirect(ctx, mandatePaths.own),
      }),
    ),
    defineRoute({
      method: 'GET',
      path: mandatePaths.requestStatus,
      name: 'mandates.request_status',
      input: { query: z.object({ request: id }) },
      async handle(ctx, { query }) {
        const visitor = await personReading(deps, ctx);
        if (!visitor) return;
        const request = await ownRequest(deps, ctx, { visitor, requestId: query.request });
        if (request) await showStatus(deps, ctx, { visitor, request, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: mandatePaths.requestWithdraw,
      name: 'mandates.request_withdraw',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ request: id }) },
      async handle(ctx, { body }) {
        const visitor = await personSending(deps, ctx);
        if (!visitor) return;
        const given = { requestId: body.request, address: ctx.ip };
        const isDone = await withdrawRequest(deps.legalEntities, visitor.account, given);
        const notice = isDone ? 'account.notice.request_withdrawn' : 'account.notice.request_gone';
        await confirmOn(deps.visitors, ctx, { visitor, page: mandatePaths.own, notice });
      },
    }),
    ...codeRoutes(deps),
  ];
}

function codeRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: mandatePaths.requestSendCode,
      name: 'mandates.request_send_code',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({ request: id }) },
      async handle(ctx, { body }) {
        const found = await proving(deps, ctx, body.request);
        if (!found) return;
        const sent = await sendRepresentativeCode(deps.legalEntities, found.request, ctx.ip);
        if (sent.ok) return redirect(ctx, requestHref(found.request.id));
        ctx.set('Retry-After', String(sent.retryAfterSeconds));
        await showStatus(deps, ctx, { ...found, errors: [sendProblem(sent)], status: 429 });
      },
    }),
    defineRoute({
      method: 'POST',
      path: mandatePaths.requestCode,
      name: 'mandates.request_code',
      limiter: 'secondFactor',
      csrf: 'token',
      input: { body: z.object({ request: id, code: z.string().max(50).default('') }) },
      async handle(ctx, { body }) {
        const found = await proving(deps, ctx, body.request);
        if (!found) return;
        const code = typedCode(body.code);
        if (code === '') {
          const missing = { field: 'code', key: 'contact-code.code_missing' } as const;
          return showStatus(deps, ctx, { ...found, errors: [missing] });
        }
        const given = { request: found.request, code, address: ctx.ip };
        const outcome = await proveByCode(deps.legalEntities, given);
        if (!outcome.ok) {
          return showStatus(deps, ctx, { ...found, errors: [problemOf(outcome)] });
        }
        const notice = 'account.notice.request_granted';
        await confirmOn(deps.visitors, ctx, { ...found, page: mandatePaths.own, notice });
      },
    }),
  ];
}

function problemOf(
  outcome: ProveByCodeOutcome & { ok: false },
): RequestStatusLocals['errors'][number] {
  return isGrantRefusal(outcome)
    ? { key: `mandates.request.refused.${outcome.reason}` }
    : codeProblem(outcome);
}

/** Power is taken with two factors of the last minutes, also by who was told a code. */
async function proving(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  requestId: string,
): Promise<{ visitor: Visitor; request: HandlerRequest } | undefined> {
  const page = requestHref(requestId);
  ctx.state.pageAddress = page;
  const visitor = await powerfulVisitor(deps, ctx, { does: 'sends', page });
  if (!visitor) return undefined;
  const request = await requestToProve(deps.legalEntities, visitor.account, requestId);
  if (request) return { visitor, request };
  redirect(ctx, page);
  return undefined;
}

async function showStatus(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; request: HandlerRequest; status?: number } & Pick<
    RequestStatusLocals,
    'errors'
  >,
): Promise<void> {
  const { legalEntities } = deps;
  const { visitor, request, errors } = of;
  const isOpen = legalEntities.requests.isOpen(request);
  const isByCode = isOpen && request.way === 'representative';
  if (isByCode && errors.length === 0) {
    const page = requestHref(request.id);
    if (!(await powerfulVisitor(deps, ctx, { does: 'reads', page }))) return;
  }
  const fields = { request: request.id };
  ctx.render(
    'mandates/request-status',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      request: presentRequest(legalEntities, request, ctx.state.locale),
      singleUseHours: legalEntities.mandateLimits.singleUseHours,
      ...(isByCode ? { code: await codeView(deps, request) } : {}),
      ...(request.way === 'letter' ? { letter: await letterView(deps, request) } : {}),
      ...(isOpen ? { withdrawForm: { action: mandatePaths.requestWithdraw, fields } } : {}),
      ...(isOpen || request.outcome === 'granted' ? {} : { againHref: mandatePaths.request }),
      backHref: entityPaths.list,
      errors,
    },
    { status: of.status ?? (errors.length > 0 ? 422 : 200) },
  );
}

async function codeView(
  { legalEntities }: LegalEntitiesPageDependencies,
  request: HandlerRequest,
): Promise<NonNullable<RequestStatusLocals['code']>> {
  const fields = { request: request.id };
  const sent = await representativeCode(legalEntities, request);
  return {
    ...(sent ? { until: sent.validUntil } : {}),
    sendForm: { action: mandatePaths.requestSendCode, fields },
    form: { action: mandatePaths.requestCode, fields },
  };
}

/** Nothing can be sent where staff look at no letters any more. */
async function letterView(
  { legalEntities }: LegalEntitiesPageDependencies,
  request: HandlerRequest,
): Promise<NonNullable<RequestStatusLocals['letter']>> {
  const { letterReview: review } = legalEntities;
  const [present, isWanted] = await Promise.all([
    review?.caseOf(request),
    review?.isWanted(request),
  ]);
  const { id } = request;
  return {
    ...(present ? { case: presentCase(present) } : {}),
    ...(isWanted ? { uploadHref: letterHref(id), paperHref: letterPaperHref(id) } : {}),
  };
}
