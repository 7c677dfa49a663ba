// All peers in memory, because they are asked for on every page of a sign-in. A suspension made by any
// process arrives within milliseconds by the change stream, and within a second without it; a process
// that cannot read the database any more knows of no peer at all after five.
import type { Logger } from '../platform/logger.ts';
import { VersionFollower } from '../platform/version-follower.ts';
import type { Peer, PeerRole, PeerSecrets } from './peer.ts';
import type { PeerRecord } from './peer-record.ts';
import type { PeerStore } from './peer-store.ts';

export interface PeerDirectoryDependencies {
  peers: Pick<PeerStore, 'changedSince' | 'watch' | 'findLatest'>;
  logger: Logger;
  pollMs?: number;
  /** Milliseconds that only go forward. */
  uptime?: () => number;
}

/** Undefined before: new to this process. Undefined after: removed. */
export interface PeerDifference {
  before: Peer | undefined;
  after: Peer | undefined;
}

/** The promise of the kill switch. */
export const KNOWN_FOR_MS = 5000;

export class PeerDirectory {
  readonly #deps: PeerDirectoryDependencies;
  readonly #records = new Map<string, PeerRecord>();
  readonly #byClient = new Map<string, PeerRecord>();
  readonly #listeners = new Set<(difference: PeerDifference) => void>();
  readonly #follower: VersionFollower<PeerRecord>;

  constructor(deps: PeerDirectoryDependencies) {
    this.#deps = deps;
    const { logger, pollMs, uptime } = deps;
    const apply = (record: PeerRecord) => this.#apply(record);
    const following = { source: deps.peers, logger, pollMs, uptime };
    this.#follower = new VersionFollower({ ...following, apply, name: 'peers' });
  }

  /** Reads all peers. @throws when the database does not answer. */
  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Brings this process up to date now, also with what was written while it was reading. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  /** Whether the database was read in the last five seconds; if not, no peer is active here. */
  get isFresh(): boolean {
    return this.#follower.ageMs <= KNOWN_FOR_MS;
  }

  /** In whatever state, sorted by id. */
  all(): Peer[] {
    const peers = [...this.#records.values()].map(({ peer }) => peer);
    return peers.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** In whatever state. */
  find(id: string): Peer | undefined {
    return this.#records.get(id)?.peer;
  }

  /** What may be talked to now, in this role, sorted by id. */
  allActive(role: PeerRole): Peer[] {
    if (!this.isFresh) return [];
    return this.all().filter((peer) => isActiveAs(peer, role));
  }

  /** For pages and for what can be taken back; what stays asks `requireActive`. */
  active(id: string, role: PeerRole): Peer | undefined {
    const peer = this.isFresh ? this.find(id) : undefined;
    return peer && isActiveAs(peer, role) ? peer : undefined;
  }

  /**
   * The peer as the database has it at this moment: what is asked before something comes of its word.
   * @throws when the database does not answer
   */
  async requireActive(id: string, role: PeerRole): Promise<Peer | undefined> {
    const record = await this.#deps.peers.findLatest(id);
    if (!record || record.isRemoved || !isActiveAs(record.peer, role)) return undefined;
    return record.peer;
  }

  /**
   * Whether this client stands for a peer that takes people from us and is not active: it was once, so
   * that nobody takes a client out of use by writing its name into a draft.
   */
  stops(clientId: string): boolean {
    const record = this.#byClient.get(clientId);
    if (!record) return false;
    const wasActive = record.activated !== undefined || record.peer.state === 'active';
    return wasActive && !(this.isFresh && isActiveAs(record.peer, 'downstream'));
  }

  /** All those clients. */
  stoppedClients(): string[] {
    return [...this.#byClient.keys()].filter((clientId) => this.stops(clientId));
  }

  /** Ours at this peer; none when it is unknown. */
  secretsOf(id: string): PeerSecrets {
    return this.#records.get(id)?.secrets ?? {};
  }

  /**
   * Called on this process for each change of a peer from now on, by whichever process; must not throw.
   * @returns ends it
   */
  onChange(listener: (difference: PeerDifference) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #apply(record: PeerRecord): void {
    const { id } = record.peer;
    const before = this.find(id);
    for (const clientId of before?.clients ?? []) this.#byClient.delete(clientId);
    if (record.isRemoved) this.#records.delete(id);
    else this.#records.set(id, record);
    if (!record.isRemoved) for (const name of record.peer.clients) this.#byClient.set(name, record);
    const after = this.find(id);
    for (const listener of this.#listeners) listener({ before, after });
  }
}

function isActiveAs({ state, roles }: Peer, role: PeerRole): boolean {
  return state === 'active' && roles.includes(role);
}
