// Background work: decisions whose time to undo is over take effect. The domain's handler, the end of
// the case, the message to the applicant and the audit record are one transaction; any number of
// processes may do it side by side.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { CarryOutcome, Decision, DecisionHandler, ReviewCase } from './review-case.ts';
import type { CasePatch, ReviewCaseStore } from './review-case-store.ts';
import type { ReviewDesk } from './review-desk.ts';
import type { ReviewSettings } from '../platform/review-config.ts';

/** Part of the transaction; what it returns is called after the commit. */
export type TellApplicant = (
  of: { reviewCase: ReviewCase; decision: Decision },
  transaction: ClientSession,
) => Promise<() => void>;

export interface CarryOutDependencies {
  accounts: Pick<AccountStore, 'findById' | 'transaction'>;
  cases: ReviewCaseStore;
  desk: Pick<ReviewDesk, 'handledKinds' | 'handlerOf'>;
  audit: AuditLog;
  clock: Clock;
  random: Random;
  logger: Logger;
  settings: ReviewSettings;
  tell: TellApplicant;
}

/** In order, after the commit. */
type Aftermath = (() => Promise<void> | void)[];

const EVERY_MS = 1000;

export function carryOutWork(deps: CarryOutDependencies) {
  const { logger } = deps;
  return repeatedWork(() => carryOutDue(deps), { name: 'reviews', everyMs: EVERY_MS, logger });
}

/** All that are due; returns how many took effect. */
export async function carryOutDue(deps: CarryOutDependencies): Promise<number> {
  const { cases, desk, logger } = deps;
  let count = 0;
  for (;;) {
    const id = await cases.leaseDecided(desk.handledKinds);
    if (id === undefined) return count;
    try {
      const done = await deps.accounts.transaction((session) => carryOut(deps, id, session));
      for (const each of done ?? []) await each();
      if (done) count += 1;
    } catch (error) {
      // One that fails must not keep the others waiting.
      logger.error({ err: error, case: id }, 'a decision was not carried out');
      await cases.postpone(id);
    }
  }
}

async function carryOut(
  deps: CarryOutDependencies,
  id: string,
  session: ClientSession,
): Promise<Aftermath | undefined> {
  const { cases, desk, clock } = deps;
  const of = await cases.find(id, session);
  const handler = of && desk.handlerOf(of.kind);
  if (of?.state !== 'decided' || !of.decision || !handler) return undefined;
  if (of.decision.effectiveAt > clock.now()) return undefined;
  const { decision } = of;
  const outcome: CarryOutcome = (await areStillReviewers(deps, of))
    ? await apply(handler, { of, decision }, session)
    : { ok: false, reason: 'reviewer_gone' };
  const step = stepOf(deps, { of, decision }, outcome);
  const change = { patch: step.patch, entry: { ...step.entry, by: 'system' } };
  if (!(await cases.change(of, change, session))) throw new Error('a case changed meanwhile');
  await record(deps, { of, decision, outcome }, session);
  if (!outcome.ok) return [];
  const told = handler.tellsItself
    ? undefined
    : await tellOf(deps, handler)({ reviewCase: of, decision }, session);
  return [outcome.afterCommit, told].filter((each) => each !== undefined);
}

function tellOf({ tell }: CarryOutDependencies, handler: DecisionHandler): TellApplicant {
  return (...of) => handler.tell?.(...of) ?? tell(...of);
}

/** A vote is worth nothing once its reviewer was locked, frozen or lost the role. */
async function areStillReviewers(
  { accounts }: CarryOutDependencies,
  { votes }: ReviewCase,
): Promise<boolean> {
  const reviewers = await Promise.all(votes.map(({ by }) => accounts.findById(by)));
  return reviewers.every((each) => each?.isActive && each.roles.includes('reviewer'));
}

function apply(
  handler: DecisionHandler,
  { of, decision }: { of: ReviewCase; decision: Decision },
  session: ClientSession,
): Promise<CarryOutcome> {
  const { verdict, reason } = decision;
  if (verdict === 'approve') return handler.approve(of, session);
  if (verdict === 'reject') return handler.reject(of, reason, session);
  return Promise.resolve({ ok: true });
}

function stepOf(
  deps: CarryOutDependencies,
  { of, decision: { verdict } }: { of: ReviewCase; decision: Decision },
  outcome: CarryOutcome,
): { patch: CasePatch; entry: { step: 'asked' | 'approved' | 'rejected' | 'not_carried_out' } } {
  const { clock, random, settings } = deps;
  if (!outcome.ok) {
    // The reviewers decide anew, knowing what stood in the way.
    const { reason: trouble, approvals, involvedIds = [] } = outcome;
    const patch = {
      state: 'pending',
      decision: null,
      votes: [],
      trouble,
      involvedIds: [...new Set([...of.involvedIds, ...involvedIds])],
      ...(approvals === undefined ? {} : { approvals }),
    } as const;
    return { patch, entry: { step: 'not_carried_out' } };
  }
  if (verdict === 'ask') return { patch: { state: 'asked', votes: [] }, entry: { step: 'asked' } };
  const end = { state: 'closed', closedAt: clock.now(), openKey: null } as const;
  if (verdict === 'reject') {
    return { patch: { ...end, outcome: 'rejected' }, entry: { step: 'rejected' } };
  }
  const isDrawn = Number(random.digits(2)) < settings.samplePercent;
  const secondLook = isDrawn ? { secondLook: { state: 'due' } as const } : {};
  return { patch: { ...end, outcome: 'approved', ...secondLook }, entry: { step: 'approved' } };
}

async function record(
  { audit }: CarryOutDependencies,
  done: { of: ReviewCase; decision: Decision; outcome: CarryOutcome },
  session: ClientSession,
): Promise<void> {
  const { of, decision, outcome } = done;
  const { verdict, reason: grounds } = decision;
  await audit.record(
    {
      type: 'review.carried_out',
      actor: 'system',
      subject: of.applicantId,
      result: outcome.ok ? 'done' : 'refused',
      reason: outcome.ok ? undefined : outcome.reason,
      details: {
        case: of.id,
        kind: of.kind,
        verdict,
        grounds,
        reviewers: of.votes.map(({ by }) => by).join(' '),
      },
    },
    session,
  );
}
