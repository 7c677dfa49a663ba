// Background work: levels fall when the evidence that bore them has expired, and what displaced
// accounts still have open ends. Any number of processes may do it side by side.
import type { RealNameLevel } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { LevelPolicy } from '../platform/verification-config.ts';
import { levelOf } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { endDisplaced } from './record-proof.ts';
import type { RecordProofDependencies } from './record-proof.ts';

export interface LevelExpiryDependencies extends Pick<
  RecordProofDependencies,
  'evidence' | 'cases' | 'ending' | 'notices' | 'policy'
> {
  accounts: Pick<AccountStore, 'findById' | 'setRealNameLevel'>;
  clock: Clock;
  logger: Logger;
}

const EVERY_MS = 60_000;
const BATCH = 200;

export function levelExpiryWork(deps: LevelExpiryDependencies) {
  const { logger } = deps;
  return repeatedWork(() => settleLevels(deps), {
    name: 'level expiry',
    everyMs: EVERY_MS,
    logger,
  });
}

/** One round; returns how many accounts fell. */
export async function settleLevels(deps: LevelExpiryDependencies): Promise<number> {
  for (const holderId of await deps.cases.holdersToEnd(BATCH)) await endDisplaced(deps, holderId);
  let fallen = 0;
  for (const accountId of await deps.evidence.accountsToSettle(BATCH)) {
    try {
      if (await settleAccount(deps, accountId)) fallen += 1;
    } catch (error) {
      // One that cannot be settled must not keep the others high.
      deps.logger.error({ err: error, account: accountId }, 'a level was not looked at');
    }
  }
  return fallen;
}

async function settleAccount(deps: LevelExpiryDependencies, accountId: string): Promise<boolean> {
  const now = deps.clock.now();
  const account = await deps.accounts.findById(accountId);
  const level =
    account && account.state !== 'closed'
      ? fallenLevel(account.realNameLevel, await deps.evidence.listOfAccount(accountId), {
          policy: deps.policy,
          now,
        })
      : undefined;
  if (level === undefined) {
    await deps.evidence.settle(accountId, now);
    return false;
  }
  let tell: () => void = () => undefined;
  const origin = { source: 'person', grade: 'D' } as const;
  const changed = await deps.accounts.setRealNameLevel(
    accountId,
    {
      level,
      origin: account?.attribute('certificate') ?? origin,
      // Displaced, lowered or raised meanwhile: that is looked at in the next round.
      from: account?.realNameLevel,
    },
    {
      actor: 'system',
      reason: 'evidence_expired',
      alongside: async (session) => {
        await deps.evidence.settle(accountId, now, session);
        tell = await deps.notices.levelChanged(
          { accountId, template: 'level_expired', level },
          session,
        );
      },
    },
  );
  if (!changed.ok || !changed.hasChanged) return false;
  tell();
  await deps.ending.endAllOfAccount(accountId, { reason: 'level_fell', actor: 'system' });
  return true;
}

/**
 * The level that is left; undefined when it stays. A level above what the expired evidence bore was
 * given otherwise (import, operator), and stays too.
 */
export function fallenLevel(
  present: RealNameLevel,
  evidence: readonly Evidence[],
  { policy, now }: { policy: LevelPolicy; now: Date },
): RealNameLevel | undefined {
  const left = levelOf(evidence, policy, now);
  const borne = levelOf(
    evidence.map(({ expiresAt: _expired, ...each }) => each),
    policy,
    now,
  );
  return left < present && present <= borne ? left : undefined;
}
