// `hutong clients …` on the stores of this database.
import { ClientStore } from '../clients/client-store.ts';
import { runClientsCommand } from '../clients/clients.commands.ts';
import { scopeNames } from '../oidc/claims/claims.ts';
import { ownApiScopes } from '../oidc/claims/own-apis.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { Invocation } from './invocation.ts';

export async function runClients(args: readonly string[], invocation: Invocation): Promise<number> {
  const { config } = invocation;
  const outbound = createOutbound(config.outbound);
  try {
    return await runClientsCommand(args, {
      ...invocation,
      clients: new ClientStore(invocation),
      outbound,
      mode: config.mode,
      knownScopes: [...scopeNames, ...ownApiScopes],
    });
  } finally {
    await outbound.close();
  }
}
