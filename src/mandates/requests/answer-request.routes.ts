// The page on which an organisation reads who asks to act for it, and says yes or no.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import { maskName, maskNumber } from '../../accounts/masking.ts';
import { entityPaths, peopleHref } from '../../legal-entities/entity-paths.ts';
import { personReading, personSending } from '../../legal-entities/legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from '../../legal-entities/legal-entities-access.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { answerRequestHref, declineRequestHref, mandatePaths } from '../mandate-paths.ts';
import { peopleFor, powerfulVisitor } from '../mandate-access.ts';
import { answerableRequest, answerRequest } from './answer-request.ts';
import type { AnswerableRequest } from './answer-request.ts';
import { namedEntity } from './named-entity.ts';
import { presentRequest } from './present-request.ts';
import type { AnswerRequestLocals } from './requests.views.ts';

const id = z.string().max(100).default('');
const answers = z.enum(['confirm', 'decline']).default('decline').catch('decline');

export function answerRequestRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: mandatePaths.requestAnswer,
      name: 'mandates.answer_request_page',
      input: { query: z.object({ request: id }) },
      async handle(ctx, { query }) {
        const page = answerRequestHref(query.request);
        const from = (reader: Visitor) => peopleOfNamed(deps, reader, query.request);
        const visitor = await powerfulVisitor(deps, ctx, { does: 'reads', page, from });
        if (visitor) await show(deps, ctx, { visitor, requestId: query.request, errors: [] });
      },
    }),
    defineRoute({
      method: 'GET',
      path: mandatePaths.requestDecline,
      name: 'mandates.decline_request_page',
      input: { query: z.object({ request: id }) },
      async handle(ctx, { query }) {
        const visitor = await personReading(deps, ctx);
        if (visitor) await showDecline(deps, ctx, { visitor, requestId: query.request });
      },
    }),
    defineRoute({
      method: 'POST',
      path: mandatePaths.requestAnswer,
      name: 'mandates.answer_request',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ request: id, answer: answers }) },
      async handle(ctx, { body: { request: requestId, answer } }) {
        const page = answerRequestHref(requestId);
        ctx.state.pageAddress = page;
        const isConfirmed = answer === 'confirm';
        if (!isConfirmed) ctx.state.pageAddress = declineRequestHref(requestId);
        // Who says no is not held up.
        const visitor = isConfirmed
          ? await powerfulVisitor(deps, ctx, { does: 'sends', page })
          : await personSending(deps, ctx);
        if (visitor) await send(deps, ctx, { visitor, requestId, isConfirmed });
      },
    }),
  ];
}

async function peopleOfNamed(
  deps: LegalEntitiesPageDependencies,
  visitor: Visitor,
  requestId: string,
): Promise<string | undefined> {
  const request = await deps.legalEntities.requests.find(requestId);
  const entity = request && (await namedEntity(deps.legalEntities, request.entity));
  return peopleFor(deps, visitor, entity?.id);
}

async function send(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, ...given }: { visitor: Visitor; requestId: string; isConfirmed: boolean },
): Promise<void> {
  const { legalEntities, visitors } = deps;
  const { requestId } = given;
  const request = await legalEntities.requests.find(requestId);
  const answered = { ...given, address: ctx.ip };
  const outcome = await answerRequest(legalEntities, visitor.account, answered);
  if (outcome === 'confirmed' || outcome === 'declined') {
    const uscc = request?.entity.number ?? '';
    const entity = await legalEntities.accounts.findByLogin(uscc, { kind: 'legalEntity' });
    const notice = `account.notice.request_${outcome}` as const;
    const page = entity ? peopleHref(entity.id) : entityPaths.list;
    return confirmOn(visitors, ctx, { visitor, page, notice });
  }
  const errors = [{ key: `mandates.request.refused.${outcome}` }] as const;
  await show(deps, ctx, { visitor, requestId, errors });
}

function answerFields(request: string, answer: z.output<typeof answers>) {
  return { request, answer };
}

async function answerableOrGone(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, requestId }: { visitor: Visitor; requestId: string },
): Promise<AnswerableRequest | undefined> {
  const asked = { requestId, address: ctx.ip };
  const found = await answerableRequest(deps.legalEntities, visitor.account, asked);
  if (found) return found;
  const page = (await peopleOfNamed(deps, visitor, requestId)) ?? entityPaths.list;
  await confirmOn(deps.visitors, ctx, { visitor, page, notice: 'account.notice.request_gone' });
  return undefined;
}

async function showDecline(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; requestId: string },
): Promise<void> {
  const found = await answerableOrGone(deps, ctx, of);
  if (!found) return;
  const { request, entity } = found;
  ctx.render('mandates/decline', {
    ...(await accountFrame(deps.visitors, of.visitor)),
    asked: 'request',
    entityName: entity.name ?? '',
    applicantName: maskName(request.person.name),
    form: { action: mandatePaths.requestAnswer, fields: answerFields(request.id, 'decline') },
    backHref: peopleHref(entity.id),
  });
}

async function show(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; requestId: string } & Pick<AnswerRequestLocals, 'errors'>,
): Promise<void> {
  const { legalEntities, visitors } = deps;
  const { visitor, errors } = of;
  const found = await answerableOrGone(deps, ctx, of);
  if (!found) return;
  const { request, entity } = found;
  const { person } = request;
  ctx.render(
    'mandates/answer-request',
    {
      ...(await accountFrame(visitors, visitor)),
      entityName: entity.name ?? '',
      applicant: { name: person.name, maskedNumber: maskNumber(person.number, 'signedIn') },
      request: presentRequest(legalEntities, request, ctx.state.locale),
      singleUseHours: legalEntities.mandateLimits.singleUseHours,
      confirmForm: {
        action: mandatePaths.requestAnswer,
        fields: answerFields(request.id, 'confirm'),
      },
      declineHref: declineRequestHref(request.id),
      backHref: peopleHref(entity.id),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}
