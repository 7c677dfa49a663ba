// Papers go to staff: a case is opened, or one where staff asked for more is gone on with, and the
// files and the consent go with it, all in one transaction. And back again, as long as nobody has
// decided. What is claimed, and what a decision does, is each domain's own.
import type { AuditLog } from '../audit/audit-log.ts';
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { allOrNothing, Overtaken } from '../platform/overtaken.ts';
import type { Carried } from '../platform/overtaken.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { VerificationTries } from '../platform/verification-config.ts';
import type { FieldTexts, NewReviewCase } from '../review/review-case.ts';
import type { ReviewDesk } from '../review/review-desk.ts';

export interface HandInDependencies {
  desk: Pick<ReviewDesk, 'open' | 'supply'>;
  files: Pick<EvidenceFiles, 'attach'>;
  audit: AuditLog;
}

export interface SendPapersDependencies extends HandInDependencies {
  database: Pick<Database, 'transaction'>;
  budgets: Pick<BudgetStore, 'reserve' | 'giveBack'>;
  tries: Pick<VerificationTries, 'reviewPerAccount'>;
}

/** A case that staff wait in, or what a new one is made of. */
export type HandInTo =
  | { caseId: string; involvedIds?: readonly string[] }
  | Omit<NewReviewCase, 'applicantId' | 'claimed' | 'fileIds' | 'openedBy'>;

export interface HandedIn {
  applicantId: string;
  /** Texts of an open case take the place of those of the same field. */
  claimed: FieldTexts;
  fileIds: readonly string[];
  to: HandInTo;
  /** What the person agreed to, for the audit, and the address of their browser. */
  consent: { item: string; address: string };
  /** Who acts for the applicant, where that is an organisation. */
  actorId?: string | undefined;
  /** Who has the files until then, where nobody is signed in; absent: the applicant. */
  anonymousOwnerId?: string | undefined;
}

export type SendPapersRefusal<Slot extends string> =
  | { ok: false; reason: 'tries_used_up' | 'changed_meanwhile' }
  | { ok: false; reason: 'files_missing'; slots: Slot[] };
export type SendPapersOutcome<Slot extends string> = { ok: true } | SendPapersRefusal<Slot>;

/** Characters. */
const MAX_REMARK = 500;

/**
 * Once `handIn` is done all of it stands; else none of it, and the try is given back.
 * @param alongside more of the same transaction; the id is that of the case
 */
export async function sendPapers(
  deps: SendPapersDependencies,
  of: HandedIn,
  alongside: (session: ClientSession, caseId: string) => Promise<Carried> = () =>
    Promise.resolve(true),
): Promise<
  { ok: true } | (SendPapersRefusal<never> & { reason: 'tries_used_up' | 'changed_meanwhile' })
> {
  // Reviewers' time is not for the same form again and again.
  const rule = { ...deps.tries.reviewPerAccount, key: `verify-review:${of.applicantId}` };
  const taken = await deps.budgets.reserve([rule]);
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const isDone = await allOrNothing(deps.database, async (session) =>
    alongside(session, await handIn(deps, of, session)),
  );
  if (isDone) return { ok: true };
  await deps.budgets.giveBack(taken.reservations);
  return { ok: false, reason: 'changed_meanwhile' };
}

/**
 * In the caller's transaction.
 * @returns the id of the case
 * @throws Overtaken when the case has gone on, or a file is gone
 */
export async function handIn(
  { desk, files, audit }: HandInDependencies,
  { applicantId, claimed, fileIds, to, consent, actorId, anonymousOwnerId }: HandedIn,
  session: ClientSession,
): Promise<string> {
  const isAnonymous = anonymousOwnerId !== undefined;
  const actor = isAnonymous ? 'anonymous' : (actorId ?? applicantId);
  let caseId: string;
  if ('caseId' in to) {
    ({ caseId } = to);
    const { involvedIds = [] } = to;
    const supplied = { by: applicantId, actor: actorId, fileIds, claimed, involvedIds };
    const { ok } = await desk.supply(caseId, supplied, session);
    if (!ok) throw new Overtaken('the case has gone on');
  } else {
    const opened = { ...to, applicantId, claimed, fileIds, openedBy: actor };
    caseId = await desk.open(opened, session);
  }
  const attached = isAnonymous
    ? { ownerId: anonymousOwnerId, caseId, newOwnerId: applicantId }
    : { ownerId: applicantId, caseId };
  if (!(await files.attach(fileIds, attached, session))) throw new Overtaken('a file is gone');
  const { item, address } = consent;
  const by = actor === applicantId ? { actor } : { actor, subject: applicantId };
  const details = { item, case: caseId };
  await audit.record(
    { type: 'verification.consented', ...by, address, result: 'done', details },
    session,
  );
  return caseId;
}

/**
 * The applicant takes it back; the files go.
 * @returns false when it was decided meanwhile
 */
export function takeBack(
  deps: {
    database: Pick<Database, 'transaction'>;
    desk: Pick<ReviewDesk, 'withdraw'>;
    files: Pick<EvidenceFiles, 'caseWithdrawn'>;
  },
  { caseId, applicantId }: { caseId: string; applicantId: string },
  alongside: (session: ClientSession) => Promise<Carried> = () => Promise.resolve(true),
): Promise<boolean> {
  return allOrNothing(deps.database, async (session) => {
    if (!(await deps.desk.withdraw(caseId, applicantId, session))) return false;
    await deps.files.caseWithdrawn(caseId, session);
    return alongside(session);
  });
}

/** What was typed for staff, at most 500 characters of it; none where nothing was. */
export function remarkText(typed: string): FieldTexts {
  const remark = typed.trim().slice(0, MAX_REMARK);
  return remark === '' ? {} : { remark };
}
