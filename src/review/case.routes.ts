// A case in the console: reading it, looking with a reason, revealing what is masked, its pictures.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { isolateContent } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { lookReasons, revealReasons } from './case-reading.ts';
import type { ReadOutcome } from './case-reading.ts';
import {
  consoleFrame,
  freshOrOnTheWay,
  reviewerOrExplanation,
  reviewerOrSignIn,
  showRefusal,
  statusOfRefusal,
} from './console-access.ts';
import type { ConsoleDependencies, ConsoleVisitor } from './console-access.ts';
import { presentCase } from './present-case.ts';
import { presentRow, summaryOf } from './present-queue.ts';
import { casePath, reviewPaths } from './review-paths.ts';
import type { CaseLocals, CaseLockedLocals, ConsoleFrame } from './review.views.ts';
import { consoleDone } from './review.views.ts';

const caseId = z
  .string()
  .max(12)
  .regex(/^\d{12}$/u);
export const caseParams = z.object({ id: caseId });
const fileParams = z.object({
  id: caseId,
  file: z
    .string()
    .max(64)
    .regex(/^[\w-]+$/u),
  page: z
    .string()
    .max(3)
    .regex(/^[1-9]\d{0,2}$/u),
});
const donePage = z.object({ done: z.enum(consoleDone).optional() });

export function caseRoutes(deps: ConsoleDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: reviewPaths.case,
      name: 'review.case',
      input: { params: caseParams, query: donePage },
      async handle(ctx, { params: { id }, query: { done } }) {
        const at = await reviewerOrSignIn(deps, ctx);
        if (!at) return;
        const frame = consoleFrame(at, done && { what: done });
        const read = await deps.review.reading.read(id, at.reviewer);
        if (read.ok) await showCase(deps, ctx, { at, read, frame });
        else showLocked(deps, ctx, { at, read });
      },
    }),
    ...lookRoutes(deps),
    ...revealRoutes(deps),
    defineRoute({
      method: 'GET',
      path: reviewPaths.file,
      name: 'review.file',
      input: { params: fileParams },
      async handle(ctx, { params }) {
        const at = await reviewerOrSignIn(deps, ctx);
        if (at) await showFile(deps, ctx, { at, params });
      },
    }),
  ];
}

function lookRoutes(deps: ConsoleDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: reviewPaths.look,
      name: 'review.look_page',
      input: { params: caseParams },
      async handle(ctx, { params: { id } }) {
        const at = await reviewerOrSignIn(deps, ctx);
        if (!at) return;
        const of = await deps.review.cases.find(id);
        if (!of) return showRefusal(ctx, at, { reason: 'case_unknown' });
        ctx.render('review/locked', lockedLocals(deps, at, of));
      },
    }),
    defineRoute({
      method: 'POST',
      path: reviewPaths.look,
      name: 'review.look',
      limiter: 'review',
      csrf: 'token',
      input: {
        params: caseParams,
        body: z.object({ reason: z.enum(lookReasons).optional().catch(undefined) }),
      },
      async handle(ctx, { params: { id }, body: { reason } }) {
        const at = await reviewerOrExplanation(deps, ctx, casePath(reviewPaths.look, id));
        if (!at) return;
        const of = await deps.review.cases.find(id);
        if (of && !reason) {
          const errors = [{ field: 'reason', key: 'review.look.reason_missing' }];
          ctx.render('review/locked', { ...lockedLocals(deps, at, of), errors }, { status: 422 });
          return;
        }
        const looked = await deps.review.reading.look(id, at.reviewer, reason ?? 'enquiry');
        if (!looked.ok) return showRefusal(ctx, at, looked);
        redirect(ctx, casePath(reviewPaths.case, id));
      },
    }),
  ];
}

