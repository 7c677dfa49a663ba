// Keeps a process of the key holder on the present keys: looks every second. A retired key is gone from
// memory within that.
import type { Logger } from '../../platform/logger.ts';
import { repeatedWork } from '../../platform/repeat.ts';
import type { OprfKey } from '../oprf.ts';
import type { RecognitionKeyState } from './recognition-key.ts';
import type { RecognitionKeyStore } from './recognition-key-store.ts';

const POLL_MS = 1000;

interface HeldKey {
  epoch: number;
  state: RecognitionKeyState;
  key: OprfKey;
}

export class RecognitionKeyKeeper {
  readonly #store: Pick<RecognitionKeyStore, 'open'>;
  readonly #polling: ReturnType<typeof repeatedWork>;
  #keys: readonly HeldKey[] = [];

  constructor(deps: { keys: Pick<RecognitionKeyStore, 'open'>; logger: Logger }) {
    this.#store = deps.keys;
    const of = { name: 'recognition keys', everyMs: POLL_MS, logger: deps.logger };
    this.#polling = repeatedWork(() => this.refresh(), of);
  }

  async refresh(): Promise<void> {
    this.#keys = await this.#store.open();
  }

  keyOf(epoch: number): OprfKey | undefined {
    return this.#keys.find((each) => each.epoch === epoch)?.key;
  }

  /** Without one nobody can be looked up. */
  hasActive(): boolean {
    return this.#keys.some(({ state }) => state === 'active');
  }

  /** What is published of them. */
  published(): { epoch: number; state: RecognitionKeyState; public_key: string }[] {
    return this.#keys.map(({ epoch, state, key }) => {
      return { epoch, state, public_key: Buffer.from(key.publicKey).toString('base64url') };
    });
  }

  start(): void {
    this.#polling.start();
  }

  stop(): Promise<void> {
    return this.#polling.stop();
  }
}
