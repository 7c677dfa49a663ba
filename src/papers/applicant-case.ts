// A case as its applicant meets it: the one that an application was sent with, and how far it is.
import type { ApplicantCase, ApplicantState, ReviewDesk } from '../review/review-desk.ts';

/** The case it was sent with; undefined before that. */
export async function caseSentWith(
  desk: Pick<ReviewDesk, 'statusOf'>,
  { applicantId, caseId }: { applicantId: string; caseId: string | undefined },
): Promise<ApplicantCase | undefined> {
  if (caseId === undefined) return undefined;
  const cases = await desk.statusOf(applicantId);
  return cases.find(({ id }) => id === caseId);
}

/** Staff have it, or wait for more. */
export function isUnderWay(present: { state: ApplicantState } | undefined): boolean {
  return present?.state === 'waiting' || present?.state === 'more_needed';
}
