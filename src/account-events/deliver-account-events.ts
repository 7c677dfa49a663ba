// Pushes events of accounts to the clients that registered for it (RFC 8935), again for a day until they are
// taken; what a client wants to come for is left to it (poll-account-events.ts).
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { orderedDelivery } from '../platform/ordered-delivery.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { LeasedRow } from '../platform/outbox-store.ts';
import type { DeliveryResult } from '../platform/outbox-worker.ts';
import { pushEventToken } from '../platform/push-event-token.ts';
import type { Random } from '../platform/random.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { AccountEventOutbox, AccountEventPayload } from './account-event-outbox-store.ts';
import { tokenOfRow } from './account-event-token.ts';
import type { AccountEventTokenDependencies } from './account-event-token.ts';

export interface DeliverAccountEventsDependencies extends AccountEventTokenDependencies {
  accountEvents: Pick<
    AccountEventOutbox,
    'isAnyDue' | 'lease' | 'settle' | 'releaseForgotten' | 'unpark'
  >;
  clients: AccountEventTokenDependencies['clients'] & { registrations(): ClientRegistration[] };
  peers: Pick<PeerDirectory, 'stoppedClients'>;
  outbound: Pick<Outbound, 'fetch'>;
  clock: Clock;
  random: Random;
  logger: Logger;
}

const UNPARK_MS = 5000;

export function deliverAccountEvents(deps: DeliverAccountEventsDependencies) {
  const { accountEvents: store, clock, random, logger } = deps;
  const delivery = orderedDelivery<AccountEventPayload>({
    name: 'account_events',
    store: {
      isAnyDue: (excludedLanes) => store.isAnyDue([...excludedLanes, ...notPushedTo(deps)]),
      lease: ({ excludedLanes, ...request }) =>
        store.lease({ ...request, excludedLanes: [...excludedLanes, ...notPushedTo(deps)] }),
      settle: (...of) => store.settle(...of),
      releaseForgotten: () => store.releaseForgotten(),
    },
    clock,
    random,
    logger,
    deliver: (row) => deliver(deps, row),
  });
  const unparking = repeatedWork(() => store.unpark(pollingClients(deps)), {
    name: 'parked account events',
    everyMs: UNPARK_MS,
    logger,
  });
  return {
    start() {
      delivery.start();
      unparking.start();
    },
    async stop() {
      await Promise.all([delivery.stop(), unparking.stop()]);
    },
  };
}

/** Those that come for their events, and those of a suspended peer, whose events wait. */
function notPushedTo(deps: DeliverAccountEventsDependencies): string[] {
  return [...pollingClients(deps), ...deps.peers.stoppedClients()];
}

function pollingClients({ clients }: DeliverAccountEventsDependencies): string[] {
  return clients
    .registrations()
    .filter(({ account_events_delivery }) => account_events_delivery === 'poll')
    .map(({ client_id }) => client_id);
}

async function deliver(
  deps: DeliverAccountEventsDependencies,
  row: LeasedRow<AccountEventPayload>,
): Promise<DeliveryResult> {
  const registration = deps.clients.registration(row.lane);
  const made = await tokenOfRow(deps, row);
  if (!made.ok) return { outcome: made.outcome, result: made.result };
  const address = registration?.account_events_uri;
  if (address === undefined) return { outcome: 'failed', result: 'no_receiver' };
  return pushEventToken(deps.outbound, address, made.token);
}
