// What this domain keeps, made once for everybody who asks.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { InvitationStore } from './invitation-store.ts';
import type { MandateAuthorizations, MandateHooks } from './mandate-events.ts';
import { MandateRecordStore } from './mandate-record-store.ts';
import { MandateStore } from './mandate-store.ts';
import { HandlerRequestStore } from './requests/handler-request-store.ts';

export interface Mandates {
  mandates: MandateStore;
  mandateRecords: MandateRecordStore;
  invitations: InvitationStore;
  requests: HandlerRequestStore;
  authorizations: MandateAuthorizations;
}

export function openMandates(
  deps: { database: Database; keyring: Keyring; clock: Clock; random: Random },
  { onEvents, authorizations }: MandateHooks,
): Mandates {
  const mandates = new MandateStore({ ...deps, onEvents });
  const mandateRecords = new MandateRecordStore(deps);
  const invitations = new InvitationStore(deps);
  const requests = new HandlerRequestStore(deps);
  return { mandates, mandateRecords, invitations, requests, authorizations };
}
