// The second half of a registration: account, evidence, mandate, what was agreed to and the records
// stand or fall together. One account for each code, whoever is first.
import type { RealNameLevel } from '../accounts/account.ts';
import { draftAccount } from '../accounts/account-draft.ts';
import type { AccountDraft } from '../accounts/account-draft.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { levelOf } from '../verification/evidence.ts';
import type { IdentityCaseStore } from '../verification/identity-case-store.ts';
import { endDisplaced } from '../verification/record-proof.ts';
import type { RecordProofDependencies } from '../verification/record-proof.ts';
import { empower, ENTITY_AGREEMENT } from './empower-representative.ts';
import { basisOf } from './entity-basis.ts';
import type { ConfirmedEntity, EntityBasis } from './entity-basis.ts';
import { endAllOfEntity } from '../mandates/end-mandates.ts';
import { joinEntity } from './join-entity.ts';
import { mayAppoint } from '../mandates/mandate.ts';
import { raiseEntity } from './raise-entity.ts';
import type { RaiseEntityDependencies } from './raise-entity.ts';
import { takeOverEntity } from './take-over-entity.ts';
import type { TakeOverDependencies } from './take-over-entity.ts';

export interface RegisterEntityDependencies extends TakeOverDependencies, RaiseEntityDependencies {
  accounts: TakeOverDependencies['accounts'] &
    RaiseEntityDependencies['accounts'] &
    Pick<AccountStore, 'enterIdentity'>;
  cases: IdentityCaseStore;
  ending: RecordProofDependencies['ending'];
  notices: RaiseEntityDependencies['notices'] & Pick<SecurityNotices, 'entityDisplaced'>;
}

export type RegisterEntityOutcome =
  | { ok: true; entityId: string; isNew: boolean }
  | { ok: false; reason: 'not_ticked' | 'agreement_changed' }
  /** Another form of the same registration was first, or it is over. */
  | { ok: false; reason: 'changed_meanwhile' }
  | { ok: false; reason: 'not_completed' | 'unavailable' }
  /** Others act for it already, who can invite this person. */
  | { ok: false; reason: 'has_others' };

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
  const { proof, uscc: code } = entity.application;
  const own = await deps.mandates.between(holderId, person.id);
  if (own?.role === 'legalRepresentative' || (own && proof && mayAppoint(own))) {
    return proof ? raiseByProof(deps, entity, holderId) : asBefore(holderId);
  }
  const isNamed = (proof?.role ?? 'legalRepresentative') === 'legalRepresentative';
  const taken = isNamed
    ? await takeOverEntity(deps, entity, holderId)
    : await joinEntity(deps, entity, holderId);
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
  // Staff may decide between the two, for its representative.
  if (!isNamed) {
    await deps.applications.drop(entity.application.id, person.id);
    return { ok: false, reason: 'has_others' };
  }
  const { name, confirmed } = entity.application;
  const at = deps.clock.now().toISOString();
  const answer = { outcome: 'matched', resultCode: confirmed.resultCode, at } as const;
  await deps.applications.put(person.id, 'refused', { uscc: code, name, answer, isHeld: true });
  return taken;
}

function asBefore(entityId: string): RegisterEntityOutcome {
  return { ok: true, entityId, isNew: false };
}

/** Who acts for it already has shown more than before. */
async function raiseByProof(
  deps: RegisterEntityDependencies,
  entity: ConfirmedEntity,
  entityId: string,
): Promise<RegisterEntityOutcome> {
  const { person, application, agreement } = entity;
  const { proof, uscc, name, id } = application;
  if (!proof) return asBefore(entityId);
  const { expiresAt, ...rest } = proof;
  const given = { ...rest, uscc, name, ...(expiresAt ? { expiresAt: new Date(expiresAt) } : {}) };
  const by = { personId: person.id, address: agreement.address };
  const raised = await raiseEntity(deps, { entityId, proof: given, by });
  if (!raised.ok) return { ok: false, reason: 'changed_meanwhile' };
  await deps.applications.drop(id, person.id);
  return asBefore(entityId);
}

function draftOf(deps: RegisterEntityDependencies, entity: ConfirmedEntity): AccountDraft {
  const { uscc, name, confirmed } = entity.application;
  const { source, grade, cap } = basisOf(entity, deps);
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
