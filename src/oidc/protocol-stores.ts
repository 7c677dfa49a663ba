// What the protocol keeps: tokens and codes, grants, parked requests; and how grants end.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { DeviceDecisions } from './device/device-decisions.ts';
import type { OnDeviceApproved } from './device/device-decisions.ts';
import { IdentitySuggestionStore } from './identity/identity-suggestion-store.ts';
import { ActingGrantStore } from './storage/acting-grant-store.ts';
import { ArtefactStore } from './storage/artefact-store.ts';
import { DeviceCodeStore } from './storage/device-code-store.ts';
import { GrantRevocation } from './storage/grant-revocation.ts';
import { GrantStore } from './storage/grant-store.ts';
import { ParkedRequestStore } from './storage/parked-request-store.ts';

export interface ProtocolStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  /** Tells the person that a refresh token was used twice. */
  onRefreshReused(accountId: string, clientId: string): Promise<void>;
  onDeviceApproved: OnDeviceApproved;
}

export function openProtocolStores(deps: ProtocolStoreDependencies) {
  const artefacts = new ArtefactStore(deps);
  const grants = new GrantStore(deps);
  const parked = new ParkedRequestStore(deps);
  const revocation = new GrantRevocation({ ...deps, artefacts, grants });
  return {
    actingGrants: new ActingGrantStore(deps),
    suggestions: new IdentitySuggestionStore(deps),
    artefacts,
    deviceCodes: new DeviceCodeStore({ ...deps, artefacts }),
    decisions: new DeviceDecisions({ ...deps, artefacts, grants, revocation }),
    grants,
    parked,
    revocation,
  };
}
