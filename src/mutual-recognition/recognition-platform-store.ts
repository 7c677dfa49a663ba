// The records of platforms: one document each. Read by every request, so each process keeps them in
// memory and looks every second whether they have changed: a suspension takes effect within that.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { ProposedPlatform, RecognitionPlatform } from './recognition-platform.ts';

export const RECOGNITION_PLATFORMS = 'recognitionPlatforms';

interface PlatformDocument extends Omit<RecognitionPlatform, 'id'> {
  _id: string;
  changedAt: Date;
  schemaVersion: 1;
}

interface StoreDependencies {
  database: Database;
  clock: Clock;
  audit: AuditLog;
}

export class RecognitionPlatformStore {
  readonly #deps: StoreDependencies;

  constructor(deps: StoreDependencies) {
    this.#deps = deps;
  }

  async list(): Promise<RecognitionPlatform[]> {
    const found = await this.#platforms.find().sort({ _id: 1 }).toArray();
    return found.map(({ _id: id, names, issuer, jwks, quotas, state }) => {
      return { id, names, issuer, jwks, quotas, state };
    });
  }

  /** A new one is active; one that is suspended stays so. */
  async put({ id, ...content }: ProposedPlatform, session: ClientSession): Promise<void> {
    const $set = { ...content, changedAt: this.#deps.clock.now() };
    const $setOnInsert = { state: 'active' as const, schemaVersion: 1 as const };
    const options = { upsert: true, session };
    await this.#platforms.updateOne({ _id: id }, { $set, $setOnInsert }, options);
  }

  /** False when there is none of this id in another state. */
  async move(
    id: string,
    state: RecognitionPlatform['state'],
    session: ClientSession,
  ): Promise<boolean> {
    const { matchedCount } = await this.#platforms.updateOne(
      { _id: id, state: { $ne: state } },
      { $set: { state, changedAt: this.#deps.clock.now() } },
      { session },
    );
    return matchedCount === 1;
  }

  /** By an operator of the key holder; all or none. */
  async import(platforms: readonly ProposedPlatform[]): Promise<void> {
    const { database, audit } = this.#deps;
    await database.transaction(async (session) => {
      for (const platform of platforms) await this.put(platform, session);
      const events = platforms.map(({ id }) => {
        const type = 'recognition.platform_imported' as const;
        return { type, actor: 'operator', clientId: id, result: 'done' as const };
      });
      await audit.recordAll(events, session);
    });
  }

  /** The same by an operator of the key holder. */
  async setState(id: string, state: RecognitionPlatform['state']): Promise<boolean> {
    const { database, audit } = this.#deps;
    return database.transaction(async (session) => {
      if (!(await this.move(id, state, session))) return false;
      const isSuspended = state === 'suspended';
      const type = isSuspended ? 'recognition.platform_suspended' : 'recognition.platform_resumed';
      await audit.record({ type, actor: 'operator', clientId: id, result: 'done' }, session);
      return true;
    });
  }

  get #platforms() {
    return this.#deps.database.collection<PlatformDocument>(RECOGNITION_PLATFORMS);
  }
}

const POLL_MS = 1000;
/** Longer than some missed looks, shorter than a suspension may take. */
const CURRENT_MS = 4500;

/** The platforms as this process knows them. */
export class RecognitionPlatforms {
  readonly #store: Pick<RecognitionPlatformStore, 'list'>;
  readonly #polling: ReturnType<typeof repeatedWork>;
  #platforms: ReadonlyMap<string, RecognitionPlatform> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(deps: { platforms: Pick<RecognitionPlatformStore, 'list'>; logger: Logger }) {
    this.#store = deps.platforms;
    const of = { name: 'recognition platforms', everyMs: POLL_MS, logger: deps.logger };
    this.#polling = repeatedWork(() => this.refresh(), of);
  }

  async refresh(): Promise<void> {
    const beganAt = performance.now();
    const known = this.#platforms;
    const listed = (await this.#store.list()).map((platform) => {
      const former = known.get(platform.id);
      // The same object as long as it is the same: keys made of it are remembered.
      const isSame = former && JSON.stringify(former) === JSON.stringify(platform);
      return [platform.id, isSame ? former : platform] as const;
    });
    this.#platforms = new Map(listed);
    this.#readAt = beganAt;
  }

  /** False when a suspension may have been missed: then nobody is served. */
  isCurrent(): boolean {
    return performance.now() - this.#readAt < CURRENT_MS;
  }

  get(id: string): RecognitionPlatform | undefined {
    return this.#platforms.get(id);
  }

  all(): RecognitionPlatform[] {
    return [...this.#platforms.values()];
  }

  start(): void {
    this.#polling.start();
  }

  stop(): Promise<void> {
    return this.#polling.stop();
  }
}
