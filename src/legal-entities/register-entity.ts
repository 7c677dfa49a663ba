// The second half of a registration: account, evidence, mandate, what was agreed to and the records
// stand or fall together. One account for each code, whoever is first.
import type { RealNameLevel } from '../accounts/account.ts';
import { draftAccount } from '../accounts/account-draft.ts';
import type { AccountDraft } from '../accounts/account-draft.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { LevelPolicy } from '../platform/verification-config.ts';
import { levelOf } from '../verification/evidence.ts';
import type { IdentityCaseStore } from '../verification/identity-case-store.ts';
import { endDisplaced } from '../verification/record-proof.ts';
import type { RecordProofDependencies } from '../verification/record-proof.ts';
import { basisOf, empower, ENTITY_AGREEMENT } from './empower-representative.ts';
import type { ConfirmedEntity, EntityBasis } from './empower-representative.ts';
import { endAllOfEntity } from './end-mandates.ts';
import { takeOverEntity } from './take-over-entity.ts';
import type { TakeOverDependencies } from './take-over-entity.ts';

export interface RegisterEntityDependencies extends TakeOverDependencies {
  accounts: TakeOverDependencies['accounts'] & Pick<AccountStore, 'enterIdentity'>;
  cases: IdentityCaseStore;
  ending: RecordProofDependencies['ending'];
  notices: TakeOverDependencies['notices'] & Pick<SecurityNotices, 'entityDisplaced'>;
  policy: LevelPolicy;
}

export type RegisterEntityOutcome =
  | { ok: true; entityId: string; isNew: boolean }
  | { ok: false; reason: 'not_ticked' | 'agreement_changed' }
  /** Another form of the same registration was first, or it is over. */
  | { ok: false; reason: 'changed_meanwhile' }
  | { ok: false; reason: 'not_completed' | 'unavailable' };

const DAY_SECONDS = 86_400;

/** What the word of the register, or of staff, alone gives an organisation. */
export function registeredLevel(
  { policy, clock }: Pick<RegisterEntityDependencies, 'policy' | 'clock'>,
  cap: number,
  source: EntityBasis['source'] = 'legalEntities',
): RealNameLevel {
  return levelOf([{ source, level: cap as RealNameLevel }], policy, clock.now());
}

export async function registerEntity(
  deps: RegisterEntityDependencies,
  entity: ConfirmedEntity,
): Promise<RegisterEntityOutcome> {
  const { agreement } = entity;
  const { version } = deps.agreements.current(ENTITY_AGREEMENT);
  if (version !== agreement.version) return { ok: false, reason: 'agreement_changed' };
  if (!agreement.isAgreed) return { ok: false, reason: 'not_ticked' };
  if (!(await deps.applications.claim(entity.application))) {
    return { ok: false, reason: 'changed_meanwhile' };
  }
  try {
    return await carryOut(deps, entity);
  } finally {
    await deps.applications.release(entity.application);
  }
}

