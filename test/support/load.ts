// A running load: each lane does its work over and over, and nothing that fails is lost.
import { setTimeout as delay } from 'node:timers/promises';

/** Leaves time for what is tested beside it. */
const PACE_MS = 60;

export class Load {
  readonly failures: string[] = [];
  /** What was done → by which keys, in their order. */
  readonly kids = new Map<string, Set<string>>();
  requests = 0;
  #isOver = false;
  readonly #lanes: Promise<void>[] = [];

  /** Does it again and again until the end; what it throws is a failure. */
  lane(work: () => Promise<void>): void {
    this.#lanes.push(
      (async () => {
        while (!this.#isOver) {
          try {
            await work();
            this.requests += 1;
          } catch (error) {
            this.failures.push(String(error));
          }
          await delay(PACE_MS);
        }
      })(),
    );
  }

  note(what: string, kid: string): void {
    this.kids.set(what, (this.kids.get(what) ?? new Set()).add(kid));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }
}
