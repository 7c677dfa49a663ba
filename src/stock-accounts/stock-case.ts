// The review case of an old account that contradicts the account which would take it over: what the
// person claims beside what the old system knew.
import type { Account } from '../accounts/account.ts';
import { remarkText } from '../papers/hand-in.ts';
import type { FieldTexts, NewReviewCase, SourceAnswer } from '../review/review-case.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import type { StockAccount } from './stock-account.ts';

export interface StockCase {
  account: Account;
  old: StockAccount;
  /** Why it could not be joined online. */
  refusedFor: string;
  claim: IdentityClaim;
  /** YYYY-MM-DD; absent where the account is verified and nobody asked. */
  birthDate?: string | undefined;
  remark: string;
  /** Of the person's browser. */
  address: string;
}

const KIND = 'stock_account';

/** @param by `least`: reviewers who have to agree where nothing contradicts */
export function newStockCase(
  of: StockCase,
  by: { now: Date; holderIds: readonly string[]; least: 1 | 2 },
): Omit<NewReviewCase, 'applicantId' | 'fileIds' | 'openedBy'> {
  const { account, claim, refusedFor } = of;
  const answer = answerOfOldSystem(of, by.now);
  const isHeld = by.holderIds.length > 0;
  const held: SourceAnswer = {
    source: 'account',
    outcome: 'different',
    resultCode: refusedFor,
    at: by.now,
    values: {},
  };
  const isDisputed = isHeld || answer.outcome === 'different' || refusedFor !== 'not_proven';
  return {
    kind: KIND,
    involvedIds: [...new Set(by.holderIds)],
    claimed: {
      ...identityTexts(claim, of.birthDate),
      ...(account.phone === undefined ? {} : { phone: account.phone }),
      legacySystem: of.old.source,
      legacyLogin: of.old.details.login,
      ...remarkText(of.remark),
    },
    answers: isHeld ? [answer, held] : [answer],
    approvals: isDisputed ? 2 : by.least,
    uniqueKey: `${KIND}:${account.id}`,
  };
}

export function identityTexts(
  { name, certificate: { type, number, country } }: IdentityClaim,
  birthDate: string | undefined,
): FieldTexts {
  return {
    name,
    certificateType: type,
    certificateNumber: number,
    ...(country === undefined ? {} : { certificateCountry: country }),
    ...(birthDate === undefined ? {} : { birthDate }),
  };
}

function answerOfOldSystem({ old, claim }: StockCase, at: Date): SourceAnswer {
  const { name, certificate, phone, email, login, level } = old.details;
  const isSame =
    name === claim.name &&
    certificate?.type === claim.certificate.type &&
    certificate.number === claim.certificate.number;
  return {
    source: 'legacy_system',
    outcome: isSame ? 'matched' : 'different',
    resultCode: 'password_verified',
    at,
    values: {
      ...(name === undefined ? {} : { name }),
      ...(certificate ? identityTexts({ name: name ?? '', certificate }, undefined) : {}),
      ...(phone === undefined ? {} : { phone }),
      ...(email === undefined ? {} : { email }),
      legacyLogin: login,
      realNameLevel: String(level),
    },
  };
}
