// What the decision of staff about an organisation does: an approval registers it, or hands it to its
// representative where it has an account, in the transaction of the review; the same code as where
// the register confirms it. What the register says later still counts.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { ManualReviewConfig } from '../platform/verification-config.ts';
import type {
  CarryOutcome,
  DecisionHandler,
  ReviewCase,
  SourceAnswer,
} from '../review/review-case.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { toldBy } from './check-entity.ts';
import { REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';
import { ENTITY_AGREEMENT } from './empower-representative.ts';
import type { ConfirmedEntity } from './entity-basis.ts';
import { expiryOf } from './entity-basis.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { answerOf } from './entity-review.ts';
import { enter } from './register-entity.ts';
import type { RegisterEntityDependencies } from './register-entity.ts';
import { handOver } from './take-over-entity.ts';

export interface DecideEntityDependencies extends RegisterEntityDependencies {
  accounts: RegisterEntityDependencies['accounts'] & Pick<AccountStore, 'findById'>;
}

/** @param config how far the papers of an organisation can be relied upon */
export function entityDecisions(
  deps: DecideEntityDependencies,
  config: Pick<ManualReviewConfig, 'entityCap' | 'validDays'>,
): DecisionHandler {
  return {
    approve: (of, session) => approve(deps, { of, config }, session),
    reject: () => Promise.resolve({ ok: true }),
    askSources: (of) => askRegister(deps, of),
  };
}

async function approve(
  deps: DecideEntityDependencies,
  { of, config }: { of: ReviewCase; config: Pick<ManualReviewConfig, 'entityCap' | 'validDays'> },
  session: ClientSession,
): Promise<CarryOutcome> {
  const { decision } = of;
  const person = await deps.accounts.findById(of.applicantId);
  if (!decision || !person) return { ok: false, reason: 'claim_incomplete' };
  // Whoever registers an organisation was seen in person, also when that was taken back meanwhile.
  const number = verifiedClaim(person)?.certificate.number;
  // Of a shadow the province said it when the case was sent; its number is not here to be compared.
  const isSame = person.isShadow
    ? person.name === of.claimed.legalRepresentative
    : number !== undefined && number === of.claimed.legalRepresentativeNumber;
  if (person.state !== 'active' || person.realNameLevel < REPRESENTATIVE_LEVEL || !isSame) {
    return { ok: false, reason: 'applicant_not_verified' };
  }
  const application = await applicationOf(deps, of);
  const { subtype, agreement } = application ?? {};
  const isAsClaimed =
    application?.name === of.claimed.entityName && subtype === of.claimed.entityType;
  if (!application || !subtype || !agreement || !isAsClaimed) {
    return { ok: false, reason: 'claim_incomplete' };
  }
  if (deps.agreements.current(ENTITY_AGREEMENT).version !== agreement.version) {
    return { ok: false, reason: 'agreement_changed' };
  }
  const isSeen = decision.reason === 'seen_at_window' || decision.reason === 'register_confirms';
  const entity: ConfirmedEntity = {
    person,
    application: {
      ...application,
      confirmed: { subtype, resultCode: decision.reason, reference: of.id },
    },
    agreement: { ...agreement, isAgreed: true },
    basis: {
      source: 'review',
      grade: isSeen ? 'B' : 'C',
      cap: config.entityCap,
      ...expiryOf(deps.clock, config.validDays),
      decidedBy: decision.by,
    },
  };
  const entered = await enter(deps, entity, session);
  if (entered.ok) return { ok: true, afterCommit: entered.afterCommit };
  return ofHolder(deps, { of, entity, holderId: entered.holderId }, session);
}

/** Nothing is written unless all of it is. */
async function ofHolder(
  deps: DecideEntityDependencies,
  { of, entity, holderId }: { of: ReviewCase; entity: ConfirmedEntity; holderId: string },
  session: ClientSession,
): Promise<CarryOutcome> {
  const own = await deps.mandates.between(holderId, entity.person.id, session);
  if (own?.role === 'legalRepresentative') {
    await deps.applications.finish(entity.application, session);
    return { ok: true };
  }
  // One that came otherwise, by import, has means of its own to sign in: those are not handed over.
  const isRegistered = await deps.records.isRegistered(holderId);
  const votes = new Set(of.votes.map(({ by }) => by)).size;
  if (!isRegistered || of.approvals < 2 || votes < 2 || !of.involvedIds.includes(holderId)) {
    return { ok: false, reason: 'identity_held' };
  }
  return { ok: true, afterCommit: await handOver(deps, session, { entity, entityId: holderId }) };
}

/** That which this case was opened for, not one that was begun since. */
async function applicationOf(
  { applications }: DecideEntityDependencies,
  { id, applicantId, claimed }: ReviewCase,
): Promise<EntityApplication | undefined> {
  const found = await applications.ofCode(applicantId, claimed.uscc ?? '');
  return found?.stage === 'review' && found.caseId === id ? found : undefined;
}

/** The answers of the case, with a new one of the register in place of its former. */
async function askRegister(
  { accounts, register, clock }: DecideEntityDependencies,
  { applicantId, claimed, answers }: ReviewCase,
): Promise<readonly SourceAnswer[]> {
  const person: Account | undefined = await accounts.findById(applicantId);
  const representative = person && verifiedClaim(person);
  const { entityName: name, uscc } = claimed;
  if (!representative || name === undefined || uscc === undefined) return answers;
  const told = toldBy(
    await register.check({ uscc, name, representative }),
    clock.now().toISOString(),
  );
  const others = answers.filter(({ source }) => source !== 'legal_entity_register');
  return [...others, answerOf(told, { name, uscc })];
}
