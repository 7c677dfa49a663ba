// Leads whoever has just recovered an account into a sign-in without typing the new password again:
// once, in the same browser, shortly after.
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { findRecovery } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import type { Recovery } from './recovery-store.ts';

export interface NewlyRecovered {
  /** Whether this browser has a new password that nobody has signed in with yet. */
  isWaiting(ctx: HttpContext): Promise<boolean>;
  /** The account, once; `at`: when its password was chosen, epoch seconds. */
  take(
    ctx: HttpContext,
  ): Promise<{ accountId: string; at: number; passwordRevision: number } | undefined>;
}

type HandOverDependencies = Pick<RecoveryDependencies, 'recoveries' | 'cookies'>;

export function newlyRecovered(deps: HandOverDependencies): NewlyRecovered {
  return {
    isWaiting: async (ctx) => (await waiting(deps, ctx)) !== undefined,
    async take(ctx) {
      const found = await waiting(deps, ctx);
      if (!found || !(await deps.recoveries.handOver(found.key))) return undefined;
      const { accountId, passwordRevision, stageAt } = found;
      return { accountId, passwordRevision, at: epochSeconds({ now: () => stageAt }) };
    },
  };
}

async function waiting(
  deps: HandOverDependencies,
  ctx: HttpContext,
): Promise<(Recovery & { accountId: string; passwordRevision: number }) | undefined> {
  const recovery = await findRecovery(deps, ctx);
  if (!recovery || !deps.recoveries.isAwaited(recovery)) return undefined;
  const { accountId, passwordRevision } = recovery;
  if (accountId === undefined || passwordRevision === undefined) return undefined;
  return { ...recovery, accountId, passwordRevision };
}
