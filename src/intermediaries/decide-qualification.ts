// What the decision of staff about an application does: an approval makes the organisation an
// intermediary for the term, in the transaction of the review. A number that another organisation
// holds changes hands only when two reviewers agreed who both knew of it.
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { keepingFiles } from '../evidence-files/keeping-files.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { hasPartialVote } from '../review/conflict-of-interest.ts';
import type {
  CarryOutcome,
  DecisionHandler,
  ReviewCase,
  ReviewReason,
} from '../review/review-case.ts';
import { claimedTexts, tellHolders } from './apply-qualification.ts';
import { alikeTo, askAgain } from './check-applicant.ts';
import type { Alike } from './check-applicant.ts';
import { endQualifications, noteStanding, peopleToTell } from './end-qualifications.ts';
import type { Told } from './end-qualifications.ts';
import type { Intermediaries } from './intermediaries.ts';
import { ENTITY_LEVEL, endsAt, isStanding } from './qualification.ts';
import type { Qualification } from './qualification.ts';

export type DecideDependencies = Pick<
  Intermediaries,
  'qualifications' | 'accounts' | 'mandates' | 'register' | 'notices' | 'audit' | 'clock'
>;

export function qualificationDecisions(
  deps: DecideDependencies,
  files: Pick<EvidenceFiles, 'caseDecided'>,
): DecisionHandler {
  return keepingFiles(files, {
    approve: (of, session) => approve(deps, of, session),
    reject: (of, reason, session) => reject(deps, { of, reason }, session),
    askSources: (of) => askAgain(deps, of),
    // The organisation's own contacts may be nobody's: its people are told, too.
    async tell({ reviewCase: { applicantId, kind }, decision }, session) {
      const told: Told = [];
      for (const accountId of await peopleToTell(deps, applicantId, session)) {
        told.push(await deps.notices.reviewEnded({ accountId, kind, ...decision }, session));
      }
      return () => told.forEach((tell) => tell());
    },
  });
}

async function approve(
  deps: DecideDependencies,
  of: ReviewCase,
  session: ClientSession,
): Promise<CarryOutcome> {
  const found = await deps.qualifications.ofCase(of.id, session);
  const entity = await deps.accounts.findById(of.applicantId);
  if (!found || !entity || !of.decision || !isAsClaimed(found, { of, entity })) {
    return { ok: false, reason: 'claim_incomplete' };
  }
  if (of.votes.some(({ reason }) => reason !== 'department_confirms')) {
    return { ok: false, reason: 'department_silent' };
  }
  if (endsAt(found) <= deps.clock.now()) return { ok: false, reason: 'term_over' };
  if (!(await deps.accounts.holdStanding(of.applicantId, ENTITY_LEVEL, session))) {
    return { ok: false, reason: 'entity_not_verified' };
  }
  const others = await alikeTo(deps, found);
  if (await hasPartialVote(deps.accounts, of, others.involvedIds)) {
    return { ok: false, reason: 'reviewer_involved', involvedIds: others.involvedIds };
  }
  return grant(deps, { of, found, others }, session);
}

/** That which the case was opened for, as the reviewers saw it. */
function isAsClaimed(
  found: Qualification,
  { of, entity }: { of: ReviewCase; entity: Parameters<typeof claimedTexts>[1]['entity'] },
): boolean {
  if (found.state !== 'sent' || found.entityId !== of.applicantId) return false;
  const { remark: _remark, ...facts } = of.claimed;
  const now = claimedTexts(found, { entity, remark: '' });
  return JSON.stringify(sorted(facts)) === JSON.stringify(sorted(now));
}

