// What another platform vouched for counts no more: the level falls to what is left without it, and what
// the account has open ends, because it was opened at the former level.
import type { AccountStore } from '../accounts/account-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { LevelPolicy } from '../platform/verification-config.ts';
import { levelOf } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import type { EvidenceStore } from './evidence-store.ts';
import type { RecordProofDependencies } from './record-proof.ts';

export interface WithdrawDependencies extends Pick<RecordProofDependencies, 'notices' | 'ending'> {
  accounts: Pick<AccountStore, 'findById' | 'setRealNameLevel'>;
  evidence: EvidenceStore;
  database: Pick<Database, 'transaction'>;
  policy: LevelPolicy;
  clock: Clock;
}

const MAX_RACES = 5;

/** True when the level fell. */
export async function withdrawLinkEvidence(
  deps: WithdrawDependencies,
  of: { accountId: string; linkId: string },
): Promise<boolean> {
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const settled = await withdrawOnce(deps, of);
    if (settled === 'fallen') {
      await deps.ending.endAllOfAccount(of.accountId, { reason: 'level_fell', actor: 'system' });
      return true;
    }
    // A rise that was on its way stood on it, too.
    if (settled === 'kept' && race > 1) return false;
  }
  throw new Error('the level of an account changed again and again');
}

/** What this link has borne, whether or not it was revoked a moment ago. */
function asIfLive(linkId: string) {
  return ({ revokedAt, ...each }: Evidence): Evidence =>
    each.linkId === linkId || revokedAt === undefined ? each : { ...each, revokedAt };
}

/** `overtaken`: the level is another since it was read. */
async function withdrawOnce(
  { accounts, evidence, database, policy, clock, notices }: WithdrawDependencies,
  { accountId, linkId }: { accountId: string; linkId: string },
): Promise<'fallen' | 'kept' | 'overtaken'> {
  const account = await accounts.findById(accountId);
  const all = (await evidence.listOfAccount(accountId)).map(asIfLive(linkId));
  const others = all.filter((each) => each.linkId !== linkId);
  const now = clock.now();
  const [left, borne] = [levelOf(others, policy, now), levelOf(all, policy, now)];
  const present = account?.realNameLevel ?? left;
  // A level above what evidence bears was given otherwise (import, operator), and stays.
  if (!account || account.state === 'closed' || left >= present || present > borne) {
    await database.transaction((session) => evidence.revokeOfLink(linkId, session));
    return 'kept';
  }
  let tell: () => void = () => undefined;
  const origin = account.attribute('certificate') ?? ({ source: 'person', grade: 'D' } as const);
  const changed = await accounts.setRealNameLevel(
    accountId,
    { level: left, origin, from: present },
    {
      actor: 'system',
      reason: 'upstream_changed',
      alongside: async (session) => {
        await evidence.revokeOfLink(linkId, session);
        const notice = { accountId, template: 'level_expired', level: left } as const;
        tell = await notices.levelChanged(notice, session);
      },
    },
  );
  if (!changed.ok) return 'kept';
  if (!changed.hasChanged) return 'overtaken';
  tell();
  return 'fallen';
}
