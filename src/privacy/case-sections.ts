// What an export tells of what others decided or hold about somebody: cases that staff looked at with
// what was asked, qualifications, and accounts of old systems that were taken over.
import type { Account } from '../accounts/account.ts';
import { shownState } from '../intermediaries/qualification.ts';
import type { QualificationStore } from '../intermediaries/qualification-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import type { StockAccountStore } from '../stock-accounts/stock-account-store.ts';
import { coded } from './export-section.ts';
import type { ExportRow, ExportSection } from './export-section.ts';

export interface CaseSectionDependencies {
  desk: Pick<ReviewDesk, 'statusOf' | 'ownCase'>;
  stock: Pick<StockAccountStore, 'listOfAccount'>;
  qualifications: Pick<QualificationStore, 'ofEntity'>;
  clock: Clock;
}

export function caseSections(deps: CaseSectionDependencies): ExportSection[] {
  return [
    { name: 'reviews', rows: (account) => reviewRows(deps, account) },
    { name: 'qualifications', rows: (account) => qualificationRows(deps, account) },
    { name: 'old_accounts', rows: (account) => oldAccountRows(deps, account) },
  ];
}

/** Requests about one's data are among them. What was written is told where the person wrote it. */
async function reviewRows(
  { desk }: CaseSectionDependencies,
  { id: accountId }: Account,
): Promise<ExportRow[]> {
  const all = await desk.statusOf(accountId);
  return Promise.all(
    all.map(async ({ id, kind, state, openedAt, dueAt, closedAt, reason, note, fileIds }) => {
      // Anybody can ask for a recovery: what was sent for it may be a stranger's.
      const own = kind === 'recovery' ? undefined : await desk.ownCase(id, accountId);
      return {
        reference: id,
        kind: coded(kind, 'review.kind'),
        state: { code: state, words: `privacy-export.review_state.${state}` },
        since: openedAt,
        due_at: dueAt,
        at: closedAt,
        text: own?.claimed.remark,
        reason,
        answer: note,
        files: fileIds.length,
      };
    }),
  );
}

/** Of an organisation; what its people sent for it is its own. */
async function qualificationRows(
  { qualifications, clock }: CaseSectionDependencies,
  { id }: Account,
): Promise<ExportRow[]> {
  const all = await qualifications.ofEntity(id);
  return all.map((of) => ({
    reference: of.id,
    name: of.names.kind['zh-CN'],
    value: of.number,
    source: of.authority,
    state: coded(shownState(of, clock.now()), 'intermediary.state'),
    since: of.validFrom,
    expires_at: of.validUntil,
    at: of.decidedAt,
    reason: of.endedFor,
  }));
}

async function oldAccountRows(
  { stock }: CaseSectionDependencies,
  { id }: Account,
): Promise<ExportRow[]> {
  const taken = await stock.listOfAccount(id);
  return taken.map(({ source, details: { oldId, login, name, phone, email, level } }) => ({
    source,
    reference: oldId,
    login,
    name,
    phone,
    email,
    level,
  }));
}
