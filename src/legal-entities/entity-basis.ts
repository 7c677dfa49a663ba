// What the account of an organisation rests on: the register, what the organisation has shown by a
// means of its own, or staff who looked at its papers; and the evidence of it.
import type { Account, AttributeGrade, RealNameLevel } from '../accounts/account.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { EntityProofSource } from '../platform/entity-proof-config.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { EvidenceMethod } from '../verification/evidence.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { EntityApplication } from './entity-application-store.ts';
import type { EntityRegister } from './entity-register.ts';

export interface BasisDependencies {
  register: EntityRegister;
  evidence: EvidenceStore;
  clock: Clock;
}

const DAY_SECONDS = 86_400;

export interface EntityAgreement {
  isAgreed: boolean;
  /** Of the agreement as it stood on the page. */
  version: number;
  language: Locale;
  address: string;
}

/** What speaks for it: the register, what it has itself shown, or staff who looked at its papers. */
export interface EntityBasis {
  source: 'legalEntities' | 'review' | EntityProofSource;
  grade: AttributeGrade;
  /** The highest level that it supports alone. */
  cap: number;
  expiresAt?: Date | undefined;
  /** The reviewer. */
  decidedBy?: string | undefined;
}

/** What was confirmed, by the register if nothing else is said, and by whom it is done. */
export interface ConfirmedEntity {
  person: Account;
  application: EntityApplication & { confirmed: NonNullable<EntityApplication['confirmed']> };
  agreement: EntityAgreement;
  basis?: EntityBasis | undefined;
}

/** @param register stands where no other basis is named */
export function basisOf(
  { basis, application }: ConfirmedEntity,
  { register, clock }: BasisDependencies,
): EntityBasis {
  const { proof } = application;
  if (basis) return basis;
  if (proof) {
    const { source, grade, cap, expiresAt } = proof;
    return { source, grade, cap, ...(expiresAt ? { expiresAt: new Date(expiresAt) } : {}) };
  }
  const { cap, validDays } = register.config;
  return { source: 'legalEntities', grade: 'A', cap, ...expiryOf(clock, validDays) };
}

/** How evidence of each source came about. */
export function methodOf(source: EntityBasis['source']): EvidenceMethod {
  if (source === 'review') return 'manual_review';
  if (source === 'bankTransfer') return 'bank_transfer';
  return source === 'legalEntities' ? 'legal_representative' : source;
}

/** Evidence of what it rests on; of a representative also that the register names him. */
export async function recordBasis(
  deps: BasisDependencies,
  session: ClientSession,
  { entity, entityId }: { entity: ConfirmedEntity; entityId: string },
): Promise<void> {
  const { uscc, name, confirmed, proof } = entity.application;
  const basis = basisOf(entity, deps);
  const isRegistered = proof?.role === 'legalRepresentative';
  const { application: _own, ...withoutProof } = entity;
  const bare = { ...entity.application, proof: undefined };
  const all = isRegistered
    ? [basis, basisOf({ ...withoutProof, application: bare }, deps)]
    : [basis];
  for (const each of all) {
    const { source, grade, cap, expiresAt } = each;
    const told = each === basis && proof ? proof : confirmed;
    await deps.evidence.insert(
      entityId,
      {
        source,
        method: methodOf(source),
        terminal: 'online',
        resultCode: told.resultCode,
        grade,
        level: cap as RealNameLevel,
        ...(expiresAt ? { expiresAt } : {}),
        details: { name, certificate: { type: '001', number: uscc }, reference: told.reference },
      },
      session,
    );
  }
}

/** When evidence ends that counts so many days from now. */
export function expiryOf(clock: Clock, validDays: number | undefined): { expiresAt?: Date } {
  if (validDays === undefined) return {};
  return { expiresAt: secondsFromNow(clock, validDays * DAY_SECONDS) };
}
