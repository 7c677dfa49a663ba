// A budget that all processes share, of which each takes a few units in advance: most requests are
// then counted without asking the database. Units are taken before they are spent, so that all
// processes together never spend more than there is; one that ends leaves its few unspent.
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';

/** What one process may hold of a budget. */
const HELD_SHARE = 20;
const MOST_HELD = 200;
const MOST_KEYS = 20_000;

interface Held {
  units: number;
  /** End of the window that the units belong to, epoch milliseconds. */
  until: number;
  /** Close to its end a budget is asked for every unit. */
  isScarce: boolean;
}

type Limiter = Pick<RateLimiterAbstract, 'consume' | 'reward' | 'points'>;

export class SharedBudget {
  readonly #limiter: Limiter;
  readonly #portion: number;
  readonly #held = new Map<string, Held>();
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
      await this.#fetch(key);
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

  /** One portion for all that wait for this key. */
  async #fetch(key: string): Promise<void> {
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const fetched = this.#fetchPortion(key).finally(() => this.#pending.delete(key));
    this.#pending.set(key, fetched);
    return fetched;
  }

  async #fetchPortion(key: string): Promise<void> {
    try {
      const taken = await this.#limiter.consume(key, this.#portion);
      const until = Date.now() + taken.msBeforeNext;
      this.#keep(key, { units: this.#portion, until, isScarce: false });
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      // It does not hold a whole portion any more, but perhaps a unit.
      await this.#limiter.reward(key, this.#portion);
      this.#keep(key, { units: 0, until: Date.now() + refused.msBeforeNext, isScarce: true });
    }
  }

  #keep(key: string, held: Held): void {
    if (this.#held.size >= MOST_KEYS) this.#held.clear();
    this.#held.set(key, held);
  }
}
