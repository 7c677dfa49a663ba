// What makes a person the legal representative of an entity's account, in the caller's transaction:
// the end of the registration, evidence, mandate, what was agreed to, records and a notice.
import type { Account, AttributeGrade, RealNameLevel } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AgreementName } from '../agreements/agreement-book.ts';
import type { Agreements } from '../agreements/agreements.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { EndMandatesDependencies } from './end-mandates.ts';
import type { EntityApplication, EntityApplicationStore } from './entity-application-store.ts';
import type { EntityRegister } from './entity-register.ts';

/** Whoever represents an organisation was seen in person. */
export const REPRESENTATIVE_LEVEL = 3;
export const ENTITY_AGREEMENT: AgreementName = 'real-name-registration';

export interface EmpowerDependencies extends EndMandatesDependencies {
  accounts: Pick<AccountStore, 'holdStanding'>;
  register: EntityRegister;
  applications: EntityApplicationStore;
  agreements: Pick<Agreements, 'current' | 'acceptWithin'>;
  evidence: EvidenceStore;
  clock: Clock;
}

export interface EntityAgreement {
  isAgreed: boolean;
  /** Of the agreement as it stood on the page. */
  version: number;
  language: Locale;
  address: string;
}

/** What speaks for it: the register, or staff who looked at its papers. */
export interface EntityBasis {
  source: 'legalEntities' | 'review';
  grade: AttributeGrade;
  /** The highest level that it supports alone. */
  cap: number;
  validDays: number | undefined;
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

/** @param config of the register, which stands where no other basis is named */
export function basisOf(
  { basis }: ConfirmedEntity,
  { cap, validDays }: Pick<EntityRegister['config'], 'cap' | 'validDays'>,
): EntityBasis {
  return basis ?? { source: 'legalEntities', grade: 'A', cap, validDays };
}

const DAY_SECONDS = 86_400;

/**
 * What makes the person the representative of the entity's account: the end of the registration,
 * evidence, mandate, records, notice.
 * @throws Overtaken when another form of it was first
 */
export async function empower(
  deps: EmpowerDependencies,
  session: ClientSession,
  { entity, entityId }: { entity: ConfirmedEntity; entityId: string },
): Promise<() => void> {
  const { person, application, agreement } = entity;
  const { source, grade, cap, validDays, decidedBy } = basisOf(entity, deps.register.config);
  const { uscc, name, confirmed } = application;
  if (!(await deps.applications.finish(application, session))) {
    throw new Overtaken('the registration has gone on');
  }
  if (!(await deps.accounts.holdStanding(person.id, REPRESENTATIVE_LEVEL, session))) {
    throw new Overtaken('the person is verified in person no more');
  }
  const evidence = {
    source,
    method: source === 'review' ? 'manual_review' : 'legal_representative',
    terminal: 'online',
    resultCode: confirmed.resultCode,
    grade,
    level: cap as RealNameLevel,
    ...expiryOf(deps.clock, validDays),
  } as const;
  const certificate = { type: '001', number: uscc } as const;
  const details = { name, certificate, reference: confirmed.reference };
  await deps.evidence.insert(entityId, { ...evidence, details }, session);
  const role = 'legalRepresentative' as const;
  const mandate = {
    entityId,
    personId: person.id,
    role,
    grantedBy: source === 'review' ? source : 'register',
  };
  const granted = await deps.mandates.grant(mandate, session);
  if (!granted) throw new Overtaken('there is a representative by now');
  const { version, language, address } = agreement;
  const accepted = await deps.agreements.acceptWithin(session, {
    accountId: entityId,
    name: ENTITY_AGREEMENT,
    version,
    language,
    address,
  });
  if (!accepted.ok) throw new Overtaken('the agreement has changed');
  await deps.audit.record(
    {
      type: 'mandates.granted',
      actor: decidedBy ?? person.id,
      ...(decidedBy === undefined ? { address } : {}),
      subject: entityId,
      result: 'done',
      details: { mandate: granted.id, person: person.id, role },
    },
    session,
  );
  return deps.notices.mandateChanged(
    { accountId: person.id, template: 'mandate_granted', entityName: name, role },
    session,
  );
}

function expiryOf(clock: Clock, validDays: number | undefined): { expiresAt?: Date } {
  if (validDays === undefined) return {};
  return { expiresAt: secondsFromNow(clock, validDays * DAY_SECONDS) };
}
