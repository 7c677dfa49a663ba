// A budget that all processes share, of which each takes a few units in advance: most requests are
// then counted without asking the database. Of a large budget a process lends the first few itself and
// counts them with the next: who asks for little is not counted at all, and nobody gets more than a
// portion (a twentieth, 200 at most) for each further process beyond what there is, and one more whenever
// 20,000 other keys made this process forget the key. Of a small one units are taken before they
// are spent, so that all processes together never spend more. A process that ends leaves its few unspent.
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { BoundedMap } from '../bounded-map.ts';

/** What one process may hold of a budget. */
const HELD_SHARE = 20;
const MOST_HELD = 200;
const MOST_KEYS = 20_000;
/** From this portion on the first one is lent. */
const LEAST_LENT = 10;

interface Held {
  units: number;
  /** End of the window that the units belong to, epoch milliseconds. */
  until: number;
  /** Close to its end a budget is asked for every unit. */
  isScarce: boolean;
  /** What was given before the shared budget was asked; it is counted when that is. */
  lent: number;
}

type Limiter = Pick<RateLimiterAbstract, 'consume' | 'reward' | 'points' | 'duration'>;

export class SharedBudget {
  readonly #limiter: Limiter;
  readonly #portion: number;
  readonly #held = new BoundedMap<string, Held>(MOST_KEYS);
  readonly #pending = new Map<string, Promise<void>>();

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
    this.#portion = Math.min(MOST_HELD, Math.max(1, Math.floor(limiter.points / HELD_SHARE)));
  }

  /** Spends one unit. Rejects with RateLimiterRes when there is none. */
  async take(key: string): Promise<void> {
    for (;;) {
      const held = this.#heldNow(key);
      if (this.#portion === 1 || held?.isScarce) {
        await this.#limiter.consume(key);
        return;
      }
      if (held && held.units > 0) {
        held.units -= 1;
        return;
      }
      if (held || this.#portion < LEAST_LENT) await this.#fetch(key);
      else this.#lend(key);
    }
  }

  /** After a success: the unit was not spent. */
  async giveBack(key: string): Promise<void> {
    const held = this.#heldNow(key);
    if (held && !held.isScarce) held.units += 1;
    else await this.#limiter.reward(key);
  }

  #heldNow(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held && held.until > Date.now()) return held;
    if (held) this.#held.delete(key);
    return undefined;
  }

  #lend(key: string): void {
    const until = Date.now() + this.#limiter.duration * 1000;
    this.#held.set(key, { units: this.#portion, until, isScarce: false, lent: this.#portion });
  }

  /** One portion for all that wait for this key. */
  async #fetch(key: string): Promise<void> {
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const fetched = this.#fetchPortion(key).finally(() => this.#pending.delete(key));
    this.#pending.set(key, fetched);
    return fetched;
  }

  async #fetchPortion(key: string): Promise<void> {
    const held = this.#heldNow(key);
    const lent = held?.lent ?? 0;
    const units = this.#portion;
    try {
      const taken = await this.#limiter.consume(key, units + lent);
      const until = Date.now() + taken.msBeforeNext;
      this.#held.set(key, { units, until, isScarce: false, lent: 0 });
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      // What was lent is counted now, whatever becomes of the rest.
      if (held) held.lent = 0;
      // It does not hold a whole portion any more, but perhaps a unit.
      await this.#limiter.reward(key, units);
      const until = Date.now() + refused.msBeforeNext;
      this.#held.set(key, { units: 0, until, isScarce: true, lent: 0 });
    }
  }
}
