// What follows when the register says that an organisation ended, has another representative or is
// called otherwise: all of it in one transaction, with its records and notices.
import type { Account, Attribute } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { endAllOfEntity } from '../../mandates/end-mandates.ts';
import type { EndMandatesDependencies } from '../../mandates/end-mandates.ts';
import type { SecurityNotices } from '../../notification/security-notices.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';
import type { EvidenceStore } from '../../verification/evidence-store.ts';
import type { IdentityClaim } from '../../verification/provider.ts';
import type { RecordProofDependencies } from '../../verification/record-proof.ts';
import type { NoticedChanges } from '../entity-record-document.ts';
import type { EntityRecordStore } from '../entity-record-store.ts';
import type { EntityRegister } from '../entity-register.ts';
import { ownNameOf, subAccountName } from '../sub-accounts/sub-account-name.ts';

export interface CarryOutDependencies extends EndMandatesDependencies {
  register: Pick<EntityRegister, 'config'>;
  accounts: EndMandatesDependencies['accounts'] &
    Pick<AccountStore, 'findByIdentity' | 'rename' | 'setRealNameLevel'>;
  records: EntityRecordStore;
  evidence: EvidenceStore;
  ending: RecordProofDependencies['ending'];
  notices: EndMandatesDependencies['notices'] &
    Pick<SecurityNotices, 'entityEnded' | 'entityRenamed' | 'entityToTakeOver'>;
  database: Pick<Database, 'transaction'>;
  clock: Clock;
}

const DAY_SECONDS = 86_400;

/** Its identity, and all power over it. */
export async function endEntity(
  deps: CarryOutDependencies,
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
        const accountIds = new Set([id, ...people.map(({ holderId }) => holderId)]);
        told = [
          await endAllOfEntity(deps, id, by),
          await deps.notices.entityEnded({ accountIds, entityName, status }, session),
        ];
      },
    },
  );
  for (const tell of told) tell();
  await deps.ending.endAllOfAccount(id, { reason: 'level_fell', actor: 'system' });
}

/**
 * Nobody acts for it until the new representative has come; its identity stays.
 * @param noticed names who represents it now, if anything does: told how to take it over
 */
export async function endRepresentative(
  deps: CarryOutDependencies,
  account: Account,
  noticed: NoticedChanges | undefined,
): Promise<void> {
  const { id, name: entityName = '' } = account;
  const nextSeconds = deps.register.config.recheckDays * DAY_SECONDS;
  const next = noticed?.representative;
  const successor = next && (await successorOf(deps, next));
  const tell = await deps.database.transaction(async (session) => {
    await deps.records.note(id, { doubt: undefined, nextSeconds }, session);
    if (noticed) {
      const struck = { seq: noticed.seq, change: 'representative_changed' } as const;
      await deps.records.strike(id, struck, session);
    }
    const by = { entityName, reason: 'representative_changed', actor: 'system' } as const;
    const told = [await endAllOfEntity(deps, id, { ...by, session })];
    if (successor) {
      const of = { accountId: successor.id, entityName };
      told.push(await deps.notices.entityToTakeOver(of, session));
    }
    return told;
  });
  for (const each of tell) each();
}

/** A person of that name and number with a verified account. */
async function successorOf(
  { accounts }: CarryOutDependencies,
  { name, certificate }: IdentityClaim,
): Promise<Account | undefined> {
  const said = { source: 'register:legalEntities', grade: 'A' } as const;
  const attributes = { certificate: { value: certificate, ...said } };
  const found = await accounts.findByIdentity('naturalPerson', attributes);
  return found?.isActive && found.name === name ? found : undefined;
}

/** Its former name is kept; what systems are told follows from now on. */
export async function renameEntity(
  deps: CarryOutDependencies,
  account: Account,
  { name, noticed }: { name: string; noticed: NoticedChanges | undefined },
): Promise<void> {
  const { id, name: from = '' } = account;
  const source = 'register:legalEntities';
  const to = { value: name, source, grade: 'A', verifiedAt: deps.clock.now() } as const;
  let told: (() => void)[] = [];
  await deps.accounts.rename(
    id,
    { name: to, from },
    {
      actor: 'system',
      reason: 'register',
      alongside: async (session) => {
        told = [];
        await deps.records.keepName(id, from, session);
        const struck = { seq: noticed?.seq ?? 0, change: 'renamed' } as const;
        if (noticed) await deps.records.strike(id, struck, session);
        const nextSeconds = deps.register.config.recheckDays * DAY_SECONDS;
        await deps.records.note(id, { doubt: undefined, nextSeconds }, session);
        told.push(await tellRenamed(deps, session, { id, from, to: name }));
        told.push(...(await renameBelow(deps, session, { id, to })));
      },
    },
  );
  for (const tell of told) tell();
}

/** Branches and departments go by the name of the organisation. */
async function renameBelow(
  deps: CarryOutDependencies,
  session: ClientSession,
  { id: parentId, to }: { id: string; to: Attribute<'name'> },
): Promise<(() => void)[]> {
  const told: (() => void)[] = [];
  for (const { id, name: from = '' } of await deps.accounts.subAccounts.of(parentId, session)) {
    const name = subAccountName(to.value, ownNameOf(from));
    const by = { actor: 'system', reason: 'register', within: session };
    await deps.accounts.rename(id, { name: { ...to, value: name }, from }, by);
    told.push(await tellRenamed(deps, session, { id, from, to: name }));
  }
  return told;
}

async function tellRenamed(
  { mandates, notices }: CarryOutDependencies,
  session: ClientSession,
  { id, from, to }: { id: string; from: string; to: string },
): Promise<() => void> {
  const people = await mandates.ofEntity(id, session);
  const accountIds = new Set([id, ...people.map(({ holderId }) => holderId)]);
  return notices.entityRenamed({ accountIds, from, to }, session);
}
