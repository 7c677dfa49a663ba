// The queue of the console: filter, pages, "the next one", figures, and the page that explains the filter.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { consoleFrame, reviewerOrExplanation, reviewerOrSignIn } from './console-access.ts';
import type { ConsoleDependencies, ConsoleVisitor } from './console-access.ts';
import { presentRow } from './present-queue.ts';
import {
  FILTER_LENGTH,
  filterKeys,
  filterValues,
  markProblems,
  parseFilter,
} from './review-filter.ts';
import type { FilterTerm } from './review-filter.ts';
import { casePath, queuePath, reviewPaths } from './review-paths.ts';
import { MOST_COUNTED } from './review-queue-store.ts';
import type { QueueCursor, QueuePage } from './review-queue-store.ts';
import { consoleDone } from './review.views.ts';
import type { ConsoleFrame } from './review.views.ts';

/** Milliseconds and the number of the case: nothing else can stand in it. */
const CURSOR = /^(?<at>\d{1,14})\.(?<id>\d{12})$/u;
const DEFAULT_FILTER = 'is:pending';
const PRESETS = [
  ['waiting', DEFAULT_FILTER],
  ['mine', 'assigned:me'],
  ['overdue', 'is:overdue'],
  ['second', 'is:pending approvals:2 votes:1'],
  ['asked', 'is:asked'],
  ['undoable', 'is:decided'],
  ['drawn', 'is:drawn'],
  ['stuck', 'is:stuck'],
] as const;
/** So many of the first are tried for one that this reviewer may claim. */
const NEXT_TRIES = 50;

const queueQuery = z.strictObject({
  filter: z.string().max(FILTER_LENGTH).default(DEFAULT_FILTER),
  after: z.string().max(30).regex(CURSOR).optional(),
  done: z.enum(consoleDone).optional(),
  undo: z
    .string()
    .max(12)
    .regex(/^\d{12}$/u)
    .optional(),
});
type QueueQuery = z.infer<typeof queueQuery>;

export function queueRoutes(deps: ConsoleDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: reviewPaths.queue,
      name: 'review.queue',
      input: { query: queueQuery },
      async handle(ctx, { query }) {
        const at = await reviewerOrSignIn(deps, ctx);
        if (at) await showQueue(deps, ctx, { at, query });
      },
    }),
    defineRoute({
      method: 'POST',
      path: reviewPaths.next,
      name: 'review.next',
      limiter: 'review',
      csrf: 'token',
      input: { body: z.object({ filter: z.string().max(FILTER_LENGTH).default(DEFAULT_FILTER) }) },
      async handle(ctx, { body: { filter } }) {
        const at = await reviewerOrExplanation(deps, ctx, queuePath({ filter }));
        if (at) await claimNext(deps, ctx, { at, filter });
      },
    }),
    defineRoute({
      method: 'GET',
      path: reviewPaths.figures,
      name: 'review.figures',
      async handle(ctx) {
        const at = await reviewerOrSignIn(deps, ctx);
        if (!at) return;
        ctx.render('review/figures', {
          ...consoleFrame(at),
          ...(await deps.review.figures.read()),
        });
      },
    }),
    defineRoute({
      method: 'GET',
      path: reviewPaths.help,
      name: 'review.help',
      async handle(ctx) {
        const at = await reviewerOrSignIn(deps, ctx);
        if (!at) return;
        const keys = filterKeys.map((key) => ({ key, values: filterValues[key] }));
        ctx.render('review/help', { ...consoleFrame(at), keys });
      },
    }),
  ];
}

