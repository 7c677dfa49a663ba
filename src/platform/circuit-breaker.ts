// Stops asking a source or gateway that keeps failing, and lets one call through from time to time to see
// whether it is back. Of this process alone: what others learnt is no reason to stop here.
import type { Clock } from './clock.ts';

export type BreakerState = 'closed' | 'probing' | 'open';

export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #options: { failures: number; openMs: number };
  #failures = 0;
  #openUntil: number | undefined;
  #isProbing = false;

  constructor(clock: Clock, options: { failures: number; openMs: number }) {
    this.#clock = clock;
    this.#options = options;
  }

  get state(): BreakerState {
    if (this.#openUntil === undefined) return 'closed';
    return this.#isProbing ? 'probing' : 'open';
  }

  /** False while it is open; after that true for one call, until that has told how it went. */
  enter(): boolean {
    if (this.#openUntil === undefined) return true;
    if (this.#isProbing || this.#clock.now().getTime() < this.#openUntil) return false;
    this.#isProbing = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = undefined;
    this.#isProbing = false;
  }

  failed(): void {
    this.#failures += 1;
    const isTooMany = this.#isProbing || this.#failures >= this.#options.failures;
    this.#isProbing = false;
    if (isTooMany) this.#openUntil = this.#clock.now().getTime() + this.#options.openMs;
  }

  /** The call was not made after all. */
  left(): void {
    this.#isProbing = false;
  }
}
