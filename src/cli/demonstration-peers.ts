// Leads the peers of a demonstration from a file to active, by its two administrators as everywhere but in one
// go: the codes of their authenticators would not last for so many commands within a minute.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { officersStaffId, registrationContext } from '../app/peering.ts';
import { commandAccounts } from '../app/standing.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { createUpstreamAdapters } from '../federation/upstream/upstream-adapters.ts';
import { PeerOffice } from '../peers/peer-office.ts';
import type { PeerOfficer } from '../peers/peer-steps.ts';
import { PeerStore } from '../peers/peer-store.ts';
import { createOutbound } from '../platform/outbound.ts';
import { exitCode } from '../platform/terminal.ts';
import { TERMINAL_ADDRESS } from '../roles/prove-officer.ts';
import { withStores } from './invocation.ts';
import type { Invocation } from './invocation.ts';

const fileSchema = z.object({
  officers: z.object({ system: z.string(), security: z.string() }),
  peers: z.array(z.looseObject({ id: z.string() })),
});

/** `[file]`; what has been led there already, or was suspended since, stays as it is. */
export const leadDemonstrationPeers = withStores(lead);

async function lead([file = '']: readonly string[], invocation: Invocation): Promise<number> {
  const { config, terminal } = invocation;
  if (config.mode !== 'demonstration') return exitCode.refused;
  const outbound = createOutbound(config.outbound);
  try {
    const { office, officer } = openOffice(invocation, outbound);
    const { officers, peers } = fileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    const system = await officer(officers.system);
    const security = await officer(officers.security);
    for (const peer of peers) {
      const refusal = await activate(office, { system, security }, peer);
      if (refusal === undefined) continue;
      terminal.complain(`${peer.id}: ${refusal}`);
      return exitCode.refused;
    }
    return exitCode.done;
  } finally {
    await outbound.close();
  }
}

function openOffice(invocation: Invocation, outbound: ReturnType<typeof createOutbound>) {
  const { config } = invocation;
  const { accounts } = commandAccounts(invocation);
  const adapters = createUpstreamAdapters({ ...invocation, fetch: outbound.fetch });
  const office = new PeerOffice({
    ...invocation,
    accounts,
    peers: new PeerStore(invocation),
    staffIdOf: officersStaffId(new StaffStore(invocation)),
    registration: registrationContext(adapters, config.mode),
  });
  const officer = async (login: string): Promise<PeerOfficer> => {
    const account = await accounts.findByLogin(login, { kind: 'civilServant' });
    if (!account) throw new Error(`the demonstration has no officer ${login}`);
    return { account, address: TERMINAL_ADDRESS };
  };
  return { office, officer };
}

/** @returns why not */
async function activate(
  office: PeerOffice,
  { system, security }: { system: PeerOfficer; security: PeerOfficer },
  input: { id: string },
): Promise<string | undefined> {
  const registered = await office.register(system, input);
  if (!registered.ok) {
    const problems = registered.reason === 'problems' ? registered.problems : [];
    return [registered.reason, JSON.stringify(problems)].join(' ');
  }
  if (registered.record.peer.state !== 'draft') return undefined;
  for (const step of [
    () => office.tested(system, input.id),
    () => office.approve(security, input.id),
    () => office.activate(system, input.id),
  ]) {
    const taken = await step();
    if (!taken.ok) return taken.reason;
  }
  return undefined;
}
