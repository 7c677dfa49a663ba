// The closed list of things that are worth a record. `<domain>.<past participle>`.

export const auditEvents = [
  'accounts.created',
  'accounts.imported',
  'accounts.locked',
  'accounts.unlocked',
  'accounts.closed',
  'accounts.deleted',
  'credentials.password_changed',
  'credentials.totp_enrolled',
  'credentials.totp_removed',
  'sign_in.succeeded',
  'sign_in.refused',
  'sign_in.second_factor_succeeded',
  'sign_in.second_factor_refused',
  'sessions.started',
  'sessions.ended',
  'sessions.client_signed_out',
  'oidc.grant_issued',
  'oidc.grant_revoked',
  'oidc.code_replayed',
  'oidc.refresh_reused',
  'oidc.authorization_refused',
  'consent.given',
  'consent.withdrawn',
  'clients.registered',
  'clients.changed',
  'clients.removed',
  'keys.created',
] as const;

export type AuditEventType = (typeof auditEvents)[number];
