// Every address of the administration of peers.
import { SparingLog } from '../../audit/sparing-log.ts';
import type { Route } from '../../platform/http/route.ts';
import { changePeerRoutes } from './change-peer.routes.ts';
import { peerStepRoutes } from './peer-step.routes.ts';
import type { PeersConsoleDependencies } from './peers-access.ts';
import { peersRoutes } from './peers.routes.ts';
import { testPeerRoutes } from './test-peer.routes.ts';

export function adminRoutes(of: Omit<PeersConsoleDependencies, 'sparing'>): Route[] {
  const deps = { ...of, sparing: new SparingLog(of.visitors.audit) };
  // In this order: a new one and a test are no peer and no step.
  return [
    ...changePeerRoutes(deps),
    ...peersRoutes(deps),
    ...testPeerRoutes(deps),
    ...peerStepRoutes(deps),
  ];
}
