// Of each event: who may be its actor, and what its record holds beside number, time, type, actor
// and result. The meanings are `audit.event.<type, dots as underscores>`; docs/audit-events.md is made
// of both.
import { accountEventCatalogue } from './account-event-catalogue.ts';
import type { AuditEvent } from './audit-log.ts';
import { directoryEventCatalogue } from './directory-event-catalogue.ts';
import { entityEventCatalogue } from './entity-event-catalogue.ts';
import { federationEventCatalogue } from './federation-event-catalogue.ts';
import type { AuditEventType } from './events.ts';
import { federationTrustEventCatalogue } from './federation-trust-event-catalogue.ts';
import { mandateEventCatalogue } from './mandate-event-catalogue.ts';
import { recognitionEventCatalogue } from './recognition-event-catalogue.ts';
import { modeEventCatalogue } from './mode-event-catalogue.ts';
import { peerEventCatalogue } from './peer-event-catalogue.ts';

/** An account id; `anonymous`; `client:<id>`; `operator`; `system`. */
export const auditActors = ['person', 'anonymous', 'client', 'operator', 'system'] as const;
type AuditActor = (typeof auditActors)[number];

type Field = Exclude<keyof AuditEvent, 'type' | 'actor' | 'result'>;

interface CatalogueEntry {
  actors: readonly AuditActor[];
  /** A field that not every record of the type has, too. */
  fields: readonly Field[];
}

const operatorOnAccount = {
  actors: ['operator'],
  fields: ['subject', 'reason'],
} as const satisfies CatalogueEntry;
/** A guardian does it to the account of a child. */
const stateOfAccount = {
  actors: ['person', 'operator', 'system'],
  fields: ['subject', 'reason', 'address'],
} as const satisfies CatalogueEntry;
const endOfWard = { actors: ['system'], fields: ['subject'] } as const satisfies CatalogueEntry;
const ownAtAddress = { actors: ['person'], fields: ['address'] } as const satisfies CatalogueEntry;
const signingKey = {
  actors: ['operator', 'system'],
  fields: ['details'],
} as const satisfies CatalogueEntry;
const dataKey = { actors: ['operator'], fields: ['details'] } as const satisfies CatalogueEntry;
const identityChange = {
  actors: ['person'],
  fields: ['subject', 'clientId', 'address', 'reason', 'details'],
} as const;
const endedGrant = {
  actors: ['system'],
  fields: ['subject', 'clientId', 'reason'],
} as const satisfies CatalogueEntry;

const reviewerOnCase = {
  actors: ['person'],
  fields: ['subject', 'address', 'details'],
} as const satisfies CatalogueEntry;

const decidedByOfficer = {
  actors: ['person', 'operator'],
  fields: ['subject', 'address', 'reason', 'details'],
} as const satisfies CatalogueEntry;

/** Also the client of a staff directory. */
const byAnybody = ['person', 'client', 'operator', 'system'] as const;

