// Links in messages: one leads on after a waiting time, two say "this was not me". A link by itself
// changes nothing, because programs open links too: its token moves from the address into a cookie,
// and the page that follows has a button.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { freezeAccount } from './freeze-account.ts';
import type { LinkPurpose, LinkToken } from './link-token-store.ts';
import type { PendingRecovery } from './pending-recovery-store.ts';
import { setRecoveryCookie } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths, recoveryStart } from './recovery-paths.ts';
import { cancelWait, stateOfWait } from './wait-for-account.ts';
import type { RecoveryLinkDoneLocals } from './recovery.views.ts';

const LINKS = {
  continue: recoveryPaths.continueLink,
  cancel: recoveryPaths.cancelLink,
  not_me: recoveryPaths.notMe,
} as const satisfies Record<LinkPurpose, string>;

const COOKIE = 'hutong_link';
const COOKIE_SECONDS = 1800;

const params = z.object({ token: z.string().max(200) });
const tokenShape = /^[\w-]{22}$/u;

export function linkRoutes(deps: RecoveryDependencies): Route[] {
  return Object.entries(LINKS).flatMap(([name, path]) => routesOf(deps, name as LinkPurpose, path));
}

function routesOf(deps: RecoveryDependencies, purpose: LinkPurpose, path: string): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: `${path}/:token`,
      name: `recovery.link_${purpose}`,
      input: { params },
      handle(ctx, input) {
        // What was cut off on its way is told to be invalid by the page.
        const token = tokenShape.test(input.params.token) ? input.params.token : null;
        ctx.cookies.set(deps.cookies.host(`${COOKIE}_${purpose}`), token, {
          ...cookieOptions(deps),
          signed: false,
          maxAge: COOKIE_SECONDS * 1000,
        });
        redirect(ctx, path);
      },
    }),
    defineRoute({
      method: 'GET',
      path,
      name: `recovery.${purpose}_page`,
      limiter: 'recovery',
      async handle(ctx) {
        const link = await linkOf(deps, ctx, purpose);
        if (!link) showDone(ctx, 'link_invalid');
        else if (purpose === 'continue') await showContinue(deps, ctx, link);
        else ctx.render('recovery/recover-link', { purpose, form: { action: path } });
      },
    }),
    defineRoute({
      method: 'POST',
      path,
      name: `recovery.${purpose}`,
      limiter: 'recovery',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        ctx.state.pageAddress = path;
        const link = await linkOf(deps, ctx, purpose);
        if (!link) showDone(ctx, 'link_invalid');
        else if (purpose === 'continue') await goOn(deps, ctx, link);
        else if (purpose === 'cancel') showDone(ctx, await cancelWait(deps, link, ctx.ip));
        else showDone(ctx, await freezeAccount(deps, link, ctx.ip));
      },
    }),
  ];
}

async function linkOf(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  purpose: LinkPurpose,
): Promise<LinkToken | undefined> {
  const token = ctx.cookies.get(deps.cookies.host(`${COOKIE}_${purpose}`), { signed: false });
  return token !== undefined && tokenShape.test(token)
    ? deps.linkTokens.find(token, purpose)
    : undefined;
}

async function showContinue(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  link: LinkToken,
): Promise<void> {
  const state = await stateOfWait(deps, link);
  if (state.state === 'ready') {
    ctx.render('recovery/recover-link', { purpose: 'continue', form: { action: LINKS.continue } });
    return;
  }
  ctx.render('recovery/recover-stopped', {
    reason: state.state,
    againHref: state.state === 'early' ? LINKS.continue : recoveryStart({}),
    ...(state.state === 'early' ? { readyAt: state.readyAt } : {}),
  });
}

/** A recovery of its own, whose waiting time is over: only the new password is missing. */
async function goOn(deps: RecoveryDependencies, ctx: HttpContext, link: LinkToken): Promise<void> {
  const state = await stateOfWait(deps, link);
  if (state.state !== 'ready') return showContinue(deps, ctx, link);
  const id = deps.recoveries.newId();
  await deps.recoveries.begin(id, contentOf(state.pending), 'ready');
  setRecoveryCookie(deps, ctx, id);
  redirect(ctx, recoveryPaths.password);
}

function contentOf({ contact, accountId, id }: PendingRecovery) {
  const { channel, address } = contact;
  const of = { channel, contact: address, typed: address, login: '' };
  return { ...of, accountId, proof: 'waited', pendingId: id } as const;
}

const STATUS: Partial<Record<RecoveryLinkDoneLocals['outcome'], number>> = {
  too_often: 429,
  link_invalid: 400,
};

function showDone(ctx: HttpContext, outcome: RecoveryLinkDoneLocals['outcome']): void {
  ctx.render(
    'recovery/recover-link-done',
    { outcome, recoverHref: recoveryPaths.start },
    { status: STATUS[outcome] ?? 200 },
  );
}
