// Who may act for a legal entity, as what, and until when 授权. A mandate is granted by the register
// (the legal representative) or by who holds one; it never outlives what it stands on.

export const mandateRoles = ['legalRepresentative', 'administrator', 'handler'] as const;
export type MandateRole = (typeof mandateRoles)[number];

export const mandateEndReasons = [
  /** Ended by the person, or by who may end it. */
  'resigned',
  'removed',
  /** Its term is over. */
  'expired',
  /** The register names somebody else. */
  'representative_changed',
  /** The register says that the entity does not operate any more. */
  'entity_cancelled',
  'entity_revoked',
  /** The entity's identity went to another account. */
  'entity_displaced',
  /** The entity's account has no verified identity any more, or is closed. */
  'entity_level_fell',
  'entity_closed',
  /** Who held it was verified in person no more, was displaced, or has closed the account. */
  'holder_level_fell',
  'holder_displaced',
  'holder_closed',
  /** The person's two accounts became one: it goes on there. */
  'account_merged',
] as const;
export type MandateEndReason = (typeof mandateEndReasons)[number];

export interface Mandate {
  id: string;
  entityId: string;
  /** Account of the natural person. */
  personId: string;
  role: MandateRole;
  /** Service codes; absent: all. Only a handler is limited. */
  services?: readonly string[] | undefined;
  /** `register`, `review` (staff in its place), what the entity has shown, or the account that granted it. */
  grantedBy: string;
  since: Date;
  /** Absent: until it is ended. */
  expiresAt?: Date | undefined;
}

/** The legal representative and administrators decide who else may act. */
export function mayAppoint({ role }: Pick<Mandate, 'role'>): boolean {
  return role === 'legalRepresentative' || role === 'administrator';
}

/** Whether `by` may end `mandate`: anybody his own but the representative, whom the register names. */
export function mayEnd(by: Mandate, mandate: Mandate): boolean {
  if (by.entityId !== mandate.entityId || mandate.role === 'legalRepresentative') return false;
  if (by.id === mandate.id || by.role === 'legalRepresentative') return true;
  return by.role === 'administrator' && mandate.role === 'handler';
}
