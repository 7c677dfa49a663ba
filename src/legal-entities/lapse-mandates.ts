// Power over an organisation rests on who holds it: it ends in the very transaction in which that
// person is verified in person no more, is displaced or has no account, and so does all power over an
// organisation that lost its identity. Others who act for it are told.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { OnStandingLost, StandingLoss } from '../accounts/account-writer-store.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { REPRESENTATIVE_LEVEL } from './empower-representative.ts';
import { endAllOfEntity, endMandates } from './end-mandates.ts';
import type { EndMandatesDependencies } from './end-mandates.ts';
import type { Mandate } from './mandate.ts';

export interface LapseMandatesDependencies extends EndMandatesDependencies {
  accounts: Pick<AccountStore, 'findById'>;
}

/** The worker of messages looks by itself soon after the commit. */
export function mandateLapse(deps: () => LapseMandatesDependencies): OnStandingLost {
  return async ({ accountId, cause, level }, session) => {
    if (level >= REPRESENTATIVE_LEVEL) return;
    const { accounts, mandates } = deps();
    for (const mandate of await mandates.ofPerson(accountId, session)) {
      await lapse(deps(), session, { mandate, cause });
    }
    if (level >= VERIFIED_LEVEL) return;
    if ((await mandates.ofEntity(accountId, session)).length === 0) return;
    const { name: entityName = '' } = (await accounts.findById(accountId)) ?? {};
    const reason = cause === 'closed' ? 'entity_closed' : ENTITY_REASONS[cause];
    await endAllOfEntity(deps(), accountId, { entityName, reason, actor: 'system', session });
  };
}

const ENTITY_REASONS = { level_fell: 'entity_level_fell', displaced: 'entity_displaced' } as const;

async function lapse(
  deps: LapseMandatesDependencies,
  session: ClientSession,
  { mandate, cause }: { mandate: Mandate; cause: StandingLoss['cause'] },
): Promise<void> {
  const { accounts, mandates, notices } = deps;
  const { entityId, personId, role } = mandate;
  const { name: entityName = '' } = (await accounts.findById(entityId)) ?? {};
  const reason = `holder_${cause}` as const;
  await endMandates(deps, [mandate], { entityName, reason, actor: 'system', session });
  const left = await mandates.ofEntity(entityId, session);
  const template = 'mandate_lapsed_colleague';
  for (const accountId of new Set(left.map((each) => each.personId))) {
    if (accountId === personId) continue;
    await notices.mandateChanged({ accountId, template, entityName, role }, session);
  }
}

export interface SettleMandatesDependencies {
  accounts: Pick<AccountStore, 'findById'>;
  mandates: EndMandatesDependencies['mandates'];
  database: Pick<Database, 'transaction'>;
  logger: Logger;
  onStandingLost: OnStandingLost;
}

const EVERY_MS = 60_000;
const BATCH = 500;

/** For what the release before has done, which ends nothing: all mandates are looked at in turn. */
export function settleMandatesWork(deps: SettleMandatesDependencies) {
  let last = '';
  const round = async () => {
    last = await settleMandates(deps, last);
  };
  return repeatedWork(round, { name: 'mandate lapse', everyMs: EVERY_MS, logger: deps.logger });
}

/**
 * Looks at the mandates that come after this id.
 * @returns after which the next round goes on; empty when it begins anew
 */
export async function settleMandates(
  deps: SettleMandatesDependencies,
  after: string,
): Promise<string> {
  const { accounts, mandates, database, onStandingLost } = deps;
  const page = await mandates.after(after, BATCH);
  for (const { personId } of page) {
    const loss = lossOf(personId, await accounts.findById(personId));
    if (loss) await database.transaction((session) => onStandingLost(loss, session));
  }
  return page.length < BATCH ? '' : (page.at(-1)?.id ?? '');
}

function lossOf(accountId: string, account: Account | undefined): StandingLoss | undefined {
  if (!account || account.state === 'closed') return { accountId, cause: 'closed', level: 0 };
  const { realNameLevel: level } = account;
  return level < REPRESENTATIVE_LEVEL ? { accountId, cause: 'level_fell', level } : undefined;
}
