// What the tests of data-key rotation share: the command as a process that can be killed, a process
// that holds a rotation up, and stores that keep up with the keys as a process of the city does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.ts';
import { AccountStore } from '../../src/accounts/account-store.ts';
import { openAudit } from '../../src/audit/open-audit.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { KeyPurpose } from '../../src/platform/crypto.ts';
import type { PurposeState } from '../../src/platform/keyring-state.ts';
import { KeyringStore } from '../../src/platform/keyring-store.ts';
import { openLiveKeyring } from '../../src/platform/keyring-watcher.ts';
import { LiveProcesses } from '../../src/platform/live-processes-store.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connectDatabase } from '../../src/platform/mongo.ts';
import type { Database } from '../../src/platform/mongo.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { MASTER_KEY } from './storage.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export function commandEnvironment(uri: string): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: 'http://localhost:1',
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: uri,
  };
}

/** `npm run hutong -- data-keys …`, to be killed. */
export function startDataKeys(uri: string, args: readonly string[]) {
  const env = { ...compiled, ...commandEnvironment(uri) };
  const child = spawn(process.execPath, [CLI, 'data-keys', ...args], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    async kill(database: Database): Promise<void> {
      child.kill('SIGKILL');
      await ended;
      // As if the time had passed after which nobody waits for a dead process any more.
      await database.collection('liveProcesses').deleteMany({ pid: child.pid });
      await database.collection('dataKeyRotationLock').deleteMany({});
    },
  };
}

export function stateOf(database: Database, purpose: KeyPurpose): Promise<PurposeState> {
  const store = new KeyringStore({ database, masterKeys: [MASTER_KEY] });
  return store.state().then(({ purposes }) => purposes[purpose]);
}

/** A process that is alive and knows the keys up to a revision. */
export function laggard(database: Database) {
  const processes = database.collection<{ _id: string }>('liveProcesses');
  return {
    async knows(revision: number): Promise<void> {
      const self = { host: 'laggard', pid: 1, release: '0', startedAt: new Date() };
      const seenAt = new Date(Date.now() + 3_600_000);
      const knows = { dataKeys: revision };
      await processes.updateOne(
        { _id: 'laggard' },
        { $set: { ...self, seenAt, knows } },
        { upsert: true },
      );
    },
    async leave(): Promise<void> {
      await processes.deleteOne({ _id: 'laggard' });
    },
  };
}

/** Accounts as a further process of the city would have them. */
export async function liveAccounts(uri: string) {
  const database = await connectDatabase({ uri });
  const logger = createLogger({ level: 'silent', service: 'test' });
  const self = { id: systemRandom.id(), host: 'test', pid: process.pid, release: 'test' };
  const processes = new LiveProcesses({ database, logger, self });
  await processes.enter();
  const now = systemClock.now();
  const masterKeys = [MASTER_KEY];
  const live = await openLiveKeyring({ database, masterKeys, processes, logger, now });
  processes.start();
  live.keyringWatcher.start();
  const tools = { database, keyring: live.keyring, clock: systemClock, random: systemRandom };
  const { audit } = openAudit({ ...tools, logger }, { anchorFiles: [] });
  return {
    keyring: live.keyring,
    accounts: new AccountStore({ ...tools, audit }),
    async stop(): Promise<void> {
      await live.keyringWatcher.stop();
      await processes.stop();
      await database.close();
    },
  };
}
