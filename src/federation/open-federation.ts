// Puts the federation together: what the sign-in needs of it, its pages, and its background work.
import type { AccountCentre } from '../account/account-centre.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { SparingLog } from '../audit/sparing-log.ts';
import type { Route } from '../platform/http/route.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import type { Verification } from '../verification/open-verification.ts';
import { ArrivalStore } from './arrival-store.ts';
import { conflictDecisions } from './decide-conflict.ts';
import { dropCopiesWork } from './drop-copies.ts';
import { endUntrustedWork, endUpstreamSignInsWork } from './end-upstream-sign-ins.ts';
import { UpstreamChanges } from './follow-upstream.ts';
import { FederatedSignIn } from './federated-sign-in.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { federationRoutes } from './federation.routes.ts';
import { LinkStore } from './link-store.ts';
import { linkRoutes } from './links.routes.ts';
import { UpstreamNoticeStore } from './upstream-notice-store.ts';

type Made =
  | 'arrivals'
  | 'upstreamNotices'
  | 'links'
  | 'desk'
  | 'federationNotices'
  | 'refusals'
  | keyof Verification;

export type OpenFederationDependencies = Omit<FederationDependencies, Made> &
  ConstructorParameters<typeof LinkStore>[0] &
  Pick<
    FederationDependencies,
    'database' | 'clock' | 'audit' | 'accounts' | 'notices' | 'ending'
  > & {
    notification: Pick<FederationDependencies, 'federationNotices'>;
    verification: Verification;
    review: { desk: ReviewDesk };
    visitors: AccountDependencies;
    provenPage: AccountCentre['provenPage'];
  };

export function openFederation(deps: OpenFederationDependencies) {
  const { visitors, provenPage, verification, review } = deps;
  const { federationNotices } = deps.notification;
  const { desk } = review;
  const own = {
    arrivals: new ArrivalStore(deps),
    links: new LinkStore(deps),
    upstreamNotices: new UpstreamNoticeStore(deps),
  };
  const federation: FederationDependencies = {
    ...verification,
    ...deps,
    ...own,
    desk,
    federationNotices,
    refusals: new SparingLog(deps.audit),
  };
  const signIns = new FederatedSignIn(federation);
  desk.handle('federation', conflictDecisions(federation));
  const removed = new Set<string>();
  deps.peers.onChange(({ before, after }) => {
    if (before && !after) removed.add(before.id);
  });
  const closedPeers = () => [
    ...removed,
    ...deps.peers
      .all()
      .filter(({ state }) => state !== 'active')
      .map(({ id }) => id),
  ];
  const spendToken = (id: string, seconds: number) =>
    visitors.accountSessions.spend('federation.logout', id, seconds);
  const isTokenSpent = (id: string) => visitors.accountSessions.isSpent('federation.logout', id);
  const { sessions, ending: ends } = visitors;
  const tokens = { spendToken, isTokenSpent };
  const reachable = { ...visitors, ...federation, sessions, ending: ends, ...tokens };
  const routes: Route[] = [
    ...federationRoutes(reachable),
    ...linkRoutes({ visitors, provenPage, federation, signIns }),
  ];
  const ending = endUpstreamSignInsWork({ ...federation, closedPeers });
  const changes = new UpstreamChanges(federation);
  const work = [ending, endUntrustedWork(federation), dropCopiesWork(reachable)];
  return { federation: signIns, changes, routes, work };
}
