// Keeps this process on the present key set: looks every second whether it has changed, builds a
// new signer from it, and tells the others. Whichever process comes first also takes the steps
// that are due. A poll of one small document, because it is what tells a process that it is cut
// off: a change stream that stays silent cannot.
import type { AuditLog } from '../audit/audit-log.ts';
import { AppError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { LiveProcesses } from '../platform/live-processes-store.ts';
import { repeat } from '../platform/repeat.ts';
import { dueSuccessor, isRemovalDue } from './key-schedule.ts';
import type { KeyPolicy } from './key-schedule.ts';
import { notePublished } from './key-publication.ts';
import { promoteKey, removeOutdatedKeys } from './rotate-signing-keys.ts';
import type { SigningKeyStore } from './signing-key-store.ts';
import { loadSigningKeys } from './signing-keys.ts';
import type { SigningKeySet } from './signing-keys.ts';

interface KeeperDependencies {
  signingKeys: SigningKeyStore;
  processes: Pick<LiveProcesses, 'hasLease' | 'acknowledge' | 'allServersKnow'>;
  audit: AuditLog;
  logger: Logger;
  policy: KeyPolicy;
  currentMs?: number;
}

const POLL_MS = 1000;
// With the lease (10 s) less than the time after which others no longer wait for us (20 s).
const CURRENT_MS = 8000;

export class SigningKeyKeeper {
  readonly #deps: KeeperDependencies;
  #set: SigningKeySet;
  #acknowledged: number | undefined;
  /** Monotonic milliseconds: the set was the present one then. */
  #checkedAt: number;
  #rebuild: (jwks: SigningKeySet['jwks']) => void = () => undefined;
  #polling: ReturnType<typeof repeat> | undefined;

  private constructor(deps: KeeperDependencies, set: SigningKeySet, checkedAt: number) {
    this.#deps = deps;
    this.#set = set;
    this.#checkedAt = checkedAt;
  }

  /** @throws AppError `configuration_invalid` when a key cannot be opened. */
  static async open(deps: KeeperDependencies): Promise<SigningKeyKeeper> {
    const beganAt = performance.now();
    return new SigningKeyKeeper(deps, await loadSigningKeys(deps), beganAt);
  }

  /** Builds a signer from the present keys, and another whenever they have changed. */
  signWith<Signer>(build: (jwks: SigningKeySet['jwks']) => Signer): () => Signer {
    let signer = build(this.#set.jwks);
    this.#rebuild = (jwks) => {
      signer = build(jwks);
    };
    return () => signer;
  }

  /** Builds a signer from the same keys: what else it is made of has changed. */
  renew(): void {
    this.#rebuild(this.#set.jwks);
  }

  /**
   * False when this process may have missed that a key was declared compromised: then it must not
   * sign, and nobody may keep the keys that it publishes.
   */
  isCurrent(): boolean {
    return (
      this.#deps.processes.hasLease() &&
      performance.now() - this.#checkedAt < (this.#deps.currentMs ?? CURRENT_MS)
    );
  }

  /**
   * The published keys with their private parts, of one algorithm the active one first; another
   * object after each change.
   */
  get jwks(): SigningKeySet['jwks'] {
    return this.#set.jwks;
  }

  /** Seconds for which caches may keep the published keys. */
  get maxAgeSeconds(): number {
    return this.#deps.policy.jwksMaxAgeSeconds;
  }

  start(): void {
    const { logger } = this.#deps;
    this.#polling ??= repeat(() => this.check(), {
      name: 'signing keys',
      everyMs: POLL_MS,
      logger,
    });
  }

  async stop(): Promise<void> {
    await this.#polling?.stop();
  }

  /** Takes over the present set, then does what is due. */
  async check(): Promise<void> {
    const beganAt = performance.now();
    // What was read without a lease may have come from a server that is cut off as well.
    const wasLeased = this.#deps.processes.hasLease();
    const { revision, now } = await this.#deps.signingKeys.moment();
    if (revision !== this.#set.revision) await this.#takeOver();
    if (wasLeased) this.#checkedAt = beganAt;
    if (this.#acknowledged !== this.#set.revision) await this.#acknowledge();
    await this.#advance(now);
  }

  async #takeOver(): Promise<void> {
    const { logger } = this.#deps;
    try {
      this.#set = await loadSigningKeys(this.#deps);
    } catch (error) {
      if (error instanceof AppError && error.code === 'configuration_invalid') {
        logger.error({ err: error, ...error.details }, 'signing keys not taken over');
      }
      throw error;
    }
    this.#rebuild(this.#set.jwks);
    logger.info({ revision: this.#set.revision }, 'signing keys taken over');
  }

  async #acknowledge(): Promise<void> {
    const { revision } = this.#set;
    await this.#deps.processes.acknowledge(this.#deps.signingKeys.kind.name, revision);
    this.#acknowledged = revision;
  }

  async #advance(now: Date): Promise<void> {
    const { policy } = this.#deps;
    const deps = { ...this.#deps, actor: 'system' };
    if (await notePublished(this.#deps, this.#set)) {
      const { revision, keys } = await deps.signingKeys.overview();
      if (revision === this.#set.revision) this.#set = withDates(this.#set, keys);
    }
    for (const algorithm of deps.signingKeys.kind.algorithms) {
      const next = dueSuccessor(this.#set.keys, algorithm, { now, policy });
      if (next) await promoteKey(deps, next, policy);
    }
    if (this.#set.keys.some((key) => isRemovalDue(key, now))) await removeOutdatedKeys(deps);
  }
}

function withDates(
  set: SigningKeySet,
  records: readonly { kid: string; publishedAt: Date | undefined }[],
): SigningKeySet {
  const dates = new Map(records.map(({ kid, publishedAt }) => [kid, publishedAt]));
  return {
    ...set,
    keys: set.keys.map((key) => ({ ...key, publishedAt: dates.get(key.kid) })),
  };
}
