// What the decision of staff about a guardianship does: an approval opens the child's account, or
// makes the guardian the second one of a child in care, in the transaction of the review.
import type { ManualReviewConfig } from '../platform/verification-config.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { CarryOutcome, DecisionHandler, ReviewCase } from '../review/review-case.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { claimOf } from '../verification/review-claim.ts';
import { enterChild } from './add-child.ts';
import type { AddedChild, ChildBasis } from './add-child.ts';
import { askFamily } from './ask-family.ts';
import { childOf } from './child-application-store.ts';
import type { ChildApplication } from './child-application-store.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { Guardianship } from './guardianship.ts';
import { joinWard } from './join-ward.ts';
import { GUARDIAN_LEVEL, guardianIn, isOfAge, MOST_GUARDIANS, suffices } from './ward.ts';

export function childDecisions(
  deps: Guardianship,
  config: Pick<ManualReviewConfig, 'validDays'>,
): DecisionHandler {
  return {
    approve: (of, session) => approve(deps, { of, config }, session),
    reject: () => Promise.resolve({ ok: true }),
    askSources: (of) => askAgain(deps, of),
  };
}

interface Deciding {
  of: ReviewCase;
  config: Pick<ManualReviewConfig, 'validDays'>;
}

async function approve(
  deps: Guardianship,
  { of, config }: Deciding,
  session: ClientSession,
): Promise<CarryOutcome> {
  const { decision } = of;
  const application = await applicationOf(deps, of);
  const guardian = await deps.accounts.findById(of.applicantId);
  if (!decision || !guardian || !application?.agreement) {
    return { ok: false, reason: 'claim_incomplete' };
  }
  // All of it as it is now, not as it was when it was sent.
  if (isOfAge(application, deps.clock.now())) return { ok: false, reason: 'child_of_age' };
  const number = verifiedClaim(guardian)?.certificate.number;
  const isSame = number !== undefined && number === of.claimed.guardianCertificateNumber;
  const stands = await deps.accounts.holdStanding(guardian.id, GUARDIAN_LEVEL, session);
  if (!isSame || !suffices(guardian) || !stands) {
    return { ok: false, reason: 'applicant_not_verified' };
  }
  const { agreement } = application;
  if (deps.agreements.current(CHILD_AGREEMENT).version !== agreement.version) {
    return { ok: false, reason: 'agreement_changed' };
  }
  const isSeen = decision.reason === 'seen_at_window' || decision.reason === 'register_confirms';
  const basis: ChildBasis = {
    source: 'review',
    method: 'manual_review',
    grade: isSeen ? 'B' : 'C',
    resultCode: decision.reason,
    reference: of.id,
    validDays: config.validDays,
    decidedBy: decision.by,
  };
  const added = { guardian, child: childOf(application), agreement };
  const entered = await enterChild(deps, added, { basis, within: session });
  if (!entered.ok) {
    const { by: decidedBy } = decision;
    const held = { of, application, added, decidedBy, holderId: entered.holderId };
    return ofHolder(deps, held, session);
  }
  await deps.applications.drop(application, session);
  return { ok: true, afterCommit: entered.afterCommit };
}

interface Held {
  of: ReviewCase;
  application: ChildApplication;
  added: AddedChild;
  decidedBy: string;
  holderId: string;
}

/** Nothing is written unless all of it is. */
async function ofHolder(
  deps: Guardianship,
  { of, application, added, decidedBy, holderId }: Held,
  session: ClientSession,
): Promise<CarryOutcome> {
  const { guardian, child, agreement } = added;
  const ward = await deps.wards.find(holderId, session);
  if (ward && guardianIn(ward, guardian.id)) {
    await deps.applications.drop(application, session);
    return { ok: true };
  }
  const touched = [holderId, ...(ward?.guardians ?? []).map(({ accountId }) => accountId)];
  const stuck = { ok: false, approvals: 2, involvedIds: touched } as const;
  // Whom it touches has to be known to those who vote.
  const votes = new Set(of.votes.map(({ by }) => by)).size;
  const isKnown = touched.every((id) => of.involvedIds.includes(id));
  if (!ward || !isKnown || votes < 2) return { ...stuck, reason: 'identity_held' };
  if (ward.guardians.length >= MOST_GUARDIANS) return { ...stuck, reason: 'guardians_complete' };
  const holder = await deps.accounts.findById(holderId);
  if (holder?.name !== child.claim.name) return { ...stuck, reason: 'identity_differs' };
  const tell = await joinWard(deps, session, {
    ward,
    childName: child.claim.name,
    guardian,
    relation: child.relation,
    agreement,
    basis: 'review',
    actor: decidedBy,
  });
  await deps.applications.drop(application, session);
  return { ok: true, afterCommit: tell };
}

/** That which this case was opened for, as it was claimed. */
async function applicationOf(
  { applications }: Guardianship,
  { id, applicantId, claimed }: ReviewCase,
): Promise<ChildApplication | undefined> {
  const claim = claimOf(claimed);
  const found = claim && (await applications.ofChild(applicantId, claim.certificate));
  const isSame =
    found?.caseId === id &&
    found.name === claimed.name &&
    found.birthDate === claimed.birthDate &&
    found.relation === claimed.relationship;
  return isSame ? found : undefined;
}

async function askAgain(deps: Guardianship, of: ReviewCase) {
  const claim = claimOf(of.claimed);
  const guardian = await deps.accounts.findById(of.applicantId);
  if (!claim || !guardian) return of.answers;
  const { answers } = await askFamily(deps, { guardian, claim });
  const { name, certificateNumber } = of.claimed;
  const values = {
    ...(name === undefined ? {} : { name }),
    ...(certificateNumber === undefined ? {} : { certificateNumber }),
  };
  const fresh = answers.map((answer) => ({
    ...answer,
    at: new Date(answer.at),
    values: answer.outcome === 'matched' ? values : {},
  }));
  return [
    ...of.answers.filter(({ source }) => !fresh.some((answer) => answer.source === source)),
    ...fresh,
  ];
}
