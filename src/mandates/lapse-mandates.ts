// Power over an organisation rests on who holds it: it ends in the very transaction in which that
// person is verified in person no more, is displaced or has no account, and so does all power over an
// organisation that lost its identity. Others who act for it are told.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { findAccounts } from '../accounts/find-accounts.ts';
import type { OnStandingLost, StandingLoss } from '../accounts/account-writer-store.ts';
import { BATCH } from '../platform/batches.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { REPRESENTATIVE_LEVEL } from './mandate.ts';
import { endAllOfEntity, endMandates, entityNames } from './end-mandates.ts';
import { leadersOverEach } from './leaders-over.ts';
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
      for await (const held of mandates.standing({ holderId: accountId }, session)) {
        await lapse(deps(), session, { accountId, held, cause });
      }
    }
    // Only for an organisation does anybody act; of one that is gone it is not known what it was.
    if (level >= VERIFIED_LEVEL || (account && account.kind !== 'legalEntity')) return;
    await closeBelow(deps(), session, accountId);
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
  const seen = new Set<string>();
  const rest = async (pages: AsyncIterable<readonly Mandate[]>): Promise<void> => {
    for await (const page of pages) {
      const ids = page.map(({ id }) => id).filter((id) => !seen.has(id));
      if (ids.length === 0) continue;
      for (const id of ids) seen.add(id);
      // The mandates themselves stay as they are: without this, a choice beside it would not be noticed.
      await mandates.touch(ids, session);
      await authorizations.endOfMandates(ids, 'suspended', session);
      await rest(mandates.standing({ parentIds: ids }, session));
    }
  };
  await rest(mandates.standing({ holderId: accountId }, session));
  await rest(mandates.standing({ entityId: accountId }, session));
}

async function lapse(
  deps: LapseMandatesDependencies,
  session: ClientSession,
  of: {
    accountId: string;
    held: readonly Mandate[];
    cause: Exclude<StandingLoss['cause'], 'locked'>;
  },
): Promise<void> {
  const { accountId, held, cause } = of;
  const entityIds = held.map(({ entityId }) => entityId);
  const entityName = await entityNames(deps.accounts, entityIds);
  const reason = `holder_${cause}` as const;
  await endMandates(deps, held, { entityName, reason, actor: 'system', session });
  const leaders = await leadersOverEach(deps, entityIds, session);
  const notices = held.flatMap(({ entityId, role }) => {
    const left = new Set(leaders(entityId).map(({ holderId }) => holderId));
    left.delete(accountId);
    const template = 'mandate_lapsed_colleague' as const;
    const about = { template, entityName: entityName.get(entityId) ?? '', role };
    return [...left].map((each) => ({ accountId: each, ...about }));
  });
  await deps.notices.mandatesChanged(notices, session);
}

export interface SettleMandatesDependencies {
  accounts: Pick<AccountStore, 'findById'>;
  mandates: EndMandatesDependencies['mandates'];
  database: Pick<Database, 'transaction'>;
  logger: Logger;
  onStandingLost: OnStandingLost;
}

const EVERY_MS = 60_000;

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
  const { accounts, mandates, database, onStandingLost, logger } = deps;
  const page = await mandates.after(after, BATCH);
  const holderIds = new Set(page.map(({ holderId }) => holderId));
  const holders = await findAccounts(accounts, holderIds);
  for (const holderId of holderIds) {
    const loss = lossOf(holderId, holders.get(holderId));
    try {
      if (loss) await database.transaction((session) => onStandingLost(loss, session));
    } catch (error) {
      // One whose mandates cannot be ended must not keep the others waiting.
      logger.error({ err: error, account: holderId }, 'the mandates of an account were not ended');
    }
  }
  return page.length < BATCH ? '' : (page.at(-1)?.id ?? '');
}

function lossOf(accountId: string, account: Account | undefined): StandingLoss | undefined {
  if (!account || account.state === 'closed') return { accountId, cause: 'closed', level: 0 };
  const { realNameLevel: level } = account;
  return level < leastLevelOf(account) ? { accountId, cause: 'level_fell', level } : undefined;
}
