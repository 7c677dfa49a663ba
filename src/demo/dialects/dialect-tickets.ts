// What a browser carries between the two sides: unguessable, good once, for five minutes.
import { randomBytes } from 'node:crypto';
import type { DialectFaultMode } from './dialect-faults.ts';

const LIFETIME_MS = 5 * 60_000;
const MOST_KEPT = 1000;

export class DialectTickets<T> {
  readonly #kept = new Map<string, { value: T; until: number }>();
  readonly #mode: () => DialectFaultMode;

  constructor(mode: () => DialectFaultMode = () => 'none') {
    this.#mode = mode;
  }

  issue(value: T): string {
    const ticket = randomBytes(18).toString('base64url');
    if (this.#mode() === 'usedTicket') return ticket;
    this.#kept.set(ticket, { value, until: Date.now() + LIFETIME_MS });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return ticket;
  }

  /** Undefined for one that is unknown, used or too old. */
  redeem(ticket: string): T | undefined {
    const kept = this.#kept.get(ticket);
    if (this.#mode() !== 'replayAllowed') this.#kept.delete(ticket);
    return kept && Date.now() < kept.until ? kept.value : undefined;
  }

  /** Without using it up. */
  find(ticket: string): T | undefined {
    const kept = this.#kept.get(ticket);
    return kept && Date.now() < kept.until ? kept.value : undefined;
  }
}
