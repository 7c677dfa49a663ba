// Somebody asks to act for an organisation 申请成为经办人, and chooses how it says yes. Whether the
// organisation has an account here is not learnt by asking.
import { verifiedClaim } from '../../verification/compare-face.ts';
import type { Account } from '../../accounts/account.ts';
import type { Invitee } from '../invitation-store.ts';
import type { OfferedTerms } from '../mandate-terms.ts';

/**
 * 管理员确认: one of its administrators, or its representative, in its space; 上传授权书: a letter that
 * staff look at; 短信或邮件确认: a code to its legal representative, that the applicant is told.
 */
export const requestWays = ['administrator', 'letter', 'representative'] as const;
export type RequestWay = (typeof requestWays)[number];

export const requestOutcomes = [
  'granted',
  /** By who may appoint. */
  'declined',
  /** By who asked. */
  'withdrawn',
  /** By staff, who looked at the letter. */
  'refused',
] as const;
export type RequestOutcome = (typeof requestOutcomes)[number];

export interface HandlerRequest {
  id: string;
  /** Account of who asks. */
  personId: string;
  way: RequestWay;
  /** As typed; `number` is its code. */
  entity: Invitee;
  /** Who asks, as verified when it was asked. */
  person: Invitee;
  terms: OfferedTerms;
  /** Of the review of its letter, once that was sent. */
  caseId?: string | undefined;
  outcome?: RequestOutcome | undefined;
  /** What was granted upon it. */
  mandateId?: string | undefined;
  closedAt?: Date | undefined;
  at: Date;
  /** Nothing comes of it any more after then. */
  expiresAt: Date;
}

/** Whether the organisation may see it: a letter that was not sent yet is nobody's business. */
export function isSent({ way, caseId }: Pick<HandlerRequest, 'way' | 'caseId'>): boolean {
  return way !== 'letter' || caseId !== undefined;
}

/** Whether this is still who asked: nobody inherits a request with an account. */
export function isOfApplicant(person: Account, { person: asked }: HandlerRequest): boolean {
  const claim = verifiedClaim(person);
  return claim?.certificate.number === asked.number && claim.name === asked.name;
}
