// For refusals that anybody can bring about as often as they like: one record of a kind in a minute,
// so that a flood neither fills the log nor costs a write each time. The metrics count all of them.
import type { AuditEvent, AuditLog } from './audit-log.ts';

const MINUTE_MS = 60_000;
const MOST_KINDS = 10_000;

export class SparingLog implements AuditLog {
  readonly #audit: AuditLog;
  /** What was recorded, to the monotonic milliseconds of that. */
  readonly #recordedAt = new Map<string, number>();

  constructor(audit: AuditLog) {
    this.#audit = audit;
  }

  /** Records the event unless this process has recorded the same in the last minute. */
  async record(event: AuditEvent): Promise<void> {
    const kind = JSON.stringify([
      event.type,
      event.actor,
      event.clientId,
      event.address,
      event.reason,
    ]);
    const now = performance.now();
    if (now - (this.#recordedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return;
    this.#recordedAt.delete(kind);
    this.#recordedAt.set(kind, now);
    const [oldest] = this.#recordedAt.keys();
    if (this.#recordedAt.size > MOST_KINDS && oldest !== undefined) {
      this.#recordedAt.delete(oldest);
    }
    await this.#audit.record(event);
  }

  async recordAll(events: readonly AuditEvent[]): Promise<void> {
    for (const event of events) await this.record(event);
  }
}
