// What the decision of staff about a letter of authority does: an approval grants what was asked for,
// by the same steps as the word of the organisation itself, as long as who represents it is whom the
// two reviewers compared the letter with.
import { REPRESENTATIVE_LEVEL } from '../mandate.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import type { EvidenceFiles } from '../../evidence-files/evidence-files.ts';
import { keepingFiles } from '../../evidence-files/keeping-files.ts';
import type { EntityRegister } from '../../legal-entities/entity-register.ts';
import type { EntityNotices } from '../../notification/entity-notices.ts';
import type { SecurityNotices } from '../../notification/security-notices.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import { hasPartialVote } from '../../review/conflict-of-interest.ts';
import type { CaseTrouble } from '../../review/case-troubles.ts';
import type { CarryOutcome, DecisionHandler, ReviewCase } from '../../review/review-case.ts';
import { closeRequest } from './ask-to-handle.ts';
import type { RequestDependencies } from './ask-to-handle.ts';
import { grantRequested } from './grant-requested.ts';
import type { GrantRefusal } from './grant-requested.ts';
import type { HandlerRequest } from './handler-request.ts';
import { askAgain, involvedIn, isAsCompared } from './letter-claim.ts';
import type { LetterClaimDependencies } from './letter-claim.ts';
import { leadersOf, namedEntity, representativeOf } from './named-entity.ts';
import type { Representative } from './named-entity.ts';

export type DecideLetterDependencies = RequestDependencies &
  LetterClaimDependencies & {
    accounts: Pick<AccountStore, 'findById' | 'findByLogin' | 'holdStanding'>;
    notices: Pick<SecurityNotices, 'reviewEnded'> & Pick<EntityNotices, 'mandateChanged'>;
    /** Absent: none is connected. */
    register: Pick<EntityRegister, 'check'> | undefined;
  };

const TROUBLES = {
  gone: 'request_over',
  applicant_not_verified: 'applicant_not_verified',
  entity_not_verified: 'entity_not_verified',
  term_over: 'mandate_over',
} as const satisfies Record<GrantRefusal, CaseTrouble>;

export function letterDecisions(
  deps: DecideLetterDependencies,
  files: Pick<EvidenceFiles, 'caseDecided'>,
): DecisionHandler {
  return keepingFiles(files, {
    approve: (of, session) => approve(deps, of, session),
    reject: (of, _reason, session) => reject(deps, of, session),
    async askSources(of) {
      const request = await requestOf(deps, of);
      return request ? askAgain(deps, request, of.answers) : of.answers;
    },
    tell: async ({ reviewCase, decision }, session) => {
      const { applicantId: accountId, kind } = reviewCase;
      switch (decision.verdict) {
        // Both sides are told with the grant.
        case 'approve':
          return () => undefined;
        case 'reject':
          return tellRefused(deps, { reviewCase, reason: decision.reason }, session);
        case 'ask':
          return deps.notices.reviewEnded({ accountId, kind, ...decision }, session);
      }
    },
  });
}

/** Who asked, why; and who decides for the organisation in whose name the letter was. */
async function tellRefused(
  deps: DecideLetterDependencies,
  { reviewCase, reason }: { reviewCase: ReviewCase; reason: string },
  session: ClientSession,
): Promise<() => void> {
  const request = await deps.requests.ofCase(reviewCase, session);
  // Otherwise it came to another end, which was told.
  const isRefused = request?.outcome === 'refused' || request?.outcome === undefined;
  if (!request || !isRefused) return () => undefined;
  const { entity: named, person } = request;
  const asked = { entityName: named.name, role: 'handler' } as const;
  const applicant = { ...asked, accountId: request.personId, rejectedFor: reason };
  const told = [
    await deps.notices.mandateChanged(
      { ...applicant, template: 'mandate_letter_refused' },
      session,
    ),
  ];
  const leaders = await leadersOf(deps, await namedEntity(deps, named));
  const template = 'mandate_letter_refused_entity';
  for (const accountId of new Set(leaders.map(({ holderId }) => holderId))) {
    const notice = { ...asked, accountId, template, who: person.name } as const;
    told.push(await deps.notices.mandateChanged(notice, session));
  }
  return () => told.forEach((tell) => tell());
}

/** That which this case was opened for, while something may still come of it. */
async function requestOf(
  { requests }: Pick<RequestDependencies, 'requests'>,
  of: Pick<ReviewCase, 'id' | 'applicantId'>,
  session?: ClientSession,
): Promise<HandlerRequest | undefined> {
  const request = await requests.ofCase(of, session);
  return request && requests.isOpen(request) ? request : undefined;
}

async function approve(
  deps: DecideLetterDependencies,
  of: ReviewCase,
  session: ClientSession,
): Promise<CarryOutcome> {
  const request = await requestOf(deps, of, session);
  if (!request) return { ok: false, reason: 'request_over' };
  const found = await representativeOf(deps, request.entity, request.personId);
  if (!found) {
    const isKnown = await namedEntity(deps, request.entity);
    return { ok: false, reason: isKnown ? 'representative_changed' : 'entity_unknown' };
  }
  const involvedIds = await involvedIn(deps, request);
  if (!isAsCompared(of, found) || !(await isStillHis(deps, found, session))) {
    return { ok: false, reason: 'representative_changed', involvedIds };
  }
  if (await hasPartialVote(deps.accounts, of, involvedIds)) {
    return { ok: false, reason: 'reviewer_involved', involvedIds };
  }
  const facts = { request, entity: found.entity, grantedBy: 'review', proof: 'letter' } as const;
  const actor = of.decision?.by ?? 'system';
  const granted = await grantRequested(deps, session, { ...facts, actor });
  if (!granted.ok) return { ok: false, reason: TROUBLES[granted.reason] };
  return { ok: true, afterCommit: () => granted.told.forEach((tell) => tell()) };
}

/** Until the transaction ends nobody takes it from him. */
async function isStillHis(
  { mandates, accounts }: Pick<DecideLetterDependencies, 'mandates' | 'accounts'>,
  { mandate, account }: Representative,
  session: ClientSession,
): Promise<boolean> {
  return (
    (await mandates.hold(mandate.id, session)) &&
    (await accounts.holdStanding(account.id, REPRESENTATIVE_LEVEL, session))
  );
}

async function reject(
  deps: DecideLetterDependencies,
  of: ReviewCase,
  session: ClientSession,
): Promise<CarryOutcome> {
  const request = await requestOf(deps, of, session);
  // Over in between: the case is all there is left to close.
  if (!request) return { ok: true };
  const entityId = (await namedEntity(deps, request.entity))?.id;
  const actor = of.decision?.by ?? 'system';
  await closeRequest(deps, session, { request, outcome: 'refused', actor, entityId });
  return { ok: true };
}
