// Whoever has proven the contact of an account that lives at the province is led there: a password that was
// made here would open nothing.
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { signInPath } from '../registration/sign-up-paths.ts';
import { recoveryAt } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths } from './recovery-paths.ts';

export function provinceRoutes(deps: RecoveryDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: recoveryPaths.province,
      name: 'recovery.province',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'province');
        if (!at) return;
        const signIn = signInPath(at.recovery.interaction);
        ctx.render('registration-mode/hand-over', {
          what: 'recovery',
          peerName: at.kept.province.names[ctx.state.locale],
          goHref: at.kept.href ?? signIn,
          backHref: signIn,
          isRefused: false,
        });
      },
    }),
  ];
}
