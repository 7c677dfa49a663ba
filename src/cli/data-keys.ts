// `hutong data-keys …` on the stores of this database, with every place that holds sealed values.
import { AccountIndexes } from '../accounts/account-index-store.ts';
import { sealedPlaces } from '../app/sealed-places.ts';
import { runDataKeysCommand } from '../data-keys/data-keys.commands.ts';
import { RotationLock } from '../data-keys/rotation-lock-store.ts';
import { masterKeysOf } from '../platform/config.ts';
import { KeyringStore } from '../platform/keyring-store.ts';
import { listLiveProcesses } from '../platform/live-processes-store.ts';
import { createLogger } from '../platform/logger.ts';
import { Resealer } from '../platform/reseal-store.ts';
import type { Invocation } from './invocation.ts';

export function runDataKeys(args: readonly string[], invocation: Invocation): Promise<number> {
  const { config, database, audit, random } = invocation;
  const logger = createLogger({ level: 'silent', service: 'hutong-cli' });
  const keys = new KeyringStore({ database, masterKeys: masterKeysOf(config) });
  return runDataKeysCommand(args, {
    ...invocation,
    keys,
    processes: { list: () => listLiveProcesses(database) },
    resealer: new Resealer(invocation),
    places: sealedPlaces,
    indexes: new AccountIndexes(invocation),
    lock: new RotationLock({ database, logger }),
    holder: random.id(),
    rewrap: () =>
      database.transaction(async (session) => {
        const count = await keys.rewrap(session);
        if (count === 0) return count;
        const details = { count };
        const type = 'keys.data_keys_rewrapped';
        await audit.record({ type, actor: 'operator', result: 'done', details }, session);
        return count;
      }),
  });
}
