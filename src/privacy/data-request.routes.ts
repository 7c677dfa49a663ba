// The pages of requests about one's data: the list, a new one, and each with its answer.
import { z } from 'zod';
import {
  accountFrame,
  confirmOn,
  visitorOrExplanation,
  visitorOrSignIn,
} from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths } from '../account/account-paths.ts';
import { AppError } from '../platform/errors.ts';
import { isUnderWay } from '../papers/applicant-case.ts';
import { reasonKey } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { ANSWER_WORKING_DAYS, dataRights, MAX_REQUEST } from './data-request.ts';
import type { DataRequest, DataRequests } from './data-request.ts';
import type { DataRequestProblem } from './data-request.views.ts';

export interface DataRequestPageDependencies {
  visitors: AccountDependencies;
  requests: DataRequests;
}

const PATH = `${accountPaths.dataRequests}/:id`;
const params = z.object({
  id: z
    .string()
    .max(12)
    .regex(/^\d{12}$/u),
});
const text = z.string().max(10_000).default('');
const newBody = z.object({ right: z.enum(dataRights).optional().catch(undefined), text });
const supplyBody = z.object({ text });

export function dataRequestRoutes(deps: DataRequestPageDependencies): Route[] {
  const { visitors } = deps;
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.dataRequests,
      name: 'privacy.data_requests',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (visitor) await showList(deps, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'GET',
      path: accountPaths.newDataRequest,
      name: 'privacy.new_data_request',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (visitor) await showNew(deps, ctx, { visitor, typed: { text: '' }, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.newDataRequest,
      name: 'privacy.file_data_request',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: newBody },
      async handle(ctx, { body }) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await file(deps, ctx, { visitor, body });
      },
    }),
    ...ownRoutes(deps),
  ];
}

function ownRoutes(deps: DataRequestPageDependencies): Route[] {
  const { visitors, requests } = deps;
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      name: 'privacy.data_request',
      input: { params },
      async handle(ctx, { params: { id } }) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (!visitor) return;
        const request = await ownRequest(deps, visitor, id);
        await showRequest(deps, ctx, { visitor, request, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: `${PATH}/supply`,
      name: 'privacy.supply_data_request',
      limiter: 'enrolment',
      csrf: 'token',
      input: { params, body: supplyBody },
      async handle(ctx, { params: { id }, body }) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await supply(deps, ctx, { visitor, id, text: body.text.trim() });
      },
    }),
    defineRoute({
      method: 'POST',
      path: `${PATH}/withdraw`,
      name: 'privacy.withdraw_data_request',
      limiter: 'enrolment',
      csrf: 'token',
      input: { params, body: z.object({}) },
      async handle(ctx, { params: { id } }) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (!visitor) return;
        await ownRequest(deps, visitor, id);
        const isGone = await requests.withdraw(id, visitor.account.id);
        const notice = `account.notice.data_request_${isGone ? 'withdrawn' : 'answered'}` as const;
        await confirmOn(visitors, ctx, { visitor, page: pathOf(id), notice });
      },
    }),
  ];
}

function pathOf(id: string): string {
  return `${accountPaths.dataRequests}/${id}`;
}

/** @throws AppError not_found also for another's */
async function ownRequest(
  { requests }: DataRequestPageDependencies,
  { account }: Visitor,
  id: string,
): Promise<DataRequest> {
  const request = await requests.find(id, account.id);
  if (!request) throw new AppError('not_found');
  return request;
}

async function showList(
  { visitors, requests }: DataRequestPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const [frame, all] = await Promise.all([
    accountFrame(visitors, visitor),
    requests.listOf(visitor.account.id),
  ]);
  ctx.render('privacy/data-requests', {
    ...frame,
    requests: all.map(({ id, state, openedAt, dueAt, closedAt }) => ({
      id,
      state,
      openedAt,
      ...(closedAt ? { closedAt } : { dueAt }),
      href: pathOf(id),
    })),
    newHref: accountPaths.newDataRequest,
    backHref: accountPaths.privacy,
  });
}

