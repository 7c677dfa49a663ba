// Who is told of a mandate's change: clients that asked for it, that the mandate reaches, and that
// receive whom the person who holds it acts for. Decided and written down in the change's transaction.
import type { AccountStore } from '../accounts/account-store.ts';
import { findAccounts } from '../accounts/find-accounts.ts';
import type { ClientStore, StoredClient } from '../clients/client-store.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import { coverageOf } from '../mandates/mandate.ts';
import type { Mandate } from '../mandates/mandate.ts';
import type { MandateEvent, OnMandateEvents } from '../mandates/mandate-events.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import { peopleBehindEach } from '../mandates/people-behind.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { ENTITY_ITEM, isRegisteredForEntities } from './entity-release.ts';
import type { MandateEventOutbox, MandateEventPayload } from './mandate-event-outbox-store.ts';

export interface AnnounceDependencies {
  clientStore: Pick<ClientStore, 'withMandateEvents'>;
  consents: Pick<ConsentStore, 'releasing'>;
  accounts: Pick<AccountStore, 'findById'>;
  /** For reading: who acts for an agency. */
  mandates: Pick<MandateStore, 'leaders'>;
  outbox: Pick<MandateEventOutbox, 'enqueue'>;
  clock: Clock;
  random: Random;
}

/** A mandate's change with a client that it reaches. */
interface Reached {
  event: MandateEvent;
  clientId: string;
  services: readonly string[] | undefined;
}

export function announceMandates(deps: AnnounceDependencies): OnMandateEvents {
  return async (events, session) => {
    const clients = await deps.clientStore.withMandateEvents();
    const reached = events.flatMap((event) => clients.flatMap((each) => reachedBy(event, each)));
    if (reached.length === 0) return;
    const mandates = reached.map(({ event }) => event.mandate);
    const entityIds = mandates.map(({ entityId }) => entityId);
    const entities = await findAccounts(deps.accounts, entityIds);
    // Clients know people, not agencies: what an agency may do concerns whoever acts for it.
    const holderIds = mandates.map(({ holderId }) => holderId);
    const people = await peopleBehindEach(deps, holderIds, session);
    const told = reached.flatMap((each) =>
      people(each.event.mandate.holderId).map((personId) => ({ ...each, personId })),
    );
    const places = told.map(({ personId: accountId, clientId }) => ({ accountId, clientId }));
    const isReleased = await deps.consents.releasing(ENTITY_ITEM, places);
    const announcements = told
      .filter(({ personId, clientId }) => isReleased(personId, clientId))
      .map(({ event, clientId, personId, services }) => {
        const entity = releasedOf(event.mandate, entities.get(event.mandate.entityId));
        const payload = payloadOf(deps, event, { personId, entity, services });
        return { lane: clientId, reason: payload.type, payload };
      });
    await deps.outbox.enqueue(announcements, session);
  };
}

function reachedBy(event: MandateEvent, { id: clientId, registration }: StoredClient): Reached[] {
  if (!isRegisteredForEntities(registration)) return [];
  const coverage = coverageOf(event.mandate, { clientId, services: registration.services });
  return coverage.ok ? [{ event, clientId, services: coverage.services }] : [];
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
