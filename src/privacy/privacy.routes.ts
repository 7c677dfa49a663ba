// The privacy centre: what is done with a person's data, and what they can do about it.
import { z } from 'zod';
import { cutPage } from '../account/cut-page.ts';
import { accountFrame, visitorOrSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { ACCOUNT_CLIENT_ID, accountPaths } from '../account/account-paths.ts';
import { presentItems } from '../account/present-items.ts';
import { systemName } from '../account/system-name.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { AuditEvent } from '../audit/audit-log.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { itemsOf, releaseEvents } from './activity-sections.ts';
import { closingRoutes } from './closing.routes.ts';
import type { ClosingPageDependencies } from './closing.routes.ts';
import { dataRequestRoutes } from './data-request.routes.ts';
import type { DataRequestPageDependencies } from './data-request.routes.ts';
import { exportRoutes } from './export.routes.ts';
import type { ExportPageDependencies } from './export.routes.ts';
import type { ReceivedEntryView } from './privacy.views.ts';

const PAGE_SIZE = 20;
const NOTICE_PATH = '/privacy';

const EVENTS: Readonly<Record<(typeof releaseEvents)[number], ReceivedEntryView['event']>> = {
  'oidc.grant_issued': 'received',
  'oidc.grant_widened': 'received_more',
  'consent.given': 'allowed',
  'consent.withdrawn': 'withdrawn',
};

/** Milliseconds since the epoch: entries before that instant. */
const query = z.object({
  before: z.coerce.number().int().min(0).max(8.64e15).optional().catch(undefined),
});

export function privacyRoutes(
  deps: ExportPageDependencies & ClosingPageDependencies & DataRequestPageDependencies,
): Route[] {
  const { visitors } = deps;
  return [
    page(visitors, { path: accountPaths.privacy, name: 'privacy.overview', show: showOverview }),
    page(visitors, { path: accountPaths.correct, name: 'privacy.correct', show: showCorrect }),
    defineRoute({
      method: 'GET',
      path: accountPaths.received,
      name: 'privacy.received',
      input: { query },
      async handle(ctx, { query: { before } }) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        if (visitor) await showReceived(visitors, ctx, { visitor, before });
      },
    }),
    ...exportRoutes(deps),
    ...closingRoutes(deps),
    ...dataRequestRoutes(deps),
  ];
}

type ShowPage = (deps: AccountDependencies, ctx: HttpContext, visitor: Visitor) => Promise<void>;

function page(
  deps: AccountDependencies,
  { path, name, show }: { path: string; name: string; show: ShowPage },
): Route {
  return defineRoute({
    method: 'GET',
    path,
    name,
    async handle(ctx) {
      const visitor = await visitorOrSignIn(deps, ctx);
      if (visitor) await show(deps, ctx, visitor);
    },
  });
}

async function showOverview(
  deps: AccountDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const [frame, consents] = await Promise.all([
    accountFrame(deps, visitor),
    deps.consents.listByAccount(visitor.account.id),
  ]);
  ctx.render('privacy/overview', {
    ...frame,
    serviceCount: consents.filter(({ clientId }) => clientId !== ACCOUNT_CLIENT_ID).length,
    receivedHref: accountPaths.received,
    servicesHref: accountPaths.services,
    agreementsHref: accountPaths.agreements,
    exportHref: accountPaths.export,
    correctHref: accountPaths.correct,
    requestsHref: accountPaths.dataRequests,
    closeHref: accountPaths.close,
    noticeHref: NOTICE_PATH,
  });
}

async function showCorrect(
  deps: AccountDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  ctx.render('privacy/correct', {
    ...(await accountFrame(deps, visitor)),
    isVerified: visitor.account.realNameLevel >= VERIFIED_LEVEL,
    verificationHref: accountPaths.verification,
    securityHref: accountPaths.security,
    backHref: accountPaths.privacy,
  });
}

async function showReceived(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, before }: { visitor: Visitor; before: number | undefined },
): Promise<void> {
  const [frame, found] = await Promise.all([
    accountFrame(deps, visitor),
    deps.audit.listBySubject(visitor.account.id, releaseEvents, {
      limit: PAGE_SIZE + 1,
      exceptClient: ACCOUNT_CLIENT_ID,
      before: before === undefined ? undefined : new Date(before),
    }),
  ]);
  const { entries, olderThan } = cutPage(found, PAGE_SIZE);
  ctx.render('privacy/received', {
    ...frame,
    entries: entries.map((entry) => presentEntry(deps, ctx, entry)),
    servicesHref: accountPaths.services,
    ...(olderThan && { olderHref: `${accountPaths.received}?before=${olderThan.getTime()}` }),
  });
}

function presentEntry(
  deps: AccountDependencies,
  ctx: HttpContext,
  { at, type, clientId = '', details }: AuditEvent & { at: Date },
): ReceivedEntryView {
  return {
    at,
    event: EVENTS[type as keyof typeof EVENTS],
    system: systemName(deps, clientId, ctx.state.locale),
    items: presentItems(itemsOf(details)),
  };
}
