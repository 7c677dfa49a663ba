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
import { REPRESENTATIVE_LEVEL } from './mandate.ts';
import { endAllOfEntity, endMandates } from './end-mandates.ts';
import { leadersOver } from './leaders-over.ts';
import type { EndMandatesDependencies } from './end-mandates.ts';
import type { Mandate } from './mandate.ts';

export interface LapseMandatesDependencies extends EndMandatesDependencies {
  accounts: Pick<AccountStore, 'findById' | 'subAccounts' | 'close'>;
}

/** The worker of messages looks by itself soon after the commit. */
export function mandateLapse(deps: () => LapseMandatesDependencies): OnStandingLost {
  return async ({ accountId, cause, level }, session) => {
    const { accounts, mandates } = deps();
    if (cause === 'locked') return suspendAll(deps(), session, accountId);
    const account = await accounts.findById(accountId);
    if (level < leastLevelOf(account)) {
      for (const mandate of await mandates.standing({ holderId: accountId }, session)) {
        await lapse(deps(), session, { mandate, cause });
      }
    }
    if (level >= VERIFIED_LEVEL) return;
    await closeBelow(deps(), session, accountId);
    if ((await mandates.standing({ entityId: accountId }, session)).length === 0) return;
    const { name: entityName = '' } = account ?? {};
    const reason = cause === 'closed' ? 'entity_closed' : ENTITY_REASONS[cause];
    await endAllOfEntity(deps(), accountId, { entityName, reason, actor: 'system', session });
  };
}

/**
 * Branches and departments have no identity but that of the organisation: what is left of it is nothing
 * to rest on, and their accounts close for good.
 */
async function closeBelow(
  deps: LapseMandatesDependencies,
  session: ClientSession,
  accountId: string,
): Promise<void> {
  for (const { id, name: entityName = '' } of await deps.accounts.subAccounts.of(
    accountId,
    session,
  )) {
    const reason = 'entity_parent_ended' as const;
    await endAllOfEntity(deps, id, { entityName, reason, actor: 'system', session });
    await deps.accounts.close(id, { actor: 'system', reason, within: session });
  }
}

/** With its branches and departments. */
async function suspendAll(
  deps: LapseMandatesDependencies,
  session: ClientSession,
  accountId: string,
): Promise<void> {
  await suspend(deps, session, accountId);
  for (const { id } of await deps.accounts.subAccounts.of(accountId, session)) {
    await suspend(deps, session, id);
  }
}

const ENTITY_REASONS = { level_fell: 'entity_level_fell', displaced: 'entity_displaced' } as const;

/** Of who holds one: a person is seen in person, an agency has an identity. */
function leastLevelOf(account: Account | undefined): number {
  return account?.kind === 'legalEntity' ? VERIFIED_LEVEL : REPRESENTATIVE_LEVEL;
}

/**
 * A lock is often a precaution, and the organisation has not changed its mind: its mandates stay, and
 * count again when it is opened. Until then nobody uses them, and what clients were given upon them ends
 * at once, also by those to whom they were passed on.
 */
async function suspend(
  { mandates, authorizations }: LapseMandatesDependencies,
  session: ClientSession,
  accountId: string,
): Promise<void> {
  const held = await mandates.standing({ holderId: accountId }, session);
  const given = await mandates.standing({ entityId: accountId }, session);
  const ids = new Set<string>();
  let found = [...held, ...given];
  while (found.length > 0) {
    const parentIds = found.map(({ id }) => id).filter((id) => !ids.has(id));
    for (const id of parentIds) ids.add(id);
    found = parentIds.length > 0 ? await mandates.standing({ parentIds }, session) : [];
  }
  if (ids.size === 0) return;
  // The mandates themselves stay as they are: without this, a choice beside it would not be noticed.
  await mandates.touch([...ids], session);
  await authorizations.endOfMandates([...ids], 'suspended', session);
}

async function lapse(
  deps: LapseMandatesDependencies,
  session: ClientSession,
  { mandate, cause }: { mandate: Mandate; cause: Exclude<StandingLoss['cause'], 'locked'> },
): Promise<void> {
  const { accounts, notices } = deps;
  const { entityId, holderId, role } = mandate;
  const { name: entityName = '' } = (await accounts.findById(entityId)) ?? {};
  const reason = `holder_${cause}` as const;
  await endMandates(deps, [mandate], { entityName, reason, actor: 'system', session });
  const left = await leadersOver(deps, entityId, session);
  const template = 'mandate_lapsed_colleague';
  for (const accountId of new Set(left.map((each) => each.holderId))) {
    if (accountId === holderId) continue;
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
  for (const { holderId } of page) {
    const loss = lossOf(holderId, await accounts.findById(holderId));
    if (loss) await database.transaction((session) => onStandingLost(loss, session));
  }
  return page.length < BATCH ? '' : (page.at(-1)?.id ?? '');
}

function lossOf(accountId: string, account: Account | undefined): StandingLoss | undefined {
  if (!account || account.state === 'closed') return { accountId, cause: 'closed', level: 0 };
  const { realNameLevel: level } = account;
  return level < leastLevelOf(account) ? { accountId, cause: 'level_fell', level } : undefined;
}
