// "This was not me": a link in a notice closes the account at once. It takes no sign-in, because who
// needs it may not be able to sign in; it works once, and only a few times a week, so that whoever
// reads somebody's mail cannot keep the account shut. The way back is a recovery.
import { secondsFromNow } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { LINK_SECONDS } from './link-token-store.ts';
import type { LinkToken } from './link-token-store.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';

/** By links, of one account: one for the attacker, and one for the owner. */
const MOST_FREEZES = 2;

export type FreezeOutcome = 'frozen' | 'used' | 'too_often';

class TooOften extends Error {
  override readonly name = 'TooOften';
}

export async function freezeAccount(
  deps: RecoveryDependencies,
  link: LinkToken,
  address: string,
): Promise<FreezeOutcome> {
  const { accountId } = link;
  const before = await deps.accounts.findById(accountId);
  // Pressed twice, or by two people who got the notice: it is as they wish.
  if (before?.isFrozen) return finish(deps, accountId);
  if (link.usedAt || !before?.isActive) return 'used';
  let wake: () => void = () => undefined;
  try {
    const frozen = await deps.accounts.freeze(accountId, {
      actor: 'anonymous',
      reason: 'not_me',
      address,
      alongside: async (session) => {
        if (!(await deps.linkTokens.use(link.id, session))) throw new Overtaken('a used link');
        await refuseTooMany(deps, accountId, session);
        // Whoever is about to take the account over must not come through.
        await deps.pending.cancel(accountId, undefined, session);
        await deps.credentials.devices.forgetAll(accountId, session);
        wake = await deps.notices.accountFrozen(accountId, session);
      },
    });
    if (!frozen.ok) return 'used';
  } catch (error) {
    if (error instanceof TooOften) return 'too_often';
    if (!(error instanceof Overtaken)) throw error;
  }
  wake();
  const after = await deps.accounts.findById(accountId);
  return after?.isFrozen ? finish(deps, accountId) : 'used';
}

/** @throws TooOften with the present one, that is. */
async function refuseTooMany(
  { linkTokens, clock }: RecoveryDependencies,
  accountId: string,
  session: ClientSession,
): Promise<void> {
  const since = secondsFromNow(clock, -LINK_SECONDS);
  const of = { accountId, purpose: 'not_me', since } as const;
  if ((await linkTokens.countUsed(of, session)) > MOST_FREEZES) throw new TooOften(accountId);
}

/** Also when it was frozen before: a process may have ended between the two. */
async function finish(deps: RecoveryDependencies, accountId: string): Promise<FreezeOutcome> {
  await deps.ending.endAllOfAccount(accountId, { reason: 'account_unavailable' });
  return 'frozen';
}
