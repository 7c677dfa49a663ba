// What goes on between this platform and others that know its people: what they are told of accounts.
import { deliverAccountEvents } from '../account-events/deliver-account-events.ts';
import type { DeliverAccountEventsDependencies } from '../account-events/deliver-account-events.ts';
import { accountEventPolls } from '../account-events/poll-account-events.ts';
import type { PollAccountEventsDependencies } from '../account-events/poll-account-events.ts';
import { pollRoutes } from '../account-events/poll.routes.ts';
import type { PollRoutesDependencies } from '../account-events/poll.routes.ts';
import { openBearer } from '../oidc/bearer/verify-bearer.ts';
import type { BearerDependencies } from '../oidc/bearer/verify-bearer.ts';

export function openOtherPlatforms(
  deps: DeliverAccountEventsDependencies &
    Omit<PollAccountEventsDependencies, 'isEnding'> &
    BearerDependencies &
    Pick<PollRoutesDependencies, 'limiters'> & { readiness: { isEnding: boolean } },
) {
  const isEnding = () => deps.readiness.isEnding;
  const poll = accountEventPolls({ ...deps, isEnding });
  return {
    routes: pollRoutes({ ...deps, verifyBearer: openBearer(deps), poll }),
    work: [deliverAccountEvents(deps)],
  };
}
