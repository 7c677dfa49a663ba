// `hutong keys …` on the stores of this database and the processes that run on it.
import { runKeysCommand } from '../keys/keys.commands.ts';
import { keyPolicyOf } from '../keys/key-schedule.ts';
import { SigningKeyStore } from '../keys/signing-key-store.ts';
import { listServers, listSilentServers } from '../platform/live-processes-store.ts';
import { confirmAtTerminal } from '../platform/terminal.ts';
import type { Invocation } from './invocation.ts';

export function runKeys(args: readonly string[], invocation: Invocation): Promise<number> {
  const { config, database } = invocation;
  return runKeysCommand(args, {
    ...invocation,
    open: (kind) => ({
      signingKeys: new SigningKeyStore(invocation, kind),
      policy: keyPolicyOf(kind, config),
    }),
    processes: {
      list: () => listServers(database),
      listSilent: () => listSilentServers(database),
    },
    confirm: confirmAtTerminal,
  });
}
