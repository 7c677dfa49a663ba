// What events of accounts are called to their receivers: as in the OpenID RISC and CAEP profiles where one fits.
import type { AccountEventPayload } from './account-event-outbox-store.ts';

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const OURS = 'urn:hutong:event:account:';

export const accountEventUris = {
  level: `${CAEP}assurance-level-change`,
  attributes: `${CAEP}token-claims-change`,
  recovered: `${CAEP}session-revoked`,
  disabled: `${RISC}account-disabled`,
  enabled: `${RISC}account-enabled`,
  closed: `${RISC}account-purged`,
  merged: `${OURS}merged`,
} as const satisfies Record<AccountEventPayload['type'], string>;
