// Who is told of a mandate's change: clients that asked for it, that the mandate reaches, and that
// receive whom the person who holds it acts for. Decided and written down in the change's transaction.
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientStore } from '../clients/client-store.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import { coverageOf } from '../mandates/mandate.ts';
import type { Mandate } from '../mandates/mandate.ts';
import type { MandateEvent, OnMandateEvent } from '../mandates/mandate-events.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import { peopleBehind } from '../mandates/people-behind.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { ENTITY_ITEM, isRegisteredForEntities } from './entity-release.ts';
import type { MandateEventOutbox, MandateEventPayload } from './mandate-event-outbox-store.ts';

export interface AnnounceDependencies {
  clientStore: Pick<ClientStore, 'withMandateEvents'>;
  consents: Pick<ConsentStore, 'clientsReceiving'>;
  accounts: Pick<AccountStore, 'findById'>;
  /** For reading: who acts for an agency. */
  mandates: Pick<MandateStore, 'leaders'>;
  outbox: Pick<MandateEventOutbox, 'enqueue'>;
  clock: Clock;
  random: Random;
}

export function announceMandates(deps: AnnounceDependencies): OnMandateEvent {
  return async (event, session) => {
    const { mandate } = event;
    const reached = (await deps.clientStore.withMandateEvents()).flatMap(
      ({ id: clientId, registration }) => {
        if (!isRegisteredForEntities(registration)) return [];
        const { services } = registration;
        const coverage = coverageOf(mandate, { clientId, services });
        return coverage.ok ? [{ clientId, services: coverage.services }] : [];
      },
    );
    if (reached.length === 0) return;
    const entity = releasedOf(mandate, await deps.accounts.findById(mandate.entityId));
    const clientIds = reached.map(({ clientId }) => clientId);
    // Clients know people, not agencies: what an agency may do concerns whoever acts for it.
    for (const personId of await peopleBehind(deps, mandate.holderId, session)) {
      const receiving = await deps.consents.clientsReceiving(personId, ENTITY_ITEM, clientIds);
      for (const { clientId, services } of reached) {
        if (!receiving.includes(clientId)) continue;
        const payload = payloadOf(deps, event, { personId, entity, services });
        await deps.outbox.enqueue(clientId, payload, session);
      }
    }
  };
}

function releasedOf(
  { entityId: id }: Mandate,
  entity: { uscc?: string | undefined; name?: string | undefined } | undefined,
): MandateEventPayload['entity'] {
  const { uscc, name } = entity ?? {};
  return { id, ...(uscc === undefined ? {} : { uscc }), ...(name === undefined ? {} : { name }) };
}

function payloadOf(
  { clock, random }: AnnounceDependencies,
  event: MandateEvent,
  to: {
    personId: string;
    entity: MandateEventPayload['entity'];
    services: readonly string[] | undefined;
  },
): MandateEventPayload {
  const { id, role, expiresAt, isSingleUse, parentId } = event.mandate;
  return {
    type: event.type,
    jti: random.id(),
    at: epochSeconds(clock),
    personId: to.personId,
    entity: to.entity,
    mandateId: id,
    ...(parentId === undefined ? {} : { parentId }),
    role,
    ...(to.services ? { services: [...to.services] } : {}),
    ...(expiresAt ? { expiresAt: Math.floor(expiresAt.getTime() / 1000) } : {}),
    isSingleUse: isSingleUse === true,
    ...(event.type === 'ended' ? { reason: event.reason } : {}),
  };
}
