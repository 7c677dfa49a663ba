// Devices and sessions of the account, and their end. A key opens nothing and works only for the
// account whose session it names.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { SessionView } from './account.views.ts';
import { deviceName } from '../platform/http/device-name.ts';
import type { SessionSummary } from '../sessions/session-codec.ts';
import {
  accountFrame,
  confirmOn,
  visitorOrExplanation,
  visitorOrSignIn,
} from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { ACCOUNT_CLIENT_ID, accountPaths } from './account-paths.ts';
import { systemName } from './system-name.ts';

const REASON = { reason: 'ended_by_person' } as const;

export function accountSessionRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.sessions,
      name: 'account.sessions',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(deps, ctx);
        if (visitor) await showSessions(deps, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.endSession,
      name: 'account.end_session',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ session: z.string().max(100) }) },
      async handle(ctx, { body }) {
        const visitor = await visitorOrExplanation(deps, ctx);
        if (!visitor) return;
        const own = await deps.sessions.keysOfAccount(visitor.account.id);
        const isEnded =
          own.includes(body.session) && (await deps.ending.endByKey(body.session, REASON));
        const notice = isEnded ? 'account.notice.session_ended' : 'account.notice.session_gone';
        await confirmOn(deps, ctx, { visitor, page: accountPaths.sessions, notice });
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.endOthers,
      name: 'account.end_other_sessions',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await visitorOrExplanation(deps, ctx);
        if (!visitor) return;
        await endOthers(deps, visitor);
        const notice = 'account.notice.others_ended';
        await confirmOn(deps, ctx, { visitor, page: accountPaths.sessions, notice });
      },
    }),
  ];
}

/** Every session of the person but this one. */
export async function endOthers(
  deps: Pick<AccountDependencies, 'ending'>,
  { account, session }: Visitor,
): Promise<void> {
  await deps.ending.endAllOfAccount(account.id, { ...REASON, exceptKey: session.sessionKey });
}

async function showSessions(
  deps: AccountDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const [frame, summaries] = await Promise.all([
    accountFrame(deps, visitor),
    deps.sessions.listByAccount(visitor.account.id),
  ]);
  const current = visitor.session.sessionKey;
  const sessions = summaries.map((summary) => presentSession(deps, ctx, { summary, current }));
  ctx.render('account/sessions', {
    ...frame,
    // This device first: it is the one a person looks for.
    sessions: sessions.toSorted((a, b) => Number(b.isCurrent) - Number(a.isCurrent)),
    endForm: { action: accountPaths.endSession },
    endOthersForm: { action: accountPaths.endOthers },
  });
}

function presentSession(
  deps: AccountDependencies,
  ctx: HttpContext,
  { summary, current }: { summary: SessionSummary; current: string },
): SessionView {
  const { key, device, startedAt, lastSeenAt, clientIds } = summary;
  return {
    id: key,
    device: deviceName(device.userAgent) ?? ctx.t('account-sessions.unnamed'),
    address: device.address,
    signedInAt: startedAt,
    lastSeenAt,
    isCurrent: key === current,
    systems: clientIds
      .filter((clientId) => clientId !== ACCOUNT_CLIENT_ID)
      .map((clientId) => systemName(deps, clientId, ctx.state.locale)),
  };
}
