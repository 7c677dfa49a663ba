// `hutong mode …` on the stores of this database.
import { officersStaffId } from '../app/peering.ts';
import { ClientStore } from '../clients/client-store.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { LinkStore } from '../federation/link-store.ts';
import { shadowLinked } from '../federation/shadow-account.ts';
import { lookAtPeer } from '../peers/look-at-peer.ts';
import { PeerStore } from '../peers/peer-store.ts';
import { createOutbound } from '../platform/outbound.ts';
import { demandedLevel } from '../registration-mode/demanded-level.ts';
import { ModeOffice } from '../registration-mode/mode-office.ts';
import { ModePlanStore } from '../registration-mode/mode-plan-store.ts';
import { ModeStore } from '../registration-mode/mode-store.ts';
import { NumberNeeds } from '../registration-mode/number-need-store.ts';
import { runModeCommand } from '../registration-mode/mode.commands.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import type { Invocation } from './invocation.ts';
import { openOfficers } from './officers.ts';

export async function runMode(args: readonly string[], invocation: Invocation): Promise<number> {
  const { config, database } = invocation;
  const outbound = createOutbound(config.outbound);
  try {
    const { accounts, prove } = await openOfficers(invocation);
    const { initialMode } = config;
    const modes = new ModeStore({ database, initialMode });
    const links = new LinkStore(invocation);
    const evidence = new EvidenceStore(invocation);
    const clients = new ClientStore(invocation);
    const numberNeeds = new NumberNeeds(invocation);
    const shadowing = { accounts, evidence, links, numberNeeds };
    const office = new ModeOffice({
      ...invocation,
      modes,
      plans: new ModePlanStore(invocation),
      peers: new PeerStore(invocation),
      accounts,
      links,
      staffIdOf: officersStaffId(new StaffStore(invocation)),
      look: (peer) => lookAtPeer(outbound, peer),
      demandedLevel: async () => demandedLevel(await clients.list(), config.services),
      shadow: (link, peer) => shadowLinked(shadowing, link, peer),
    });
    const findAccount = (id: string) => accounts.findById(id);
    return await runModeCommand(args, { ...invocation, modes, office, prove, findAccount });
  } finally {
    await outbound.close();
  }
}
