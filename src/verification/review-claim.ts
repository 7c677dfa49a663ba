// An identity as the texts of a review case, and back.
import { isCertificateType } from '../accounts/certificate-types.ts';
import type { FieldTexts } from '../review/review-case.ts';
import type { IdentityClaim } from './provider.ts';
import type { ReviewDraft } from './review-draft-store.ts';

export function claimedTexts(draft: ReviewDraft): FieldTexts {
  const { type, number, country, name, birthDate } = draft;
  return {
    name,
    certificateType: type,
    certificateNumber: number,
    ...(country === undefined ? {} : { certificateCountry: country }),
    birthDate,
  };
}

/** What a source compares: it says nothing of the rest. */
export function comparedTexts({ name, number }: ReviewDraft): FieldTexts {
  return { name, certificateNumber: number };
}

/** Undefined when something of it is missing. */
export function claimOf(claimed: FieldTexts): IdentityClaim | undefined {
  const { name, certificateType: type, certificateNumber: number } = claimed;
  const { certificateCountry: country } = claimed;
  if (name === undefined || number === undefined) return undefined;
  if (type === undefined || !isCertificateType(type)) return undefined;
  return { name, certificate: { type, number, ...(country === undefined ? {} : { country }) } };
}
