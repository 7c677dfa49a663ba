// What makes a person the legal representative of an entity's account, in the caller's transaction:
// the end of the registration, evidence, mandate, what was agreed to, records and a notice.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AgreementName } from '../agreements/agreement-book.ts';
import type { Agreements } from '../agreements/agreements.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { EndMandatesDependencies } from '../mandates/end-mandates.ts';
import { REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';
import type { MandateProof, MandateRole } from '../mandates/mandate.ts';
import type { EntityApplicationStore } from './entity-application-store.ts';
import { basisOf, recordBasis } from './entity-basis.ts';
import type { BasisDependencies, ConfirmedEntity } from './entity-basis.ts';

export const ENTITY_AGREEMENT: AgreementName = 'real-name-registration';

export interface EmpowerDependencies extends EndMandatesDependencies, BasisDependencies {
  accounts: EndMandatesDependencies['accounts'] & Pick<AccountStore, 'holdStanding'>;
  applications: EntityApplicationStore;
  agreements: Pick<Agreements, 'current' | 'acceptWithin'>;
}

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
  const { source, decidedBy } = basisOf(entity, deps);
  const { name } = application;
  if (!(await deps.applications.finish(application, session))) {
    throw new Overtaken('the registration has gone on');
  }
  if (!(await deps.accounts.holdStanding(person.id, REPRESENTATIVE_LEVEL, session))) {
    throw new Overtaken('the person is verified in person no more');
  }
  await recordBasis(deps, session, { entity, entityId });
  const role = application.proof?.role ?? 'legalRepresentative';
  const mandate = {
    entityId,
    holderId: person.id,
    role,
    grantedBy: source === 'review' || role === 'administrator' ? source : 'register',
    proof: proofOf(source, role),
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

function proofOf(source: string, role: MandateRole): MandateProof {
  if (source === 'review') return 'review';
  return role === 'administrator' ? 'own_means' : 'register';
}
