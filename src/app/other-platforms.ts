// What goes on between this platform and others that know its people: what they are told of accounts.
import { deliverAccountEvents } from '../account-events/deliver-account-events.ts';
import type { DeliverAccountEventsDependencies } from '../account-events/deliver-account-events.ts';
import { accountEventPolls } from '../account-events/poll-account-events.ts';
import type { PollAccountEventsDependencies } from '../account-events/poll-account-events.ts';
import { pollRoutes } from '../account-events/poll.routes.ts';
import type { PollRoutesDependencies } from '../account-events/poll.routes.ts';
import { receivePeerEvent } from '../account-events/receive-peer-event.ts';
import type { ReceivePeerEventDependencies } from '../account-events/receive-peer-event.ts';
import { receiveRoutes } from '../account-events/receive.routes.ts';
import type { ReceiveRoutesDependencies } from '../account-events/receive.routes.ts';
import { ReceivedEventStore } from '../account-events/received-event-store.ts';
import { peerKeys } from '../federation/upstream/peer-keys.ts';
import { serveTif } from '../bridges/tif/serve-tif.ts';
import type { ServeTifDependencies } from '../bridges/tif/serve-tif.ts';
import { tifRoutes } from '../bridges/tif/tif.routes.ts';
import { openBearer } from '../oidc/bearer/verify-bearer.ts';
import type { BearerDependencies } from '../oidc/bearer/verify-bearer.ts';

export function openOtherPlatforms(
  deps: DeliverAccountEventsDependencies &
    Omit<PollAccountEventsDependencies, 'isEnding'> &
    BearerDependencies &
    ServeTifDependencies &
    Omit<ReceivePeerEventDependencies, 'keysOf' | 'received'> &
    ConstructorParameters<typeof ReceivedEventStore>[0] &
    Pick<PollRoutesDependencies, 'limiters'> & { readiness: { isEnding: boolean } },
) {
  const isEnding = () => deps.readiness.isEnding;
  const poll = accountEventPolls({ ...deps, isEnding });
  const keysOf = peerKeys({ fetch: deps.outbound.fetch, clock: deps.clock });
  const receiving = { ...deps, keysOf, received: new ReceivedEventStore(deps) };
  const receive: ReceiveRoutesDependencies['receive'] = (of) => receivePeerEvent(receiving, of);
  return {
    routes: [
      ...pollRoutes({ ...deps, verifyBearer: openBearer(deps), poll }),
      ...receiveRoutes({ ...deps, receive }),
      ...tifRoutes(serveTif(deps)),
    ],
    work: [deliverAccountEvents(deps)],
  };
}
