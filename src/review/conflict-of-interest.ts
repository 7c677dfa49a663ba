// Nobody decides about himself: not with this account, and not with another that is the same
// person's, such as the citizen account of a civil servant. What somebody only typed keeps no reviewer
// away from a case: else the strictest could be typed away. He may say no, and never yes.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { FieldTexts, ReviewCase } from './review-case.ts';

const PERSON_NUMBERS = [
  'certificateNumber',
  'guardianCertificateNumber',
  'legalRepresentativeNumber',
] as const satisfies readonly (keyof FieldTexts)[];
const PHONES = ['phone', 'newPhone'] as const satisfies readonly (keyof FieldTexts)[];

type Touched = Pick<ReviewCase, 'applicantId' | 'involvedIds'>;

interface Accounts {
  findById(id: string): Promise<Account | undefined>;
}

/** True when the reviewer is the applicant or involved, or an account of theirs is verified as his. */
export async function hasConflict(
  accounts: Accounts,
  reviewer: Account,
  of: Touched,
): Promise<boolean> {
  const ids = idsOf(of);
  if (ids.has(reviewer.id)) return true;
  const number = reviewer.certificate?.number;
  const { phone } = reviewer;
  for (const account of await allOf(accounts, ids)) {
    const isVerified = account.realNameLevel >= VERIFIED_LEVEL;
    if (isVerified && number !== undefined && account.certificate?.number === number) return true;
    // Another platform keeps the number: whoever has the same name may be the same person.
    if (account.isShadow && account.name !== undefined && account.name === reviewer.name)
      return true;
    const isConfirmed = account.attribute('phone')?.verifiedAt !== undefined;
    if (isConfirmed && phone !== undefined && account.phone === phone) return true;
  }
  return false;
}

/** True when whoever voted has come to have a part in it since: for himself, or for one of `involvedIds`. */
export async function hasPartialVote(
  accounts: Accounts,
  of: ReviewCase,
  involvedIds: readonly string[],
): Promise<boolean> {
  const now = { ...of, involvedIds: [...of.involvedIds, ...involvedIds] };
  for (const { by } of of.votes) {
    const reviewer = await accounts.findById(by);
    if (!reviewer || (await hasConflict(accounts, reviewer, now))) return true;
  }
  return false;
}

/** True when what was typed, here or in an account, is the reviewer's number or phone. */
export async function isClaimedToBe(
  accounts: Accounts,
  reviewer: Account,
  of: ReviewCase,
): Promise<boolean> {
  const { claimed } = of;
  const number = reviewer.certificate?.number;
  const { phone } = reviewer;
  if (number !== undefined && PERSON_NUMBERS.some((field) => claimed[field] === number)) {
    return true;
  }
  if (phone !== undefined && PHONES.some((field) => claimed[field] === phone)) return true;
  const involved = await allOf(accounts, idsOf(of));
  return involved.some(
    ({ certificate, phone: own }) =>
      (number !== undefined && certificate?.number === number) ||
      (phone !== undefined && own === phone),
  );
}

function idsOf({ applicantId, involvedIds }: Touched): Set<string> {
  return new Set([applicantId, ...involvedIds]);
}

async function allOf(accounts: Accounts, ids: ReadonlySet<string>): Promise<Account[]> {
  const found = await Promise.all([...ids].map((id) => accounts.findById(id)));
  return found.filter((account) => account !== undefined);
}
