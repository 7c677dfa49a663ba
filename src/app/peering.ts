// Peers with what they need of other domains: the dialects, the way out, and who an officer is.
import type { AccountDependencies } from '../account/account-deps.ts';
import { staffIdOf } from '../directory/staff-attributes.ts';
import { StaffStore } from '../directory/staff-store.ts';
import type { UpstreamAdapters } from '../federation/upstream/upstream-adapters.ts';
import { adminRoutes } from '../peers/console/admin.routes.ts';
import { lookAtPeer } from '../peers/look-at-peer.ts';
import { openPeers } from '../peers/open-peers.ts';
import type { ReadSample } from '../peers/dry-run.ts';
import type { PeerRegistrationContext } from '../peers/peer-registration.ts';
import type { Config } from '../platform/config.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { Domains } from './domains.ts';

type PeeringDependencies = Domains & {
  outbound: Outbound;
  adapters: UpstreamAdapters;
  visitors: AccountDependencies;
};

export function openPeering(domains: PeeringDependencies, { mode }: Config) {
  const { outbound, adapters, accounts, peerStore } = domains;
  const registration = registrationContext(adapters, mode);
  const readSample = sampleReader(adapters);
  const of = { ...domains, registration, staffIdOf: officersStaffId(new StaffStore(domains)) };
  const parts = openPeers(of);
  const routes = adminRoutes({
    ...domains,
    ...parts,
    peers: peerStore,
    readSample,
    look: (peer) => lookAtPeer(outbound, peer),
    findAccount: (id) => accounts.findById(id),
  });
  return { ...parts, adapters, routes };
}

export function registrationContext(
  adapters: UpstreamAdapters,
  mode: Config['mode'],
): PeerRegistrationContext {
  return { mode, neededAddresses: (protocol) => adapters[protocol]?.neededAddresses ?? [] };
}

export function sampleReader(adapters: UpstreamAdapters): ReadSample {
  return (peer, sample) => adapters[peer.connection.protocol]?.readSample(peer, sample);
}

export function officersStaffId(staff: Pick<StaffStore, 'ofAccount'>) {
  return async (accountId: string) => {
    const entry = await staff.ofAccount(accountId);
    return entry && staffIdOf(entry.attributes);
  };
}