function revealRoutes(deps: ConsoleDependencies): Route[] {
  const locals = (at: ConsoleVisitor, id: string) => ({
    ...consoleFrame(at),
    caseHref: casePath(reviewPaths.case, id),
    form: { action: casePath(reviewPaths.reveal, id) },
    reasons: revealReasons,
    errors: [],
  });
  return [
    defineRoute({
      method: 'GET',
      path: reviewPaths.reveal,
      name: 'review.reveal_page',
      input: { params: caseParams },
      async handle(ctx, { params: { id } }) {
        const at = await reviewerOrSignIn(deps, ctx);
        if (!at) return;
        const returnTo = casePath(reviewPaths.reveal, id);
        if (!(await freshOrOnTheWay(deps, ctx, { visitor: at.visitor, returnTo }))) return;
        ctx.render('review/reveal', locals(at, id));
      },
    }),
    defineRoute({
      method: 'POST',
      path: reviewPaths.reveal,
      name: 'review.reveal',
      limiter: 'review',
      csrf: 'token',
      input: {
        params: caseParams,
        body: z.object({ reason: z.enum(revealReasons).optional().catch(undefined) }),
      },
      async handle(ctx, { params: { id }, body: { reason } }) {
        const returnTo = casePath(reviewPaths.reveal, id);
        const at = await reviewerOrExplanation(deps, ctx, returnTo);
        if (!at) return;
        if (!(await freshOrOnTheWay(deps, ctx, { visitor: at.visitor, returnTo }))) return;
        if (!reason) {
          const errors = [{ field: 'reason', key: 'review.reveal.reason_missing' }];
          ctx.render('review/reveal', { ...locals(at, id), errors }, { status: 422 });
          return;
        }
        const revealed = await deps.review.reading.reveal(id, at.reviewer, reason);
        if (!revealed.ok) return showRefusal(ctx, at, revealed);
        redirect(ctx, `${casePath(reviewPaths.case, id)}?done=revealed`);
      },
    }),
  ];
}

/** The case with all that belongs to it. */
export async function showCase(
  deps: ConsoleDependencies,
  ctx: HttpContext,
  of: {
    at: ConsoleVisitor;
    read: ReadOutcome & { ok: true };
    frame: ConsoleFrame;
    more?: Pick<CaseLocals, 'errors' | 'typed'>;
  },
): Promise<void> {
  const { review, visitors, evidenceFiles } = deps;
  const { reviewCase } = of.read;
  const ids = [...new Set([reviewCase.applicantId, ...reviewCase.involvedIds])];
  const [related, files, ...accounts] = await Promise.all([
    review.cases.listRelated(reviewCase),
    evidenceFiles.ofCase(reviewCase.id),
    ...ids.map((id) => visitors.accounts.findById(id)),
  ]);
  const surroundings = {
    related,
    files,
    accounts: accounts.filter((account) => account !== undefined),
    canAskAgain: review.desk.handlerOf(reviewCase.kind)?.askSources !== undefined,
  };
  const to = { reviewerId: of.at.reviewer.id, now: review.clock.now(), frame: of.frame };
  const locals = presentCase(of.read, surroundings, to);
  const options = of.more ? { status: 422 } : {};
  ctx.render('review/case', { ...locals, ...of.more }, options);
}

/** What may be known without a claim or a reason, and the ways to get one. */
function showLocked(
  deps: ConsoleDependencies,
  ctx: HttpContext,
  { at, read }: { at: ConsoleVisitor; read: ReadOutcome & { ok: false } },
): void {
  const { reason, reviewCase } = read;
  const canOpen = reason === 'not_claimed' || reason === 'claim_expired';
  if (!reviewCase || !canOpen) return showRefusal(ctx, at, { reason });
  ctx.render(
    'review/locked',
    { ...lockedLocals(deps, at, reviewCase), refusal: reason },
    { status: statusOfRefusal(reason), isError: true },
  );
}

function lockedLocals(
  { review }: ConsoleDependencies,
  at: ConsoleVisitor,
  of: NonNullable<ReadOutcome['reviewCase']>,
): CaseLockedLocals {
  const now = review.clock.now();
  const { claimForm } = presentRow(of, { reviewerId: at.reviewer.id, now });
  return {
    ...consoleFrame(at),
    summary: summaryOf(of, now),
    ...(claimForm ? { claimForm } : {}),
    lookForm: { action: casePath(reviewPaths.look, of.id) },
    reasons: lookReasons,
    errors: [],
  };
}

/** A page of a file as a picture: only of a case that may be read, and only once it is revealed. */
async function showFile(
  { review, evidenceFiles }: ConsoleDependencies,
  ctx: HttpContext,
  of: { at: ConsoleVisitor; params: z.infer<typeof fileParams> },
): Promise<void> {
  const { at, params } = of;
  const read = await review.reading.read(params.id, at.reviewer, 'file');
  if (!read.ok) return showRefusal(ctx, at, read);
  if (!read.isRevealed) {
    return redirect(ctx, casePath(reviewPaths.reveal, params.id));
  }
  const page = Number(params.page) - 1;
  const wanted = { caseId: params.id, fileId: params.file, page };
  const { id: actor, address } = at.reviewer;
  const picture = await evidenceFiles.view(wanted, { actor, address });
  if (!picture) return showRefusal(ctx, at, { reason: 'case_unknown' });
  isolateContent(ctx);
  ctx.type = 'image/jpeg';
  ctx.set('Content-Disposition', 'inline; filename="evidence.jpg"');
  ctx.body = picture;
}
