// A clock that runs, and that a test can put forward.
import type { Clock } from '../../src/platform/clock.ts';

export class ShiftedClock implements Clock {
  #shiftMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#shiftMs);
  }

  advance(seconds: number): void {
    this.#shiftMs += seconds * 1000;
  }
}