export const auditCatalogue: Readonly<Record<AuditEventType, CatalogueEntry>> = {
  'accounts.created': {
    actors: ['person', 'anonymous', 'client', 'operator', 'system'],
    fields: ['subject', 'address', 'level', 'details'],
  },
  'accounts.imported': { actors: ['operator'], fields: ['subject', 'level', 'details'] },
  'accounts.seeded': { actors: ['operator'], fields: ['details'] },
  'accounts.shadowed': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
  'accounts.renamed': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
  'accounts.locked': stateOfAccount,
  'accounts.unlocked': stateOfAccount,
  'accounts.frozen': { actors: ['anonymous', 'person'], fields: ['subject', 'reason', 'address'] },
  'accounts.thawed': { actors: ['person'], fields: ['subject', 'reason', 'address'] },
  'accounts.rested': { ...stateOfAccount, actors: byAnybody },
  'accounts.resumed': { ...stateOfAccount, actors: byAnybody },
  'accounts.closed': stateOfAccount,
  'accounts.erased': { actors: ['system'], fields: ['subject'] },
  'accounts.deleted': operatorOnAccount,
  'accounts.level_changed': {
    actors: ['person', 'operator', 'system'],
    fields: ['subject', 'level', 'reason', 'address', 'details'],
  },
  'accounts.role_granted': decidedByOfficer,
  'accounts.role_revoked': { ...decidedByOfficer, actors: byAnybody },
  'accounts.identity_displaced': {
    actors: ['person'],
    fields: ['subject', 'level', 'address'],
  },
  'accounts.phone_confirmed': { actors: ['person', 'operator'], fields: ['subject', 'address'] },
  'accounts.phone_removed': { actors: ['person'], fields: ['subject', 'address'] },
  'accounts.email_confirmed': { actors: ['person'], fields: ['subject', 'address'] },
  'accounts.email_removed': { actors: ['person'], fields: ['subject', 'address'] },
  'accounts.phone_left': {
    actors: ['person', 'anonymous', 'operator'],
    fields: ['subject', 'address'],
  },
  'accounts.merged': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
  'merge.begun': {
    actors: ['person'],
    fields: ['subject', 'address', 'reason', 'details'],
  },
  'merge.refused': { actors: ['person'], fields: ['address', 'reason'] },
  'merge.stopped': {
    actors: ['anonymous', 'person'],
    fields: ['subject', 'address', 'details'],
  },
  'merge.voided': { actors: ['system'], fields: ['subject', 'details'] },
  'merge.completed': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
  'credentials.password_changed': ownAtAddress,
  'credentials.totp_enrolled': ownAtAddress,
  'credentials.totp_removed': {
    actors: ['person', 'operator'],
    fields: ['subject', 'address', 'reason'],
  },
  'credentials.passkey_added': ownAtAddress,
  'credentials.passkey_renamed': ownAtAddress,
  'credentials.passkey_removed': ownAtAddress,
  'credentials.recovery_codes_made': ownAtAddress,
  'credentials.recovery_code_used': ownAtAddress,
  'credentials.contact_code_sent': {
    actors: ['person', 'anonymous'],
    fields: ['address', 'reason'],
  },
  'credentials.contact_code_verified': {
    actors: ['person', 'anonymous'],
    fields: ['address', 'reason'],
  },
  'credentials.device_forgotten': { actors: ['system'], fields: ['subject', 'reason'] },
  'recovery.completed': { actors: ['person'], fields: ['subject', 'address', 'level', 'reason'] },
  'recovery.proven': { actors: ['person'], fields: ['address', 'reason'] },
  'recovery.refused': { actors: ['person', 'anonymous'], fields: ['address', 'reason'] },
  'recovery.wait_begun': { actors: ['person'], fields: ['address', 'reason'] },
  'recovery.cancelled': { actors: ['anonymous', 'person'], fields: ['subject', 'address'] },
  'registration.completed': { actors: ['person'], fields: ['address', 'level', 'reason'] },
  'agreements.accepted': { actors: ['person'], fields: ['address', 'details'] },
  'sign_in.succeeded': {
    actors: ['person'],
    fields: ['clientId', 'address', 'level', 'reason', 'details'],
  },
  'sign_in.refused': { actors: ['anonymous'], fields: ['subject', 'address', 'reason'] },
  'sign_in.second_factor_succeeded': ownAtAddress,
  'sign_in.second_factor_refused': { actors: ['person'], fields: ['address', 'reason'] },
  'sessions.started': { actors: ['person'], fields: ['address', 'level'] },
  'sessions.ended': {
    actors: ['person', 'operator', 'system'],
    fields: ['subject', 'clientId', 'reason'],
  },
  'sessions.client_signed_out': { actors: ['person'], fields: ['clientId'] },
  'oidc.grant_issued': { actors: ['person'], fields: ['clientId', 'address', 'details'] },
  'oidc.grant_widened': { actors: ['person'], fields: ['clientId', 'address', 'details'] },
  'oidc.grant_revoked': { ...endedGrant, actors: ['person', 'system'] },
  'oidc.code_replayed': endedGrant,
  'oidc.refresh_reused': endedGrant,
  'oidc.authorization_refused': {
    actors: ['person', 'anonymous'],
    fields: ['clientId', 'address', 'reason'],
  },
  'oidc.request_suspected': {
    actors: ['person', 'anonymous'],
    fields: ['clientId', 'address', 'reason', 'details'],
  },
  'oidc.client_refused': {
    actors: ['client', 'anonymous'],
    fields: ['clientId', 'address', 'reason'],
  },
  'oidc.device_approved': { actors: ['person'], fields: ['clientId', 'address'] },
  'oidc.device_refused': {
    actors: ['person', 'anonymous'],
    fields: ['clientId', 'address', 'reason'],
  },
  'oidc.identity_chosen': identityChange,
  'oidc.identity_switched': identityChange,
  'oidc.identity_refused': identityChange,
  'oidc.identity_ended': {
    actors: ['person', 'system'],
    fields: ['subject', 'clientId', 'address', 'reason', 'details'],
  },
  'verification.checked': {
    actors: ['person'],
    fields: ['subject', 'address', 'reason', 'level', 'details'],
  },
  'verification.consented': {
    actors: ['person', 'anonymous'],
    fields: ['subject', 'address', 'details'],
  },
  'verification.not_completed': { actors: ['person'], fields: ['address', 'reason', 'details'] },
  'evidence.file_refused': { actors: ['person'], fields: ['address', 'reason'] },
  'evidence.file_viewed': { actors: ['person'], fields: ['address', 'details'] },
  'review.case_opened': { actors: ['person'], fields: ['subject', 'details'] },
  'review.case_claimed': reviewerOnCase,
  'review.case_released': reviewerOnCase,
  'review.case_read': reviewerOnCase,
  'review.case_looked_at': {
    ...reviewerOnCase,
    fields: ['subject', 'address', 'reason', 'details'],
  },
  'review.data_revealed': {
    ...reviewerOnCase,
    fields: ['subject', 'address', 'reason', 'details'],
  },
  'review.voted': reviewerOnCase,
  'review.undone': reviewerOnCase,
  'review.sources_asked': reviewerOnCase,
  'review.looked_again': reviewerOnCase,
  'review.supplied': { actors: ['person'], fields: ['subject', 'details'] },
  'review.withdrawn': { actors: ['person', 'system'], fields: ['subject', 'details'] },
  'review.carried_out': { actors: ['system'], fields: ['subject', 'reason', 'details'] },
  'review.refused': { actors: ['person'], fields: ['subject', 'address', 'reason', 'details'] },
  'roles.requested': {
    actors: ['person'],
    fields: ['subject', 'address', 'reason', 'details'],
  },
  'roles.withdrawn': { actors: ['person'], fields: ['subject', 'address', 'details'] },
  'roles.refused': {
    actors: ['person'],
    fields: ['subject', 'address', 'reason', 'details'],
  },
  ...entityEventCatalogue,
  ...federationTrustEventCatalogue,
  ...mandateEventCatalogue,
  ...recognitionEventCatalogue,
  ...peerEventCatalogue,
  ...modeEventCatalogue,
  ...federationEventCatalogue,
  ...accountEventCatalogue,
  'intermediaries.applied': { actors: ['person'], fields: ['subject', 'address', 'details'] },
  'intermediaries.given_up': { actors: ['person'], fields: ['subject', 'address', 'details'] },
  'intermediaries.claimed': { actors: ['system'], fields: ['subject', 'details'] },
  'intermediaries.granted': { actors: ['person'], fields: ['subject', 'details'] },
  'intermediaries.refused': { actors: ['person'], fields: ['subject', 'reason', 'details'] },
  'intermediaries.ended': {
    actors: ['person', 'operator', 'system'],
    fields: ['subject', 'reason', 'details'],
  },
  ...directoryEventCatalogue,
  'limits.exceeded': { actors: ['anonymous'], fields: ['address', 'reason'] },
  'stock_accounts.imported': { actors: ['operator'], fields: ['reason', 'details'] },
  'stock_accounts.password_verified': { actors: ['anonymous'], fields: ['address', 'details'] },
  'stock_accounts.password_refused': {
    actors: ['anonymous'],
    fields: ['address', 'reason', 'details'],
  },
  'stock_accounts.bound': { actors: ['person'], fields: ['address', 'level', 'details'] },
  'stock_accounts.not_bound': { actors: ['person'], fields: ['address', 'reason', 'details'] },
  'stock_accounts.passwords_destroyed': { actors: ['system'], fields: ['details'] },
  'guardianship.consented': {
    actors: ['person'],
    fields: ['subject', 'address', 'details'],
  },
  'guardianship.claimed': { actors: ['person'], fields: ['subject', 'address', 'reason'] },
  'guardianship.joined': {
    actors: ['person'],
    fields: ['subject', 'details'],
  },
  'guardianship.invited': { actors: ['person'], fields: ['subject', 'address', 'reason'] },
  'guardianship.withdrawn': { actors: ['person'], fields: ['subject', 'address', 'reason'] },
  'guardianship.rested': endOfWard,
  'guardianship.resumed': endOfWard,
  'guardianship.ended': endOfWard,
  'consent.given': { actors: ['person'], fields: ['clientId', 'address', 'details'] },
  'consent.withdrawn': { actors: ['person'], fields: ['clientId', 'address'] },
  'privacy.outlived_removed': { actors: ['system', 'operator'], fields: ['details'] },
  'privacy.exported': { actors: ['person'], fields: ['address', 'reason'] },
  'privacy.closing_requested': { actors: ['person'], fields: ['address', 'details'] },
  'privacy.closing_cancelled': {
    actors: ['person', 'anonymous', 'system'],
    fields: ['subject', 'address', 'reason'],
  },
  'clients.registered': { actors: ['operator', 'system'], fields: ['clientId', 'details'] },
  'clients.changed': { actors: ['operator', 'system'], fields: ['clientId', 'details'] },
  'clients.removed': { actors: ['operator', 'system'], fields: ['clientId'] },
  'clients.secrets_exported': { actors: ['operator'], fields: ['details'] },
  'keys.created': signingKey,
  'keys.promoted': signingKey,
  'keys.retired': signingKey,
  'keys.removed': signingKey,
  'keys.compromised': signingKey,
  'keys.data_key_added': dataKey,
  'keys.data_key_activated': dataKey,
  'keys.data_key_retired': dataKey,
  'keys.data_keys_rewrapped': dataKey,
  'audit.searched': { actors: ['operator'], fields: ['subject', 'details'] },
  'audit.exported': { actors: ['operator'], fields: ['details'] },
  'audit.pruned': { actors: ['operator'], fields: ['details'] },
  'operations.backed_up': { actors: ['operator'], fields: [] },
  'operations.restored': { actors: ['operator'], fields: ['details'] },
};
