// `hutong federation …` on the stores of this database. What it makes of a chain it makes by itself: the
// processes that run keep what they know.
import { officersStaffId } from '../app/peering.ts';
import { openSessionEnding } from '../app/session-ending.ts';
import { ClientStore } from '../clients/client-store.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { DenialStore } from '../federation-trust/denial-store.ts';
import { runFederationCommand } from '../federation-trust/federation.commands.ts';
import { SubordinateStore } from '../federation-trust/subordinate-store.ts';
import { TrustAnchorStore } from '../federation-trust/trust-anchor-store.ts';
import { givenAnchors, TrustResolver } from '../federation-trust/trust-resolver.ts';
import { exitCode } from '../platform/terminal.ts';
import { createLogger } from '../platform/logger.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { Invocation } from './invocation.ts';
import { openOfficers } from './officers.ts';

export async function runFederation(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const { config, terminal } = invocation;
  const { federation } = config;
  if (!federation) {
    terminal.complain(terminal.t('federation-trust.command.no_federation'));
    return exitCode.refused;
  }
  const { accounts, prove } = await openOfficers(invocation);
  const outbound = createOutbound(config.outbound);
  const { revocation } = openSessionEnding(invocation);
  const denials = new DenialStore(invocation);
  const resolver = new TrustResolver({
    ...invocation,
    logger: createLogger({ level: 'silent', service: 'hutong-cli' }),
    outbound,
    denials,
    anchors: () => givenAnchors(federation),
    anchorKeys: new TrustAnchorStore(invocation),
    recheckSeconds: federation.recheckSeconds,
  });
  try {
    return await runFederationCommand(args, {
      ...invocation,
      accounts,
      prove,
      config: federation,
      issuer: config.issuer,
      outbound,
      resolver,
      denials,
      subordinates: new SubordinateStore(invocation),
      staffIdOf: officersStaffId(new StaffStore(invocation)),
      denying: {
        ...invocation,
        clients: new ClientStore(invocation),
        endGrants: (clientId) => revocation.revokeOfClient(clientId),
      },
    });
  } finally {
    await outbound.close();
  }
}
