// Devices that were signed in with a code: shown among the systems, ended one by one. And the way
// to the page where a code is typed for people who have to sign in first.
import { z } from 'zod';
import type { SignedInDevice } from '../oidc/storage/grant-store.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { deviceName } from '../platform/http/device-name.ts';
import { confirmOn, visitorOrExplanation, visitorOrSignIn } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';
import type { CodeDeviceView } from './account.views.ts';
import { systemName } from './system-name.ts';

const CODE_PATH = '/device';

export function codeDeviceRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.device,
      name: 'account.device',
      async handle(ctx) {
        if (await visitorOrSignIn(deps, ctx)) redirect(ctx, CODE_PATH);
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.endDevice,
      name: 'account.end_device',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ device: z.string().max(100) }) },
      async handle(ctx, { body: { device } }) {
        const visitor = await visitorOrExplanation(deps, ctx);
        if (!visitor) return;
        const own = await deps.grants.devicesOfAccount(visitor.account.id);
        const isEnded =
          own.some(({ key }) => key === device) &&
          (await deps.revocation.revokeByKey(device, 'ended_by_person'));
        const notice = isEnded ? 'account.notice.device_ended' : 'account.notice.device_gone';
        await confirmOn(deps, ctx, { visitor, page: accountPaths.services, notice });
      },
    }),
  ];
}

export function presentDevice(
  deps: Pick<AccountDependencies, 'clients'>,
  ctx: HttpContext,
  { key, clientId, userAgent, since, until }: SignedInDevice,
): CodeDeviceView {
  const device = deviceName(userAgent);
  return {
    id: key,
    ...(device === undefined ? {} : { device }),
    system: systemName(deps, clientId, ctx.state.locale),
    since,
    until,
  };
}
