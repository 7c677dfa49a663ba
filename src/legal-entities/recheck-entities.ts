// Background work: the register is asked again about every entity that it confirmed. What ends
// something is acted upon only when it is said twice, hours apart, because registers err, too. Any
// number of processes may do it side by side; part of the day's budget is left to people.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { Database } from '../platform/mongo.ts';
import type { Logger } from '../platform/logger.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { RecordProofDependencies } from '../verification/record-proof.ts';
import { endAllOfEntity } from './end-mandates.ts';
import type { EndMandatesDependencies } from './end-mandates.ts';
import type { EntityDoubt, EntityRecord, EntityRecordStore } from './entity-record-store.ts';
import type { EntityAnswer, EntityRegister } from './entity-register.ts';

export interface RecheckDependencies extends EndMandatesDependencies {
  register: EntityRegister;
  /** Questions that may still be asked today. */
  budgetLeft(): Promise<number>;
  accounts: Pick<AccountStore, 'findById' | 'setRealNameLevel'>;
  records: EntityRecordStore;
  evidence: EvidenceStore;
  ending: RecordProofDependencies['ending'];
  notices: EndMandatesDependencies['notices'] & Pick<SecurityNotices, 'entityEnded'>;
  database: Pick<Database, 'transaction'>;
  logger: Logger;
}

const EVERY_MS = 60_000;
const BATCH = 100;
/** Left to people who wait for an answer. */
const KEPT_SHARE = 0.2;
const HOUR_SECONDS = 3600;
export const DOUBT_SECONDS = 6 * HOUR_SECONDS;
const DAY_SECONDS = 86_400;

export function recheckWork(deps: RecheckDependencies) {
  const { logger } = deps;
  const options = { name: 'entity recheck', everyMs: EVERY_MS, logger };
  return repeatedWork(() => recheckEntities(deps), options);
}

/** One round; returns how many were asked about. */
export async function recheckEntities(deps: RecheckDependencies): Promise<number> {
  const kept = deps.register.config.dailyBudget * KEPT_SHARE;
  for (let asked = 0; asked < BATCH; asked += 1) {
    if ((await deps.budgetLeft()) <= kept) return asked;
    const record = await deps.records.claimDue();
    if (!record) return asked;
    try {
      await recheck(deps, record);
    } catch (error) {
      // One that cannot be looked at must not keep the others waiting.
      deps.logger.error({ err: error, account: record.id }, 'an entity was not looked at');
    }
  }
  return BATCH;
}

async function recheck(deps: RecheckDependencies, record: EntityRecord): Promise<void> {
  const { records, register } = deps;
  const nextSeconds = register.config.recheckDays * DAY_SECONDS;
  const account = await deps.accounts.findById(record.id);
  if (!account?.uscc || !account.name || account.state === 'closed') {
    await records.note(record.id, { doubt: undefined, nextSeconds: undefined });
    return;
  }
  const representative = await representativeOf(deps, record.id);
  if (!representative) {
    // Nobody to ask about: a new representative is checked when he comes.
    await records.postpone(record.id, nextSeconds);
    return;
  }
  const { uscc, name } = account;
  const answer = await register.check({ uscc, name, representative });
  if (answer.outcome === 'unavailable' || answer.outcome === 'contradictory') {
    await records.postpone(record.id, HOUR_SECONDS);
    return;
  }
  const doubt = doubtOf(answer);
  if (doubt === undefined) {
    const isFound = answer.outcome === 'found';
    const status = isFound ? ({ status: 'in_operation' } as const) : {};
    await records.note(record.id, { ...status, doubt, nextSeconds });
  } else if (doubt !== record.doubt) {
    await records.note(record.id, { doubt, nextSeconds: DOUBT_SECONDS });
  } else if (doubt === 'representative_changed') {
    await endRepresentative(deps, account);
  } else {
    await endEntity(deps, account, doubt);
  }
}

/** A code that the register does not find ends nothing: it says neither cancelled nor revoked. */
function doubtOf(answer: EntityAnswer & { outcome: 'found' | 'unknown' }): EntityDoubt | undefined {
  if (answer.outcome === 'unknown') return undefined;
  const { status, isRepresentative } = answer.facts;
  if (status !== 'in_operation') return status;
  return isRepresentative ? undefined : 'representative_changed';
}

async function representativeOf({ accounts, mandates }: RecheckDependencies, entityId: string) {
  const held = await mandates.ofEntity(entityId);
  const mandate = held.find(({ role }) => role === 'legalRepresentative');
  const person = mandate && (await accounts.findById(mandate.personId));
  return person && verifiedClaim(person);
}

/** Nobody acts for it until the new representative has come; its identity stays. */
async function endRepresentative(deps: RecheckDependencies, account: Account): Promise<void> {
  const { id, name = '' } = account;
  const nextSeconds = deps.register.config.recheckDays * DAY_SECONDS;
  const tell = await deps.database.transaction(async (session) => {
    await deps.records.note(id, { doubt: undefined, nextSeconds }, session);
    const by = { entityName: name, reason: 'representative_changed', actor: 'system' } as const;
    return endAllOfEntity(deps, id, { ...by, session });
  });
  tell();
}

async function endEntity(
  deps: RecheckDependencies,
  account: Account,
  status: 'cancelled' | 'revoked',
): Promise<void> {
  const { id, name: entityName = '' } = account;
  let told: (() => void)[] = [];
  const origin = account.attribute('uscc') ?? { source: 'register:legalEntities', grade: 'A' };
  const reason = `entity_${status}` as const;
  await deps.accounts.setRealNameLevel(
    id,
    { level: 1, origin },
    {
      actor: 'system',
      reason,
      alongside: async (session) => {
        await deps.evidence.revokeAll(id, 'withdrawn', session);
        await deps.records.note(id, { status, doubt: undefined, nextSeconds: undefined }, session);
        const people = await deps.mandates.ofEntity(id, session);
        const by = { entityName, reason, actor: 'system', session };
        told = [await endAllOfEntity(deps, id, by)];
        const accountIds = new Set([id, ...people.map(({ personId }) => personId)]);
        for (const accountId of accountIds) {
          told.push(await deps.notices.entityEnded({ accountId, entityName, status }, session));
        }
      },
    },
  );
  for (const tell of told) tell();
  await deps.ending.endAllOfAccount(id, { reason: 'level_fell', actor: 'system' });
}
