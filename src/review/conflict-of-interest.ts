// Nobody decides about himself: not with this account, and not with another that is the same
// person's, such as the citizen account of a civil servant.
import type { Account } from '../accounts/account.ts';
import type { FieldTexts, ReviewCase } from './review-case.ts';

const PERSON_NUMBERS = [
  'certificateNumber',
  'guardianCertificateNumber',
  'legalRepresentativeNumber',
] as const satisfies readonly (keyof FieldTexts)[];
const PHONES = ['phone', 'newPhone'] as const satisfies readonly (keyof FieldTexts)[];

/** True when the reviewer is the applicant or involved, or has a number or phone in common with them. */
export async function hasConflict(
  accounts: { findById(id: string): Promise<Account | undefined> },
  reviewer: Account,
  { applicantId, involvedIds, claimed }: ReviewCase,
): Promise<boolean> {
  const ids = new Set([applicantId, ...involvedIds]);
  if (ids.has(reviewer.id)) return true;
  const number = reviewer.certificate?.number;
  const { phone } = reviewer;
  if (number !== undefined && PERSON_NUMBERS.some((field) => claimed[field] === number))
    return true;
  if (phone !== undefined && PHONES.some((field) => claimed[field] === phone)) return true;
  for (const id of ids) {
    const account = await accounts.findById(id);
    if (!account) continue;
    if (number !== undefined && account.certificate?.number === number) return true;
    if (phone !== undefined && account.phone === phone) return true;
  }
  return false;
}
