// What can stand in the way of a decision when it is to take effect: a closed list.

/** Why a decision was not carried out, in words for the reviewers: `review.trouble.<trouble>`. */
export const caseTroubles = [
  'account_closed',
  'account_unknown',
  'agreement_changed',
  'applicant_not_verified',
  'child_of_age',
  'claim_incomplete',
  'department_silent',
  'entity_not_verified',
  'entity_unknown',
  'guardian_needed',
  'guardians_complete',
  'identity_differs',
  'identity_held',
  'mandate_over',
  'number_held',
  'old_account_taken',
  'representative_changed',
  'request_over',
  'reviewer_gone',
  'reviewer_involved',
  'term_over',
] as const;
export type CaseTrouble = (typeof caseTroubles)[number];
