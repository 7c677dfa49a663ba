// `hutong peers …` on the stores of this database.
import { officersStaffId, registrationContext, sampleReader } from '../app/peering.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { createUpstreamAdapters } from '../federation/upstream/upstream-adapters.ts';
import { lookAtPeer } from '../peers/look-at-peer.ts';
import { PeerOffice } from '../peers/peer-office.ts';
import { PeerSightingStore } from '../peers/peer-sighting-store.ts';
import { PeerStore } from '../peers/peer-store.ts';
import { runPeersCommand } from '../peers/peers.commands.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { Invocation } from './invocation.ts';
import { openOfficers } from './officers.ts';

export async function runPeers(args: readonly string[], invocation: Invocation): Promise<number> {
  const { config, clock } = invocation;
  const outbound = createOutbound(config.outbound);
  try {
    const { accounts, prove } = await openOfficers(invocation);
    const adapters = createUpstreamAdapters({ fetch: outbound.fetch, clock });
    const registration = registrationContext(adapters, config.mode);
    const peers = new PeerStore(invocation);
    const staffIdOf = officersStaffId(new StaffStore(invocation));
    return await runPeersCommand(args, {
      ...invocation,
      peers,
      sightings: new PeerSightingStore(invocation),
      office: new PeerOffice({ ...invocation, peers, accounts, staffIdOf, registration }),
      prove,
      findAccount: (id) => accounts.findById(id),
      look: (peer) => lookAtPeer(outbound, peer),
      readSample: sampleReader(adapters),
      issuer: config.issuer,
    });
  } finally {
    await outbound.close();
  }
}
