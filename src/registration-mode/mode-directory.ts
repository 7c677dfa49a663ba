// The construction mode in memory, because every page of a sign-in asks for it. A change made by any
// process arrives within milliseconds by the change stream, and within a second without it.
import type { Peer } from '../peers/peer.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { VersionFollower } from '../platform/version-follower.ts';
import type { ModeRecord, ModeStore } from './mode-store.ts';
import { holdsShadows } from './registration-mode.ts';
import type { ConstructionMode } from './registration-mode.ts';
import type { RegistrationMode } from '../platform/registration-mode-config.ts';

interface ModeDirectoryDependencies {
  modes: Pick<ModeStore, 'changedSince' | 'watch' | 'initial' | 'current'>;
  peers: Pick<PeerDirectory, 'active' | 'find'>;
  logger: Logger;
}

export class ModeDirectory {
  readonly #deps: ModeDirectoryDependencies;
  readonly #follower: VersionFollower<ModeRecord>;
  #present: ConstructionMode;

  constructor(deps: ModeDirectoryDependencies) {
    this.#deps = deps;
    this.#present = deps.modes.initial;
    const apply = (record: ModeRecord) => void (this.#present = record);
    const { logger } = deps;
    this.#follower = new VersionFollower({ source: deps.modes, logger, apply, name: 'mode' });
  }

  /** Reads it. @throws when the database does not answer. */
  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  get mode(): RegistrationMode {
    return this.#present.mode;
  }

  /** The peer that registers, in whatever state; undefined where we do. */
  get province(): Peer | undefined {
    const { provinceId } = this.#present;
    return provinceId === undefined ? undefined : this.#deps.peers.find(provinceId);
  }

  /** The same while people may come from it. */
  get activeProvince(): Peer | undefined {
    const { provinceId } = this.#present;
    return provinceId === undefined ? undefined : this.#deps.peers.active(provinceId, 'upstream');
  }

  /** Whether people of this peer leave no number here, by what this process knows. */
  isOfShadows(peerId: string): boolean {
    return holdsShadows(this.#present) && this.#present.provinceId === peerId;
  }

  /** The same as the transaction has it: what is stored under it fits the mode. */
  async isOfShadowsNow(peerId: string, session: ClientSession): Promise<boolean> {
    const present = await this.#deps.modes.current(session);
    return holdsShadows(present) && present.provinceId === peerId;
  }
}
