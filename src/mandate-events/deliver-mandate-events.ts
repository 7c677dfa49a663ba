// Pushes events to the addresses that clients registered, again for a day until they are taken. The token
// is signed anew each time, because keys change; its `jti` stays. Whether the client may still be told is
// looked at each time too.
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import type { EventSigner } from '../keys/sign-event-token.ts';
import { subjectsOf } from '../oidc/claims/pairwise.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import { orderedDelivery } from '../platform/ordered-delivery.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { DeliveryResult } from '../platform/outbox-worker.ts';
import { pushEventToken } from '../platform/push-event-token.ts';
import type { Random } from '../platform/random.ts';
import { ENTITY_ITEM, isRegisteredForEntities } from './entity-release.ts';
import type { MandateEventOutbox, MandateEventPayload } from './mandate-event-outbox-store.ts';
import { signEvent } from './security-event-token.ts';

export interface DeliverMandateEventsDependencies extends EventSigner {
  mandateEvents: Pick<MandateEventOutbox, 'isAnyDue' | 'lease' | 'settle' | 'releaseForgotten'>;
  clients: {
    find(clientId: string): object | undefined;
    registration(clientId: string): ClientRegistration | undefined;
  };
  consents: Pick<ConsentStore, 'find'>;
  keyring: Keyring;
  outbound: Pick<Outbound, 'fetch'>;
  clock: Clock;
  random: Random;
  logger: Logger;
}

export function deliverMandateEvents(deps: DeliverMandateEventsDependencies) {
  const { mandateEvents: store, clock, random, logger } = deps;
  return orderedDelivery<MandateEventPayload>({
    name: 'mandate_events',
    store,
    clock,
    random,
    logger,
    deliver: ({ lane: clientId, payload }) => deliver(deps, clientId, payload),
  });
}

async function deliver(
  deps: DeliverMandateEventsDependencies,
  clientId: string,
  payload: MandateEventPayload,
): Promise<DeliveryResult> {
  const registration = deps.clients.registration(clientId);
  const address = registration?.mandate_events_uri;
  if (!registration || address === undefined) return { outcome: 'failed', result: 'no_receiver' };
  if (!isRegisteredForEntities(registration))
    return { outcome: 'refused', result: 'scope_removed' };
  const record = await deps.consents.find(payload.personId, clientId);
  if (!record?.items.includes(ENTITY_ITEM)) return { outcome: 'refused', result: 'not_consented' };
  const { id_token_signed_response_alg: algorithm } = registration;
  const names = subjectsOf(deps.keyring, deps.clients.find(clientId));
  const subject = names.person(payload.personId);
  const entitySubject = names.entity(payload.entity.id);
  const token = await signEvent(deps, payload, { clientId, algorithm, subject, entitySubject });
  return pushEventToken(deps.outbound, address, token);
}
