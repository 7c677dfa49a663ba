// How calls to each peer fare, on this process: a peer that keeps failing is left alone for a while, and
// one call from time to time looks whether it is back.
import { CircuitBreaker } from '../platform/circuit-breaker.ts';
import type { BreakerState } from '../platform/circuit-breaker.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { describeOutboundFailure } from '../platform/outbound-failure.ts';

/** Thrown by a call whose answer says that the peer cannot answer: `http_503`. Of closed words. */
export class PeerFailure extends Error {
  override readonly name = 'PeerFailure';
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

export type PeerCallResult<T> =
  | { ok: true; value: T }
  /** `circuit_open`: it was not asked at all. Else what went wrong: `timeout`, `http_503`. */
  | { ok: false; reason: 'circuit_open' | 'failed'; detail: string };

export interface PeerHealthFigures {
  circuit: BreakerState;
  lastSuccessAt: Date | undefined;
  lastFailureAt: Date | undefined;
  /** Of the last failure. */
  failure: string | undefined;
  succeeded: number;
  failed: number;
  /** Calls that were not made. */
  spared: number;
}

const FAILURES = 5;
const OPEN_MS = 30_000;

export class PeerHealth {
  readonly #deps: { clock: Clock; logger: Logger };
  readonly #peers = new Map<string, PeerHealthFigures & { breaker: CircuitBreaker }>();

  constructor(deps: { clock: Clock; logger: Logger }) {
    this.#deps = deps;
  }

  /**
   * Asks a peer, unless it has just failed too often.
   * @param call throws `PeerFailure`, or what `outbound.fetch` throws, where the peer is to blame; an
   * answer that refuses is an answer
   * @throws what else `call` throws: that is ours
   */
  async run<T>(peerId: string, call: () => Promise<T>): Promise<PeerCallResult<T>> {
    const of = this.#of(peerId);
    if (!of.breaker.enter()) {
      of.spared += 1;
      return { ok: false, reason: 'circuit_open', detail: 'circuit_open' };
    }
    try {
      const value = await call();
      of.breaker.succeeded();
      of.succeeded += 1;
      of.lastSuccessAt = this.#deps.clock.now();
      return { ok: true, value };
    } catch (error) {
      const detail = error instanceof PeerFailure ? error.reason : describeOutboundFailure(error);
      if (detail === undefined) {
        of.breaker.left();
        throw error;
      }
      of.breaker.failed();
      of.failed += 1;
      of.lastFailureAt = this.#deps.clock.now();
      of.failure = detail;
      this.#deps.logger.warn({ peer: peerId, failure: detail }, 'peer not available');
      return { ok: false, reason: 'failed', detail };
    }
  }

  /** Of a peer that was not called yet: closed, and nothing else. */
  figures(peerId: string): PeerHealthFigures {
    const { breaker, ...figures } = this.#of(peerId);
    return { ...figures, circuit: breaker.state };
  }

  forget(peerId: string): void {
    this.#peers.delete(peerId);
  }

  #of(peerId: string) {
    const present = this.#peers.get(peerId);
    if (present) return present;
    const breaker = new CircuitBreaker(this.#deps.clock, { failures: FAILURES, openMs: OPEN_MS });
    const made = {
      breaker,
      circuit: breaker.state,
      lastSuccessAt: undefined,
      lastFailureAt: undefined,
      failure: undefined,
      succeeded: 0,
      failed: 0,
      spared: 0,
    };
    this.#peers.set(peerId, made);
    return made;
  }
}
