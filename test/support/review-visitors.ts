// Reviewers of a test city at the console, and cases that domains would open.
import { AccountRoles } from '../../src/accounts/account-role-store.ts';
import type { AuditStore } from '../../src/audit/audit-store.ts';
import type { NewReviewCase } from '../../src/review/review-case.ts';
import { ReviewCaseStore } from '../../src/review/review-case-store.ts';
import { ReviewDesk } from '../../src/review/review-desk.ts';
import { visitAccountCentre } from './account-visitor.ts';
import type { CityBrowser } from './city-browser.ts';
import type { CityNode } from './city-node.ts';
import type { Visit } from './http-visitor.ts';

export async function grantReviewing(city: CityNode, logins: readonly string[]): Promise<void> {
  const roles = new AccountRoles(city.storage);
  const role = { role: 'reviewer', isGranted: true } as const;
  for (const login of logins) await roles.change(city.account(login).id, role);
}

export async function atConsole(
  city: CityNode,
  login: string,
  page = '/review',
): Promise<{ browser: CityBrowser; visit: Visit }> {
  return visitAccountCentre(city, login, page);
}

/** As a domain in another process would. */
export function openReviewCase(
  city: CityNode,
  of: Pick<NewReviewCase, 'applicantId'> & Partial<NewReviewCase>,
): Promise<string> {
  const { storage, config } = city;
  const cases = new ReviewCaseStore(storage);
  const desk = new ReviewDesk({ ...storage, cases, settings: config.review });
  return storage.database.transaction((session) =>
    desk.open(
      {
        kind: 'natural_person',
        involvedIds: [],
        claimed: { name: '阿依努尔·买买提', certificateNumber: '440000199003070024' },
        answers: [
          {
            source: 'population',
            outcome: 'different',
            resultCode: '01',
            at: storage.clock.now(),
            values: { name: '阿依努尔•买买提', certificateNumber: '440000199003070042' },
          },
        ],
        fileIds: [],
        approvals: 1,
        ...of,
      },
      session,
    ),
  );
}

/** Refusals of a reviewer as recorded, newest first: `read: not_claimed`. */
export async function reviewRefusals(city: CityNode, login: string): Promise<string[]> {
  const audit = city.storage.audit as AuditStore;
  const records = await audit.listBySubject(city.account(login).id, ['review.refused'], 50);
  return records.map(({ details, reason }) => `${String(details?.['action'])}: ${reason ?? ''}`);
}

/** As two officers would, at the command line. */
export async function endReviewing(city: CityNode, login: string): Promise<void> {
  const { id } = city.account(login);
  await new AccountRoles(city.storage).change(id, { role: 'reviewer', isGranted: false });
}