async function showQueue(
  deps: ConsoleDependencies,
  ctx: HttpContext,
  { at, query }: { at: ConsoleVisitor; query: QueueQuery },
): Promise<void> {
  const filter = query.filter.trim();
  const parsed = parseFilter(filter);
  const frame = consoleFrame(at, await doneOf(deps, at, query));
  const presets = PRESETS.map(([name, text]) => ({
    name,
    filter: text,
    href: queuePath({ filter: text }),
    isCurrent: text === filter,
  }));
  const nextForm = { action: reviewPaths.next, fields: { filter } };
  const shown = { ...frame, filter, presets, nextForm };
  if (!parsed.ok) {
    const nothing = { rows: [], count: 0, isCountCut: false, isNewestFirst: false };
    const problems = parsed.problems.map(({ start, end, ...problem }) => ({
      ...problem,
      word: filter.slice(start, end),
    }));
    const marked = markProblems(filter, parsed.problems);
    const errors = [{ field: 'filter', key: 'review.filter.not_understood' }];
    ctx.render('review/queue', { ...shown, ...nothing, problems, marked, errors }, { status: 422 });
    return;
  }
  const page = await readPage(deps, { at, query, terms: parsed.terms });
  const now = deps.review.clock.now();
  ctx.render('review/queue', {
    ...shown,
    rows: page.cases.map((of) => presentRow(of, { reviewerId: at.reviewer.id, now })),
    count: page.count,
    isCountCut: page.count >= MOST_COUNTED,
    isNewestFirst: page.isNewestFirst,
    ...(page.next ? { nextHref: queuePath({ filter, after: cursorText(page.next) }) } : {}),
    ...(query.after === undefined ? {} : { firstHref: queuePath({ filter }) }),
    problems: [],
    marked: [],
    errors: [],
  });
}

function readPage(
  { review }: ConsoleDependencies,
  of: { at: ConsoleVisitor; query: QueueQuery; terms: readonly FilterTerm[] },
): Promise<QueuePage> {
  const after = of.query.after === undefined ? undefined : cursorOf(of.query.after);
  return review.queue.page(of.terms, { reviewerId: of.at.reviewer.id, after });
}

/** What was just done, and how to take it back while that is possible. */
async function doneOf(
  { review }: ConsoleDependencies,
  { reviewer }: ConsoleVisitor,
  { done, undo }: QueueQuery,
): Promise<ConsoleFrame['done']> {
  if (done === undefined) return undefined;
  const of = undo === undefined ? undefined : await review.cases.find(undo);
  const { decision } = of ?? {};
  const left = (decision?.effectiveAt.getTime() ?? 0) - review.clock.now().getTime();
  if (!of || of.state !== 'decided' || decision?.by !== reviewer.id || left <= 0) {
    return { what: done };
  }
  const form = { action: casePath(reviewPaths.undo, of.id) };
  return { what: done, undo: { form, caseId: of.id, seconds: Math.ceil(left / 1000) } };
}

/** The oldest free one of the filter that this reviewer may work on. */
async function claimNext(
  { review }: ConsoleDependencies,
  ctx: HttpContext,
  { at, filter }: { at: ConsoleVisitor; filter: string },
): Promise<void> {
  const parsed = parseFilter(filter);
  const free: FilterTerm = { isNegated: false, key: 'is', value: 'free' };
  const open: FilterTerm = { isNegated: false, key: 'is', value: 'pending' };
  const terms = parsed.ok ? [...parsed.terms, free, open] : [free, open];
  const { reviewer } = at;
  const page = await review.queue.page(terms, {
    reviewerId: reviewer.id,
    limit: NEXT_TRIES,
    isForClaim: true,
  });
  for (const { id } of page.cases) {
    // Most are refused for a reason that is no fault: one's own case is simply left out.
    if (!(await review.caseWork.isClaimable(id, reviewer.id))) continue;
    const claimed = await review.caseWork.claim(id, reviewer);
    if (claimed.ok) return redirect(ctx, casePath(reviewPaths.case, id));
  }
  redirect(ctx, queuePath({ filter, done: 'none_left' }));
}

function cursorText({ openedAt, id }: QueueCursor): string {
  return `${openedAt.getTime()}.${id}`;
}

function cursorOf(text: string): QueueCursor | undefined {
  const { at, id } = CURSOR.exec(text)?.groups ?? {};
  return at === undefined || id === undefined ? undefined : { openedAt: new Date(Number(at)), id };
}
