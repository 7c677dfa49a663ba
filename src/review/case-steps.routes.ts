// What a reviewer presses at a case: claim, release, decide, undo, ask again, second look.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { DeskOutcome } from './case-work.ts';
import { caseParams, showCase } from './case.routes.ts';
import { consoleFrame, reviewerOrExplanation, showRefusal } from './console-access.ts';
import type { ConsoleDependencies, ConsoleVisitor } from './console-access.ts';
import { reviewReasons, verdicts } from './review-case.ts';
import type { ReviewReason, Verdict } from './review-case.ts';
import { casePath, queuePath, reviewPaths } from './review-paths.ts';
import type { ConsoleDone } from './review.views.ts';

const NOTE_LENGTH = 500;
/** What is told is the answer itself. */
const ANSWER_LENGTH = 2000;
const nothing = z.object({});
const decisionBody = z.object({
  verdict: z.enum(verdicts),
  reason: z.string().max(40).default(''),
  note: z.string().max(5000).default(''),
});

type SimplePage = 'claim' | 'release' | 'undo' | 'askAgain';

export function caseStepRoutes(deps: ConsoleDependencies): Route[] {
  const { caseWork } = deps.review;
  return [
    simpleStep(deps, 'claim', (...of) => caseWork.claim(...of)),
    simpleStep(deps, 'release', (...of) => caseWork.release(...of)),
    simpleStep(deps, 'undo', (...of) => caseWork.undo(...of)),
    simpleStep(deps, 'askAgain', (...of) => caseWork.askAgain(...of)),
    defineRoute({
      method: 'POST',
      path: reviewPaths.secondLook,
      name: 'review.second_look',
      limiter: 'review',
      csrf: 'token',
      input: { params: caseParams, body: z.object({ verdict: z.enum(['agreed', 'disagreed']) }) },
      async handle(ctx, { params: { id }, body: { verdict } }) {
        const at = await reviewerOrExplanation(deps, ctx, casePath(reviewPaths.case, id));
        if (!at) return;
        const outcome = await caseWork.secondLook(id, at.reviewer, verdict);
        goOn(ctx, at, { outcome, to: queuePath({ filter: 'is:drawn', done: 'looked_again' }) });
      },
    }),
    defineRoute({
      method: 'POST',
      path: reviewPaths.decide,
      name: 'review.decide',
      limiter: 'review',
      csrf: 'token',
      input: { params: caseParams, body: decisionBody },
      async handle(ctx, { params: { id }, body }) {
        const at = await reviewerOrExplanation(deps, ctx, casePath(reviewPaths.case, id));
        if (at) await decide(deps, ctx, { at, id, body });
      },
    }),
  ];
}

const DONE: Readonly<Record<SimplePage, ConsoleDone>> = {
  claim: 'claimed',
  release: 'released',
  undo: 'undone',
  askAgain: 'asked_again',
};
const NAMES = {
  claim: 'review.claim',
  release: 'review.release',
  undo: 'review.undo',
  askAgain: 'review.ask_again',
} as const;

function simpleStep(
  deps: ConsoleDependencies,
  page: SimplePage,
  act: (id: string, by: ConsoleVisitor['reviewer']) => Promise<DeskOutcome>,
): Route {
  return defineRoute({
    method: 'POST',
    path: reviewPaths[page],
    name: NAMES[page],
    limiter: 'review',
    csrf: 'token',
    input: { params: caseParams, body: nothing },
    async handle(ctx, { params: { id } }) {
      const at = await reviewerOrExplanation(deps, ctx, casePath(reviewPaths.case, id));
      if (!at) return;
      const outcome = await act(id, at.reviewer);
      const done = DONE[page];
      const to =
        page === 'release' ? queuePath({ done }) : `${casePath(reviewPaths.case, id)}?done=${done}`;
      goOn(ctx, at, { outcome, to });
    },
  });
}

function goOn(
  ctx: HttpContext,
  at: ConsoleVisitor,
  { outcome, to }: { outcome: DeskOutcome; to: string },
): void {
  if (!outcome.ok) return showRefusal(ctx, at, outcome);
  redirect(ctx, to);
}

interface Deciding {
  at: ConsoleVisitor;
  id: string;
  body: z.infer<typeof decisionBody>;
}

async function decide(deps: ConsoleDependencies, ctx: HttpContext, of: Deciding): Promise<void> {
  const { at, id, body } = of;
  const { verdict } = body;
  const note = body.note.trim();
  const reason = reasonOf(verdict, body.reason);
  const isAnswer = (await deps.review.cases.find(id))?.kind === 'data_request';
  const isTooLong = note.length > (isAnswer ? ANSWER_LENGTH : NOTE_LENGTH);
  const isMissing = isAnswer && note === '';
  if (!reason || isTooLong || isMissing) {
    const errors = [
      ...(reason ? [] : [{ field: `${verdict}-reason`, key: 'review.decide.reason_missing' }]),
      ...(isTooLong ? [{ field: `${verdict}-note`, key: 'review.decide.note_too_long' }] : []),
      ...(isMissing ? [{ field: `${verdict}-note`, key: 'review.decide.answer_missing' }] : []),
    ];
    return showAgain(deps, ctx, { ...of, errors });
  }
  const decision = { verdict, reason, ...(note === '' ? {} : { note }) };
  const outcome = await deps.review.caseWork.decide(id, at.reviewer, decision);
  if (!outcome.ok && outcome.reason === 'files_unseen') {
    const errors = [{ field: 'reveal', key: 'review.refused.files_unseen' }];
    return showAgain(deps, ctx, { ...of, errors });
  }
  const isDecided = outcome.ok && outcome.reviewCase.state === 'decided';
  const to = isDecided ? queuePath({ done: 'decided', undo: id }) : queuePath({ done: 'voted' });
  goOn(ctx, at, { outcome, to });
}

/** The case as it was, with what was typed. */
async function showAgain(
  deps: ConsoleDependencies,
  ctx: HttpContext,
  of: Deciding & { errors: readonly { field: string; key: string }[] },
): Promise<void> {
  const { at, id, body, errors } = of;
  const read = await deps.review.reading.read(id, at.reviewer);
  if (!read.ok) return showRefusal(ctx, at, read);
  const more = { errors, typed: { verdict: body.verdict, reason: body.reason, note: body.note } };
  await showCase(deps, ctx, { at, read, frame: consoleFrame(at), more });
}

function reasonOf(verdict: Verdict, text: string): ReviewReason | undefined {
  const known: readonly ReviewReason[] = reviewReasons[verdict];
  return known.find((each) => each === text);
}
