// What speaks for an identity, and the level that follows from it. The rules are the operator's
// data (platform/verification-config.ts); this is only arithmetic.
import type { AttributeGrade, RealNameLevel } from '../accounts/account.ts';
import type { LevelPolicy, VerificationSource } from '../platform/verification-config.ts';

/**
 * `carried`: the level that an account had before the first evidence of it was recorded; `stock`:
 * what an old system had verified, `federation`: what another platform vouches for, each within its cap.
 * They stand for themselves, outside the policy.
 */
export type EvidenceSource = VerificationSource | 'review' | 'stock' | 'carried' | 'federation';
export type EvidenceMethod =
  | 'two_element'
  | 'three_element'
  | 'four_element'
  | 'network_identity'
  | 'face'
  | 'legal_representative'
  | 'certificate'
  | 'licence'
  | 'bank_transfer'
  | 'manual_review'
  | 'stock_account'
  | 'federation'
  | 'carried';

export interface Evidence {
  id: string;
  accountId: string;
  source: EvidenceSource;
  method: EvidenceMethod;
  at: Date;
  /** The terminal it was given at, or `online`. */
  terminal: string;
  /** In the words of the source. */
  resultCode: string;
  grade: AttributeGrade;
  /** The highest level it can support alone. */
  level: RealNameLevel;
  expiresAt?: Date | undefined;
  revokedAt?: Date | undefined;
  revokedFor?: RevocationReason | undefined;
  /** Of what another platform vouches for: the link that it stands on. */
  linkId?: string | undefined;
}

export type RevocationReason = 'identity_changed' | 'displaced' | 'withdrawn' | 'link_changed';

/** Registered: what an account has without any evidence. */
const LEAST: RealNameLevel = 1;

export function isLive(evidence: Pick<Evidence, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return evidence.revokedAt === undefined && !(evidence.expiresAt && evidence.expiresAt <= now);
}

const STANDING_ALONE: ReadonlySet<EvidenceSource> = new Set(['carried', 'stock', 'federation']);

/** The highest level that live evidence gives under the policy; 1 without any. */
export function levelOf(
  evidence: readonly Pick<Evidence, 'source' | 'level' | 'revokedAt' | 'expiresAt'>[],
  policy: LevelPolicy,
  now: Date,
): RealNameLevel {
  const live = evidence.filter((each) => isLive(each, now));
  const sources = new Set<string>(live.map(({ source }) => source));
  const carried = live.filter(({ source }) => STANDING_ALONE.has(source)).map(({ level }) => level);
  const reached = policy
    .filter(({ anyOf }) =>
      anyOf.some(({ count, of }) => of.filter((name) => sources.has(name)).length >= count),
    )
    .map(({ level }) => level)
    // A source whose cap was lowered since gives no more than it was worth then.
    .filter((level) => live.some((each) => each.level >= level));
  return [LEAST, ...carried, ...reached].reduce((a, b) => (b > a ? b : a));
}
