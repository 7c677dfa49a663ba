// `hutong keys …` on the stores of this database and the processes that run on it.
import { runKeysCommand } from '../keys/keys.commands.ts';
import { SigningKeyStore } from '../keys/signing-key-store.ts';
import { listServers, listSilentServers } from '../platform/live-processes-store.ts';
import { confirmAtTerminal } from '../platform/terminal.ts';
import type { Invocation } from './invocation.ts';

export function runKeys(args: readonly string[], invocation: Invocation): Promise<number> {
  const { config, database } = invocation;
  return runKeysCommand(args, {
    ...invocation,
    signingKeys: new SigningKeyStore(invocation),
    policy: config.signingKeys,
    processes: {
      list: () => listServers(database),
      listSilent: () => listSilentServers(database),
    },
    confirm: confirmAtTerminal,
  });
}
