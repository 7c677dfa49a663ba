// The ways to the province that begin outside of a sign-in: they begin one, which goes there at once.
import { z } from 'zod';
import { sendToSignIn } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths, ONWARD_TO_ENTITIES } from '../account/account-paths.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { provincePaths } from './province-paths.ts';

export function registrationModeRoutes(visitors: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: provincePaths.signUp,
      name: 'registration_mode.sign_up',
      limiter: 'signUp',
      handle: (ctx) =>
        sendToSignIn(visitors, ctx, { returnTo: accountPaths.overview, aim: 'sign_up' }),
    }),
    defineRoute({
      method: 'GET',
      path: provincePaths.verification,
      name: 'registration_mode.verification',
      limiter: 'account',
      input: {
        query: z.object({ onward: z.literal(ONWARD_TO_ENTITIES).optional().catch(undefined) }),
      },
      // Asked anew, so that the province says what it knows by then.
      handle: (ctx, { query }) =>
        sendToSignIn(visitors, ctx, {
          returnTo: query.onward ? accountPaths.registerEntity : accountPaths.overview,
          aim: 'province',
          maxAge: 0,
        }),
    }),
  ];
}