async function carryOut(
  deps: RegisterEntityDependencies,
  entity: ConfirmedEntity,
): Promise<RegisterEntityOutcome> {
  try {
    const entered = await enter(deps, entity);
    if (!entered.ok) return await ofHolder(deps, entity, entered.holderId);
    await entered.afterCommit();
    return { ok: true, entityId: entered.entityId, isNew: true };
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
}

export type EnterEntityOutcome =
  | { ok: true; entityId: string; afterCommit: () => Promise<void> }
  | { ok: false; holderId: string };

/**
 * The account with all that belongs to it, in one transaction: the caller's, if there is one.
 * @throws Overtaken when another form of it was first
 */
export async function enter(
  deps: RegisterEntityDependencies,
  entity: ConfirmedEntity,
  within?: ClientSession,
): Promise<EnterEntityOutcome> {
  const { person, agreement, basis } = entity;
  let told: (() => void)[] = [];
  const entered = await deps.accounts.enterIdentity(draftOf(deps, entity), {
    actor: basis?.decidedBy ?? person.id,
    ...(basis ? {} : { address: agreement.address }),
    ...(within ? { within } : {}),
    alongside: async (session, entityId) => {
      told.push(await complete(deps, session, { entity, entityId }));
    },
    onDisplaced: async (session, holderId) => {
      told = [await displace(deps, session, { entity, holderId })];
    },
    onHeld: async () => undefined,
  });
  if (!entered.ok) return { ok: false, holderId: entered.holderId };
  const { account, displacedAccountId } = entered;
  return {
    ok: true,
    entityId: account.id,
    async afterCommit() {
      for (const tell of told) tell();
      if (displacedAccountId !== undefined) await endDisplaced(deps, displacedAccountId);
    },
  };
}

/** There is an account: the person's own, one whose representative has changed, or another's. */
async function ofHolder(
  deps: RegisterEntityDependencies,
  entity: ConfirmedEntity,
  holderId: string,
): Promise<RegisterEntityOutcome> {
  const { person, agreement } = entity;
  const own = await deps.mandates.between(holderId, person.id);
  if (own?.role === 'legalRepresentative') return { ok: true, entityId: holderId, isNew: false };
  const taken = await takeOverEntity(deps, entity, holderId);
  if (taken.ok || taken.reason !== 'not_completed') return taken;
  await deps.database.transaction(async (session) => {
    const pair = { accountId: person.id, holderId, source: 'legalEntities' };
    await deps.cases.noteHeld(pair, session);
    await deps.audit.record(
      {
        type: 'verification.not_completed',
        actor: person.id,
        address: agreement.address,
        result: 'refused',
        reason: 'identity_held',
        details: { source: 'legalEntities' },
      },
      session,
    );
  });
  // Staff may decide between the two.
  const { uscc, name, confirmed } = entity.application;
  const at = deps.clock.now().toISOString();
  const answer = { outcome: 'matched', resultCode: confirmed.resultCode, at } as const;
  await deps.applications.put(person.id, 'refused', { uscc, name, answer, isHeld: true });
  return taken;
}

function draftOf(deps: RegisterEntityDependencies, entity: ConfirmedEntity): AccountDraft {
  const { uscc, name, confirmed } = entity.application;
  const { source, grade, cap } = basisOf(entity, deps.register.config);
  const realNameLevel = registeredLevel(deps, cap, source);
  const drafted = draftAccount(
    { kind: 'legalEntity', subtype: confirmed.subtype, name, uscc, realNameLevel },
    {
      source: source === 'review' ? source : `register:${source}`,
      grade,
      areContactsConfirmed: false,
      now: deps.clock.now(),
    },
  );
  if (!drafted.ok) throw new Error('the register confirmed what cannot be');
  return drafted.draft;
}

/** @throws Overtaken when another form of it was first. */
async function complete(
  deps: RegisterEntityDependencies,
  session: ClientSession,
  { entity, entityId }: { entity: ConfirmedEntity; entityId: string },
): Promise<() => void> {
  const tell = await empower(deps, session, { entity, entityId });
  const { recheckDays } = deps.register.config;
  const isReviewed = entity.basis?.source === 'review';
  await deps.records.insert(entityId, { seconds: recheckDays * DAY_SECONDS, isReviewed }, session);
  return tell;
}

async function displace(
  deps: RegisterEntityDependencies,
  session: ClientSession,
  { entity, holderId }: { entity: ConfirmedEntity; holderId: string },
): Promise<() => void> {
  const { person, application } = entity;
  await deps.evidence.revokeAll(holderId, 'displaced', session);
  const pair = { accountId: person.id, holderId, source: 'legalEntities' };
  await deps.cases.noteDisplaced(pair, session);
  const { name } = application;
  const tellHolder = await deps.notices.entityDisplaced(holderId, name, session);
  const tellOthers = await endAllOfEntity(deps, holderId, {
    entityName: name,
    reason: 'entity_displaced',
    actor: 'system',
    session,
  });
  return () => {
    tellHolder();
    tellOthers();
  };
}
