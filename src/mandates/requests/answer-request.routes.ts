// The page on which an organisation reads who asks to act for it, and says yes or no.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import { maskNumber } from '../../accounts/masking.ts';
import { entityPaths, peopleHref } from '../../legal-entities/entity-paths.ts';
import { personSending } from '../../legal-entities/legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from '../../legal-entities/legal-entities-access.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { answerRequestHref, mandatePaths } from '../mandate-paths.ts';
import { powerfulVisitor } from '../mandate-access.ts';
import { answerableRequest, answerRequest } from './answer-request.ts';
import type { AnswerableRequest } from './answer-request.ts';
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
        const visitor = await powerfulVisitor(deps, ctx, { does: 'reads', page });
        if (visitor) await show(deps, ctx, { visitor, requestId: query.request, errors: [] });
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
        // Who says no is not held up.
        const visitor = isConfirmed
          ? await powerfulVisitor(deps, ctx, { does: 'sends', page })
          : await personSending(deps, ctx);
        if (visitor) await send(deps, ctx, { visitor, requestId, isConfirmed });
      },
    }),
  ];
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

async function show(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; requestId: string } & Pick<AnswerRequestLocals, 'errors'>,
): Promise<void> {
  const { legalEntities, visitors } = deps;
  const { visitor, requestId, errors } = of;
  const asked = { requestId, address: ctx.ip };
  const found: AnswerableRequest | undefined = await answerableRequest(
    legalEntities,
    visitor.account,
    asked,
  );
  if (!found) {
    const notice = 'account.notice.request_gone';
    return confirmOn(visitors, ctx, { visitor, page: entityPaths.list, notice });
  }
  const { request, entity } = found;
  const { person } = request;
  const fieldsOf = (answer: string) => ({ request: request.id, answer });
  ctx.render(
    'mandates/answer-request',
    {
      ...(await accountFrame(visitors, visitor)),
      entityName: entity.name ?? '',
      applicant: { name: person.name, maskedNumber: maskNumber(person.number, 'signedIn') },
      request: presentRequest(legalEntities, request, ctx.state.locale),
      singleUseHours: legalEntities.mandateLimits.singleUseHours,
      confirmForm: { action: mandatePaths.requestAnswer, fields: fieldsOf('confirm') },
      declineForm: { action: mandatePaths.requestAnswer, fields: fieldsOf('decline') },
      backHref: peopleHref(entity.id),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}