interface NewPage {
  visitor: Visitor;
  typed: { right?: (typeof dataRights)[number] | undefined; text: string };
  errors: readonly DataRequestProblem[];
  status?: number;
}

async function showNew(
  { visitors }: DataRequestPageDependencies,
  ctx: HttpContext,
  { visitor, typed, errors, status = errors.length > 0 ? 422 : 200 }: NewPage,
): Promise<void> {
  const { right } = typed;
  ctx.render(
    'privacy/new-data-request',
    {
      ...(await accountFrame(visitors, visitor)),
      rights: dataRights,
      typed: { text: typed.text, ...(right === undefined ? {} : { right }) },
      days: ANSWER_WORKING_DAYS,
      most: MAX_REQUEST,
      form: { action: accountPaths.newDataRequest },
      exportHref: accountPaths.export,
      correctHref: accountPaths.correct,
      closeHref: accountPaths.close,
      backHref: accountPaths.dataRequests,
      errors,
    },
    { status },
  );
}

async function file(
  deps: DataRequestPageDependencies,
  ctx: HttpContext,
  { visitor, body }: { visitor: Visitor; body: z.infer<typeof newBody> },
): Promise<void> {
  const { right } = body;
  const written = body.text.trim();
  const errors: DataRequestProblem[] = [
    ...(right ? [] : [{ field: 'right', key: 'data-request.right_missing' } as const]),
    ...textProblems(written),
  ];
  if (!right || errors.length > 0) {
    return showNew(deps, ctx, { visitor, typed: { right, text: body.text }, errors });
  }
  const filed = await deps.requests.file(visitor.account.id, { right, text: written });
  if (!filed.ok) {
    const problem = { key: `data-request.${filed.reason}` } as const;
    const page = { visitor, typed: { right, text: body.text }, errors: [problem], status: 429 };
    return showNew(deps, ctx, page);
  }
  const notice = 'account.notice.data_request_filed';
  await confirmOn(deps.visitors, ctx, { visitor, page: pathOf(filed.id), notice });
}

function textProblems(written: string): DataRequestProblem[] {
  if (written === '') return [{ field: 'text', key: 'data-request.text_missing' }];
  if (written.length <= MAX_REQUEST) return [];
  return [{ field: 'text', key: 'data-request.text_long', values: { count: MAX_REQUEST } }];
}

async function supply(
  deps: DataRequestPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; id: string; text: string },
): Promise<void> {
  const { visitor, id } = of;
  const request = await ownRequest(deps, visitor, id);
  const errors = textProblems(of.text);
  if (errors.length > 0) {
    ctx.state.pageAddress = pathOf(id);
    return showRequest(deps, ctx, { visitor, request, errors, typed: of.text });
  }
  const isTaken = await deps.requests.supply(request, visitor.account.id, of.text);
  const notice = `account.notice.data_request_${isTaken ? 'supplied' : 'answered'}` as const;
  await confirmOn(deps.visitors, ctx, { visitor, page: pathOf(id), notice });
}

async function showRequest(
  { visitors }: DataRequestPageDependencies,
  ctx: HttpContext,
  of: {
    visitor: Visitor;
    request: DataRequest;
    errors: readonly DataRequestProblem[];
    typed?: string;
  },
): Promise<void> {
  const { visitor, request, errors, typed = '' } = of;
  const { id, right, text: written, state, openedAt, dueAt, closedAt, reason, note } = request;
  ctx.render(
    'privacy/data-request',
    {
      ...(await accountFrame(visitors, visitor)),
      id,
      right,
      text: written,
      state,
      openedAt,
      ...(closedAt ? { closedAt } : { dueAt }),
      ...(reason ? { reason: reasonKey(state, reason) } : {}),
      ...(note === undefined ? {} : { answer: note }),
      ...(state === 'more_needed' ? { supplyForm: { action: `${pathOf(id)}/supply` }, typed } : {}),
      ...(isUnderWay(request) ? { withdrawForm: { action: `${pathOf(id)}/withdraw` } } : {}),
      newHref: accountPaths.newDataRequest,
      backHref: accountPaths.dataRequests,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}
