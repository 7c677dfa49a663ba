// An organisation with an account shows more than before: evidence and level, in one transaction with
// the proof that whoever brings it may still act for it.
import type { RealNameLevel } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { EntityProof } from '../entity-proofs/entity-proof.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { LevelPolicy } from '../platform/verification-config.ts';
import { levelOf } from '../verification/evidence.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import { REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';
import type { EndMandatesDependencies } from '../mandates/end-mandates.ts';
import { methodOf } from './entity-basis.ts';
import { mayAppoint } from '../mandates/mandate.ts';

export interface RaiseEntityDependencies extends EndMandatesDependencies {
  accounts: EndMandatesDependencies['accounts'] &
    Pick<AccountStore, 'holdStanding' | 'setRealNameLevel' | 'transaction'>;
  evidence: EvidenceStore;
  notices: EndMandatesDependencies['notices'] & Pick<SecurityNotices, 'entityRaised'>;
  policy: LevelPolicy;
  clock: Clock;
}

export interface RaiseEntity {
  entityId: string;
  proof: EntityProof;
  by: { personId: string; address: string };
}

export type RaiseEntityOutcome =
  | { ok: true; level: RealNameLevel; hasRisen: boolean }
  /** Whoever brings it acts for it no more, or it is not what it was. */
  | { ok: false; reason: 'changed_meanwhile' };

export async function raiseEntity(
  deps: RaiseEntityDependencies,
  raise: RaiseEntity,
): Promise<RaiseEntityOutcome> {
  try {
    const raised = await deps.accounts.transaction((session) => carryOut(deps, session, raise));
    for (const tell of raised.told) tell();
    return { ok: true, level: raised.level, hasRisen: raised.told.length > 0 };
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
}

async function carryOut(
  deps: RaiseEntityDependencies,
  session: ClientSession,
  { entityId, proof, by }: RaiseEntity,
): Promise<{ level: RealNameLevel; told: (() => void)[] }> {
  const { accounts, mandates, evidence, policy, clock } = deps;
  const entity = await accounts.findById(entityId);
  const mandate = await mandates.between(entityId, by.personId, session);
  const mayBring =
    mandate !== undefined &&
    mayAppoint(mandate) &&
    (await mandates.hold(mandate.id, session)) &&
    (await accounts.holdStanding(by.personId, REPRESENTATIVE_LEVEL, session));
  if (!mayBring || !entity?.isActive || entity.uscc !== proof.uscc) {
    throw new Overtaken('whoever brings a proof acts for it no more');
  }
  const { realNameLevel: former } = entity;
  await evidence.carryOver(entityId, former, session);
  await evidence.insert(entityId, evidenceOf(proof), session);
  const present = levelOf(await evidence.listOfAccount(entityId, session), policy, clock.now());
  const level = present > former ? present : former;
  await deps.audit.record(
    {
      type: 'verification.checked',
      actor: by.personId,
      subject: entityId,
      address: by.address,
      level,
      result: 'done',
      details: { source: proof.source, resultCode: proof.resultCode },
    },
    session,
  );
  if (level === former) return { level, told: [] };
  const origin = {
    source: `register:${proof.source}`,
    grade: proof.grade,
    verifiedAt: clock.now(),
  };
  const changed = await accounts.setRealNameLevel(
    entityId,
    { level, origin, from: former },
    { actor: by.personId, address: by.address, reason: 'entity_proof', within: session },
  );
  if (!changed.ok || !changed.hasChanged) throw new Overtaken('the level has changed');
  return {
    level,
    told: await tellAll(deps, session, { entityId, name: entity.name ?? '', level }),
  };
}

function evidenceOf(proof: EntityProof) {
  const { source, resultCode, grade, cap, expiresAt, name, uscc, reference } = proof;
  return {
    source,
    method: methodOf(source),
    terminal: 'online',
    resultCode,
    grade,
    level: cap as RealNameLevel,
    ...(expiresAt ? { expiresAt } : {}),
    details: { name, certificate: { type: '001', number: uscc }, reference },
  } as const;
}

async function tellAll(
  { mandates, notices }: RaiseEntityDependencies,
  session: ClientSession,
  { entityId, name: entityName, level }: { entityId: string; name: string; level: number },
): Promise<(() => void)[]> {
  const people = await mandates.ofEntity(entityId, session);
  const told: (() => void)[] = [];
  for (const accountId of new Set([entityId, ...people.map(({ holderId }) => holderId)])) {
    told.push(await notices.entityRaised({ accountId, entityName, level }, session));
  }
  return told;
}
