// Why a statement or a chain of statements is not believed, as one word for log, record and page, and
// whose statement it was.

export const trustRefusalReasons = [
  'entity_id_invalid',
  'too_large',
  'malformed',
  'typ_wrong',
  'algorithm_refused',
  'key_id_missing',
  'claims_invalid',
  'crit_unknown',
  'expired',
  'not_yet_valid',
  'issuer_wrong',
  'subject_wrong',
  'signature_wrong',
  'key_unknown',
  'key_mismatch',
  'anchor_unknown',
  'cycle',
  'path_too_long',
  'max_path_length',
  'naming_constraint',
  'entity_type_not_allowed',
  'policy_crit_unknown',
  'policy_conflict',
  'policy_violation',
  'level_cap_raised',
  'trust_mark_missing',
  'source_endpoint_wrong',
  'not_subordinate',
  'metadata_missing',
  'metadata_unusable',
  'unreachable',
  'denied',
] as const;
export type TrustRefusalReason = (typeof trustRefusalReasons)[number];

export interface TrustRefusal {
  reason: TrustRefusalReason;
  /** The entity whose statement, or of which there is none. */
  entity: string;
  /** A claim, metadata parameter, trust mark or word for what failed on the way; never its value. */
  detail?: string | undefined;
}

/** `unreachable` for the reason that nobody was asked: we had been made to search too often. */
export const TOO_MANY_SEARCHES = 'too_many';

/** Says nothing of the entity: later it may be believed. */
export function isBusy({ reason, detail }: TrustRefusal): boolean {
  return reason === 'unreachable' && detail === TOO_MANY_SEARCHES;
}

export type Trusted<T> = ({ ok: true } & T) | { ok: false; refusal: TrustRefusal };

export function refused(
  reason: TrustRefusalReason,
  entity: string,
  detail?: string,
): { ok: false; refusal: TrustRefusal } {
  return { ok: false, refusal: { reason, entity, ...(detail === undefined ? {} : { detail }) } };
}
