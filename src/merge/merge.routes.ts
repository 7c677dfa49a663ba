// The pages of a merge: where it begins, the sign-in to the other account, and what was begun. They
// look the same to everybody until the other account was proven.
import { z } from 'zod';
import {
  accountFrame,
  confirmOn,
  sendToSignIn,
  visitorOrExplanation,
  visitorOrSignIn,
} from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths } from '../account/account-paths.ts';
import type { AccountCentre } from '../account/account-centre.ts';
import { freshOrSignIn, isFresh, isGuardProven } from '../account/fresh-sign-in.ts';
import { PERSON_PRESENT_LEVEL } from '../accounts/account.ts';
import { maskEmail, maskPhone } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { proveOtherAccount, stopMerge } from './merge-accounts.ts';
import type { MergeDependencies } from './merge-accounts.ts';

export interface MergePageDependencies {
  visitors: AccountDependencies;
  provenPage: AccountCentre['provenPage'];
  merging: MergeDependencies;
  hasReview: boolean;
}

const COOKIE = 'hutong_merge';
const COOKIE_SECONDS = 1800;
/** The sign-in is asked for whoever is signed in. */
const ANEW_SECONDS = 0;
/** 256 bits in base64url. */
const tokenShape = /^[\w-]{43}$/u;

export function mergeRoutes(deps: MergePageDependencies): Route[] {
  const { visitors } = deps;
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.merge,
      name: 'merge.overview',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (visitor) await showOverview(deps, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.mergeBegin,
      name: 'merge.begin',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await begin(deps, ctx, visitor);
      },
    }),
    deps.provenPage({
      page: accountPaths.mergeConfirm,
      name: 'merge.confirm_page',
      show: (_, ctx, { visitor }) => showConfirm(deps, ctx, visitor),
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.mergeAgree,
      name: 'merge.confirm',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await agree(deps, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.mergeStop,
      name: 'merge.stop_own',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await stopOwn(deps, ctx, visitor);
      },
    }),
  ];
}

async function showOverview(
  { visitors, merging, hasReview }: MergePageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const [frame, waiting] = await Promise.all([
    accountFrame(visitors, visitor),
    merging.merges.waitingOf(visitor.account.id),
  ]);
  if (waiting?.readyAt) {
    const form = { action: accountPaths.mergeStop };
    ctx.render('merge/overview', { ...frame, state: 'waiting', readyAt: waiting.readyAt, form });
    return;
  }
  ctx.render('merge/overview', {
    ...frame,
    state: 'begin',
    ...(isVerified(visitor) ? {} : { form: { action: accountPaths.mergeBegin } }),
    ...(hasReview ? { reviewHref: accountPaths.review } : {}),
  });
}

/** Nothing more can be shown here: the merge begins in the account that is not verified. */
function isVerified({ account }: Visitor): boolean {
  return account.realNameLevel >= PERSON_PRESENT_LEVEL && verifiedClaim(account) !== undefined;
}

async function begin(
  deps: MergePageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { visitors, merging } = deps;
  // Whoever has a stolen session of this account must not lead it into another.
  if (!isFresh(visitors, visitor)) {
    await freshOrSignIn(visitors, ctx, { visitor, returnTo: accountPaths.merge });
    return;
  }
  const token = await merging.merges.issueToken(visitor.account.id);
  ctx.cookies.set(visitors.cookies.host(COOKIE), token, {
    ...cookieOptions(visitors),
    signed: false,
    maxAge: COOKIE_SECONDS * 1000,
  });
  await sendToSignIn(visitors, ctx, {
    returnTo: accountPaths.mergeConfirm,
    maxAge: ANEW_SECONDS,
    aim: 'other_account',
  });
}

function mergeToken({ visitors }: MergePageDependencies, ctx: HttpContext): string {
  const token = ctx.cookies.get(visitors.cookies.host(COOKIE), { signed: false }) ?? '';
  return tokenShape.test(token) ? token : '';
}

async function showConfirm(
  deps: MergePageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { visitors, merging } = deps;
  const merge = await merging.merges.findByToken(mergeToken(deps, ctx), visitor.account.id);
  const other = merge && (await merging.accounts.findById(merge.registrantId));
  if (!other?.isActive) {
    await showNotCompleted(deps, ctx, visitor);
    return;
  }
  const { phone, email } = other;
  ctx.render('merge/confirm', {
    ...(await accountFrame(visitors, visitor)),
    state: 'confirm',
    maskedContacts: [
      ...(phone === undefined ? [] : [maskPhone(phone)]),
      ...(email === undefined ? [] : [maskEmail(email)]),
    ],
    form: { action: accountPaths.mergeAgree },
  });
}

async function showNotCompleted(
  { visitors, hasReview }: MergePageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const frame = await accountFrame(visitors, visitor);
  const locals = { state: 'not_completed', againHref: accountPaths.merge, hasReview } as const;
  ctx.render('merge/confirm', { ...frame, ...locals }, { status: 409 });
}

async function agree(
  deps: MergePageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { visitors, merging } = deps;
  ctx.state.pageAddress = accountPaths.mergeConfirm;
  if (!(await isGuardProven(visitors, visitor))) return redirect(ctx, accountPaths.mergeConfirm);
  const token = mergeToken(deps, ctx);
  const { account } = visitor;
  const outcome = await proveOtherAccount(merging, { token, account, address: ctx.ip });
  if (!outcome.ok) {
    // Sent twice, the first has begun it: the second is led on.
    if (await merging.merges.waitingOf(account.id)) return redirect(ctx, accountPaths.merge);
    return showNotCompleted(deps, ctx, visitor);
  }
  redirect(ctx, accountPaths.merge);
}

async function stopOwn(
  { visitors, merging }: MergePageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { id } = visitor.account;
  const waiting = await merging.merges.waitingOf(id);
  const by = { actor: id, address: ctx.ip };
  const isStopped = waiting !== undefined && (await stopMerge(merging, waiting, by));
  const notice = isStopped ? 'account.notice.merge_stopped' : 'account.notice.merge_over';
  await confirmOn(visitors, ctx, { visitor, page: accountPaths.merge, notice });
}
