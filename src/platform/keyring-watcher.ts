// Keeps the keyring of a running process up with the database, and says so to those who wait for
// it: a rotation goes on only when every live process acts upon the step before.
import type { Keyring } from './crypto.ts';
import { KeyringStore, openKeyring } from './keyring-store.ts';
import type { LiveProcesses } from './live-processes-store.ts';
import type { Logger } from './logger.ts';
import type { Database } from './mongo.ts';
import { repeat } from './repeat.ts';

/** The subject of `LiveProcesses.acknowledge`. */
export const DATA_KEYS = 'dataKeys';

const POLL_MS = 1000;
/** Shorter than the time after which nobody waits for a process that is silent. */
const CURRENT_MS = 10_000;

interface WatcherDependencies {
  keyring: Keyring;
  store: Pick<KeyringStore, 'revision'>;
  processes: Pick<LiveProcesses, 'acknowledge' | 'hasLease'>;
  logger: Logger;
}

export class KeyringWatcher {
  readonly #deps: WatcherDependencies;
  readonly #listeners: (() => Promise<void> | void)[] = [];
  #acknowledged = 0;
  /** Monotonic milliseconds; when the last answer that our keys are the present ones was asked. */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #watch: ReturnType<typeof repeat> | undefined;

  constructor(deps: WatcherDependencies) {
    this.#deps = deps;
    deps.keyring.watchedBy(
      () => deps.processes.hasLease() && performance.now() - this.#confirmedAt < CURRENT_MS,
    );
  }

  /** Work that has to be done before this process may say that it knows the new keys. */
  onChange(listener: () => Promise<void> | void): void {
    this.#listeners.push(listener);
  }

  /** To be awaited before the process serves, and after it has entered the live processes. */
  async check(): Promise<void> {
    const { keyring, store, processes } = this.#deps;
    const askedAt = performance.now();
    // What was read without a lease may have come from a server that is cut off as well.
    const wasLeased = processes.hasLease();
    if ((await store.revision()) > keyring.revision) await keyring.refresh();
    const { revision } = keyring;
    if (revision > this.#acknowledged) {
      for (const listener of this.#listeners) await listener();
      await processes.acknowledge(DATA_KEYS, revision);
      this.#acknowledged = revision;
    }
    if (wasLeased) this.#confirmedAt = askedAt;
  }

  start(): void {
    const { logger } = this.#deps;
    this.#watch ??= repeat(() => this.check(), { name: 'data-keys', everyMs: POLL_MS, logger });
  }

  async stop(): Promise<void> {
    await this.#watch?.stop();
  }
}

/** `masterKeys`: the one in use first. The caller starts and stops the watcher. */
export async function openLiveKeyring(deps: {
  database: Database;
  masterKeys: readonly Buffer[];
  /** Entered before: whoever rotates keys from now on waits for this process. */
  processes: Pick<LiveProcesses, 'acknowledge' | 'hasLease'>;
  logger: Logger;
  now: Date;
}): Promise<{ keyring: Keyring; keyringWatcher: KeyringWatcher }> {
  const keyring = await openKeyring(deps.database, deps.masterKeys, deps.now);
  const keyringWatcher = new KeyringWatcher({ ...deps, keyring, store: new KeyringStore(deps) });
  await keyringWatcher.check();
  return { keyring, keyringWatcher };
}
