// Who may act for a legal entity, as what, and until when 授权. A mandate is granted by the register
// (the legal representative) or by who holds one; it never outlives what it stands on.

export const mandateRoles = ['legalRepresentative', 'administrator', 'handler'] as const;
export type MandateRole = (typeof mandateRoles)[number];

/** As systems are told them: in claims, interfaces and events. */
export const toldRoles = {
  legalRepresentative: 'legal_representative',
  administrator: 'administrator',
  handler: 'handler',
} as const satisfies Record<MandateRole, string>;

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
  /** The same was granted anew, e.g. for longer. */
  'replaced',
  /** Of a branch or department: the organisation that it rests on has ended, or its account. */
  'entity_parent_ended',
  /** It was passed on from one that has ended. */
  'parent_ended',
] as const;
export type MandateEndReason = (typeof mandateEndReasons)[number];

/** How it was known that the organisation wants it. */
export const mandateProofs = [
  /** The register names the person, or what the organisation has shown does. */
  'register',
  'own_means',
  /** Staff compared the papers of the registration. */
  'review',
  /** Who may appoint said so in person. */
  'administrator',
  /** Staff looked at a letter of authority 授权书. */
  'letter',
  /** The legal representative was sent a code, which says for what it is, and passed it on. */
  'representative',
] as const;
export type MandateProof = (typeof mandateProofs)[number];

export interface MandateScope {
  /** Service codes; absent: all. Only a handler is limited. */
  services?: readonly string[] | undefined;
  /** Client ids; absent: all. Only a handler is limited. */
  clients?: readonly string[] | undefined;
}

export interface Mandate extends MandateScope {
  id: string;
  entityId: string;
  /** Account of who acts: a natural person, or an organisation as an agency 代理机构. */
  holderId: string;
  role: MandateRole;
  /** `register`, `review` (staff in its place), what the entity has shown, or the account that granted it. */
  grantedBy: string;
  /** Absent for what was granted before there was more than one. */
  proof?: MandateProof | undefined;
  /** It counts from here on. */
  since: Date;
  /** Absent: until it is ended. */
  expiresAt?: Date | undefined;
  /** For one authorization. */
  isSingleUse?: boolean | undefined;
  /** What it was used for, when it is for one use only. */
  usedFor?: string | undefined;
  /** Whether its holder may pass on what it allows, never more and never longer. */
  maySubdelegate?: boolean | undefined;
  /** The mandate that it was passed on from: it ends with that. */
  parentId?: string | undefined;
  /** Not stored. Held for this organisation, and so counting for its branch or department `entityId`. */
  inheritedFrom?: string | undefined;
}

/** What somebody wants to do for an entity: at which client, for which of its services. */
export interface MandateUse {
  clientId: string;
  /** Codes that the client serves; empty: it has named none, and asks for nothing in particular. */
  services: readonly string[];
}

/** Whoever represents an organisation was seen in person. */
export const REPRESENTATIVE_LEVEL = 3;

export type Coverage =
  | { ok: true; /** Absent: all of the client's. */ services?: readonly string[] | undefined }
  | { ok: false; reason: 'client_missing' | 'service_missing' };

/** What of a client's services a mandate reaches. */
export function coverageOf({ clients, services }: MandateScope, use: MandateUse): Coverage {
  if (clients && !clients.includes(use.clientId)) return { ok: false, reason: 'client_missing' };
  if (!services) return { ok: true };
  if (use.services.length === 0) return { ok: true, services };
  const common = services.filter((code) => use.services.includes(code));
  return common.length > 0
    ? { ok: true, services: common }
    : { ok: false, reason: 'service_missing' };
}

/** The legal representative and administrators decide who else may act. */
export function mayAppoint({ role }: Pick<Mandate, 'role'>): boolean {
  return role === 'legalRepresentative' || role === 'administrator';
}

/** Whether all that `inner` reaches is reached by `outer`, too. */
export function isWithin(inner: MandateScope, outer: MandateScope): boolean {
  const reaches = (outside: readonly string[] | undefined, inside: readonly string[] | undefined) =>
    outside === undefined || (inside?.every((each) => outside.includes(each)) ?? false);
  return reaches(outer.services, inner.services) && reaches(outer.clients, inner.clients);
}

/** Whether `by` may end `mandate`: anybody his own but the representative, whom the register names. */
export function mayEnd(by: Mandate, mandate: Mandate): boolean {
  if (by.entityId !== mandate.entityId || mandate.role === 'legalRepresentative') return false;
  if (by.id === mandate.id || by.role === 'legalRepresentative') return true;
  if (by.inheritedFrom !== undefined) return true;
  if (mandate.parentId === by.id) return true;
  return by.role === 'administrator' && mandate.role === 'handler';
}

/** Whether `by` may make its term another one: never who holds it, whatever else he may do. */
export function mayChangeTerm(by: Mandate, mandate: Mandate): boolean {
  const isOwn = by.holderId === mandate.holderId;
  return !isOwn && mandate.role === 'handler' && !mandate.isSingleUse && mayEnd(by, mandate);
}

/** The strongest first. */
export function rankOf(role: MandateRole): number {
  return mandateRoles.indexOf(role);
}
