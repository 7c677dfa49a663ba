// Which events of peers took effect here: each name counts once, also for two processes at one moment, and
// one whose effect failed counts when it comes again.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';

export const RECEIVED_EVENTS = 'receivedEvents';

interface ReceivedDocument {
  _id: string;
  isDone: boolean;
  /** Nobody else takes it before, unless it is done. */
  heldUntil: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

const HELD_SECONDS = 30;
/** Longer than any event is accepted after it was made. */
export const REMEMBERED_SECONDS = 33 * 86_400;

/** `busy`: another request is at it. */
export type Begun = 'begun' | 'done' | 'busy';

export class ReceivedEventStore {
  readonly #deps: { database: Database; keyring: Pick<Keyring, 'mac'>; clock: Clock };

  constructor(deps: { database: Database; keyring: Pick<Keyring, 'mac'>; clock: Clock }) {
    this.#deps = deps;
  }

  async begin(key: string): Promise<Begun> {
    const { clock } = this.#deps;
    const heldUntil = secondsFromNow(clock, HELD_SECONDS);
    const expiresAt = secondsFromNow(clock, REMEMBERED_SECONDS);
    const _id = this.#idOf(key);
    const content = { isDone: false, heldUntil, expiresAt, schemaVersion: 1 } as const;
    try {
      await this.#events.insertOne({ _id, ...content });
      return 'begun';
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    // Whoever began it may have died.
    const filter = { _id, isDone: false, heldUntil: { $lte: clock.now() } };
    const taken = await this.#events.updateOne(filter, { $set: { heldUntil } });
    if (taken.matchedCount === 1) return 'begun';
    const known = await this.#events.findOne({ _id });
    return known?.isDone === true ? 'done' : 'busy';
  }

  async done(key: string): Promise<void> {
    await this.#events.updateOne({ _id: this.#idOf(key) }, { $set: { isDone: true } });
  }

  /** Its effect failed: it may come again at once. */
  async letGo(key: string): Promise<void> {
    await this.#events.deleteOne({ _id: this.#idOf(key), isDone: false });
  }

  #idOf(key: string): string {
    // By one key for good: what was received before a rotation must not count again after it.
    return this.#deps.keyring.mac('pairwise', 'received-event', key).toString('base64url');
  }

  get #events() {
    return this.#deps.database.collection<ReceivedDocument>(RECEIVED_EVENTS);
  }
}
