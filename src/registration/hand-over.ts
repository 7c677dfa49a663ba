// Leads whoever has just registered into a sign-in without typing the new password again: once, in
// the same browser, shortly after.
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { RegistrationDependencies } from './registration-deps.ts';
import { findSignUp } from './sign-up-access.ts';
import type { SignUp } from './sign-up-store.ts';

export interface NewlyRegistered {
  /** Whether this browser has an account that nobody has signed in with yet. */
  isWaiting(ctx: HttpContext): Promise<boolean>;
  /** The account, once; `at`: when its password was chosen, epoch seconds. */
  take(ctx: HttpContext): Promise<{ accountId: string; at: number } | undefined>;
}

type HandOverDependencies = Pick<RegistrationDependencies, 'signUps' | 'cookies'>;

export function newlyRegistered(deps: HandOverDependencies): NewlyRegistered {
  return {
    isWaiting: async (ctx) => (await waiting(deps, ctx)) !== undefined,
    async take(ctx) {
      const signUp = await waiting(deps, ctx);
      if (!signUp || !(await deps.signUps.handOver(signUp.key))) return undefined;
      const at = epochSeconds({ now: () => signUp.stageAt });
      return { accountId: signUp.accountId, at };
    },
  };
}

async function waiting(
  deps: HandOverDependencies,
  ctx: HttpContext,
): Promise<(SignUp & { accountId: string }) | undefined> {
  const signUp = await findSignUp(deps, ctx);
  if (!signUp || !deps.signUps.isAwaited(signUp)) return undefined;
  const { accountId } = signUp;
  return accountId === undefined ? undefined : { ...signUp, accountId };
}