function sorted(texts: object): [string, unknown][] {
  return Object.entries(texts).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function grant(
  deps: DecideDependencies,
  given: { of: ReviewCase; found: Qualification; others: Alike },
  session: ClientSession,
): Promise<CarryOutcome> {
  const { of, found, others } = given;
  const reviewers = [...new Set(of.votes.map(({ by }) => by))];
  const cleared = await clearNumber(deps, { of, found, reviewers }, session);
  if (!cleared) {
    // Told with the return of the case, unless they were when it was sent.
    const unknown = others.alike.filter(({ entityId }) => !of.involvedIds.includes(entityId));
    await tellHolders(deps, { of: found, alike: unknown }, session);
    return { ok: false, reason: 'number_held', approvals: 2, involvedIds: others.involvedIds };
  }
  const number = found.numberKey === undefined ? {} : { isHolder: true as const };
  const to = { state: 'active', decidedAt: deps.clock.now(), decidedBy: reviewers } as const;
  if (!(await deps.qualifications.change(found, { ...to, ...number }, session))) {
    return { ok: false, reason: 'claim_incomplete' };
  }
  await noteStanding(deps, found.entityId, session);
  await deps.audit.record(
    {
      type: 'intermediaries.granted',
      actor: of.decision?.by ?? 'system',
      subject: found.entityId,
      result: 'done',
      details: {
        qualification: found.id,
        kind: found.kind,
        case: of.id,
        until: found.validUntil,
        department: found.names.department['zh-CN'],
      },
    },
    session,
  );
  // Others who have applied with this number learn nothing here; that it is disputed its holder does.
  const rivals = (await deps.qualifications.alike(found, session)).filter(
    ({ state }) => state === 'sent',
  );
  const holder = { ...found, state: 'active' } as const;
  const told =
    rivals.length > 0 ? await tellHolders(deps, { of: found, alike: [holder] }, session) : [];
  return { ok: true, afterCommit: () => [...cleared, ...told].forEach((tell) => tell()) };
}

/**
 * Undefined when it stands for another organisation, and not two reviewers have decided who knew of
 * it. What the same authority gave under it is taken away then, each of its terms.
 */
async function clearNumber(
  deps: DecideDependencies,
  given: { of: ReviewCase; found: Qualification; reviewers: readonly string[] },
  session: ClientSession,
): Promise<Told | undefined> {
  const { of, found, reviewers } = given;
  if (found.numberKey === undefined) return [];
  const now = deps.clock.now();
  const approved = await deps.qualifications.approvedWith(found, session);
  const isOwn = (each: Qualification) => each.entityId === found.entityId;
  const others = approved.filter((each) => !isOwn(each) && isStanding(each, now));
  const isAgreed = of.approvals >= 2 && reviewers.length >= 2;
  if (!others.every(({ entityId }) => isAgreed && of.involvedIds.includes(entityId))) {
    return undefined;
  }
  const holders = approved.filter(({ isHolder }) => isHolder);
  // Its own: the former term goes on until its last day, and the number is the new one's.
  for (const own of holders.filter((each) => isOwn(each) && isStanding(each, now))) {
    const passed = { state: 'active', isHolder: null } as const;
    if (!(await deps.qualifications.change(own, passed, session))) return undefined;
  }
  const over = holders.filter((each) => !isStanding(each, now));
  const expired = { actor: 'system', reason: 'expired', session } as const;
  const taken = others.filter(({ numberKey }) => numberKey === found.numberKey);
  const displaced = {
    actor: of.decision?.by ?? 'system',
    reason: 'displaced',
    details: { case: of.id },
    session,
  } as const;
  return [
    ...(await endQualifications(deps, over, expired)),
    ...(await endQualifications(deps, taken, displaced)),
  ];
}

async function reject(
  deps: DecideDependencies,
  { of, reason }: { of: ReviewCase; reason: ReviewReason },
  session: ClientSession,
): Promise<CarryOutcome> {
  const found = await deps.qualifications.ofCase(of.id, session);
  // Withdrawn or erased in between: the case is all there is left to close.
  if (found?.state !== 'sent') return { ok: true };
  const decided = { decidedAt: deps.clock.now(), decidedBy: of.votes.map(({ by }) => by) };
  const to = { state: 'refused', endedAt: deps.clock.now(), ...decided } as const;
  await deps.qualifications.change(found, to, session);
  await deps.audit.record(
    {
      type: 'intermediaries.refused',
      actor: of.decision?.by ?? 'system',
      subject: found.entityId,
      reason,
      result: 'done',
      details: { qualification: found.id, kind: found.kind, case: of.id },
    },
    session,
  );
  return { ok: true };
}
