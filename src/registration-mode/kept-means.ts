// In the account centre of somebody who lives at the province: what is kept there has a page of that name in
// the place of ours, and its forms take nothing. Mandates, consents, sessions, linked systems, agreements,
// records, requests and the copy of one's data stay ours in every mode.
import { accountFrame, findVisitor } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths, contactChangePaths, pageOf, proofPaths } from '../account/account-paths.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { discardBody } from '../platform/http/multipart.ts';
import type { Route } from '../platform/http/route.ts';
import type { KeptView } from './hand-over.views.ts';
import type { KeptAtProvince, KeptMeans } from './province-residents.ts';

/** A second factor that is there already is still asked for, seen and removed; none is added. */
const PATHS: Readonly<Record<KeptMeans, readonly string[]>> = {
  password: [accountPaths.password],
  factors: [
    accountPaths.totp,
    proofPaths(accountPaths.totp).sendCode,
    proofPaths(accountPaths.totp).contactCode,
    accountPaths.passkeyOptions,
    accountPaths.addPasskey,
  ],
  contacts: [accountPaths.changePhone, accountPaths.changeMail].flatMap((page) => [
    page,
    ...Object.values(contactChangePaths(page)),
    ...Object.values(proofPaths(page)),
  ]),
  correction: [accountPaths.correct],
  closing: [
    accountPaths.close,
    accountPaths.requestClosing,
    ...Object.values(proofPaths(accountPaths.close)),
  ],
};

interface KeptMeansDependencies {
  visitors: AccountDependencies;
  audit: AuditLog;
}

export function meansAtProvince(routes: readonly Route[], deps: KeptMeansDependencies): Route[] {
  return routes.map((route) => {
    const what = meansOf(route.path);
    if (!what) return route;
    return {
      ...route,
      async run(ctx, own) {
        const visitor = await findVisitor(deps.visitors, ctx);
        const kept = visitor && (await deps.visitors.residents.keptOf(visitor.account));
        if (!visitor || kept?.means.has(what) !== true) return route.run(ctx, own);
        if (route.method !== 'GET') discardBody(ctx.req);
        await showKept(deps, ctx, { visitor, kept, what });
      },
    };
  });
}

function meansOf(path: string): KeptMeans | undefined {
  const names = Object.keys(PATHS) as KeptMeans[];
  return names.find((name) => PATHS[name].includes(path));
}

async function showKept(
  { visitors, audit }: KeptMeansDependencies,
  ctx: HttpContext,
  { visitor, kept, what }: { visitor: Visitor; kept: KeptAtProvince; what: KeptMeans },
): Promise<void> {
  const isRefused = ctx.method !== 'GET';
  if (isRefused) {
    ctx.state.pageAddress = pageOf(ctx.path);
    await audit.record({
      type: 'registration_mode.handed_over',
      actor: visitor.account.id,
      address: ctx.ip,
      result: 'refused',
      reason: what,
      details: { peer: kept.province.id },
    });
  }
  const isOfPrivacy = what === 'correction' || what === 'closing';
  ctx.render(
    'registration-mode/kept',
    {
      ...(await accountFrame(visitors, visitor)),
      what,
      ...keptView(ctx, kept),
      isRefused,
      ...(isOfPrivacy ? { requestsHref: accountPaths.dataRequests } : {}),
      backHref: isOfPrivacy ? accountPaths.privacy : accountPaths.security,
    },
    { status: isRefused ? 409 : 200 },
  );
}

/** Who keeps it, and the way there. */
export function keptView(ctx: HttpContext, { province, href }: KeptAtProvince): KeptView {
  return {
    peerName: province.names[ctx.state.locale],
    ...(href === undefined ? {} : { peerHref: href }),
  };
}
