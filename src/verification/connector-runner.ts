// How every source is asked: within its daily budget, past its circuit breaker, with a time limit
// and one repetition. What went wrong comes back as a value: a source that is down is no error.
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import { describeOutboundFailure, neverSent } from '../platform/outbound-failure.ts';
import type { AskingConfig, VerificationSource } from '../platform/verification-config.ts';
import { CircuitBreaker } from '../platform/circuit-breaker.ts';
import type { SourceUsageStore } from './source-usage-store.ts';

/** An answer that contradicts itself or the question. */
export class ContradictoryAnswer extends Error {
  override readonly name = 'ContradictoryAnswer';
}

/** An answer that says that the source cannot tell now. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
}

export type CallFailure =
  | { outcome: 'unavailable'; resultCode: 'budget_used_up' | 'breaker_open' | 'failed' }
  | { outcome: 'contradictory'; resultCode: 'contradictory' };
export type CallResult<T> = { outcome: 'answered'; value: T } | CallFailure;

type Counted = 'answered' | CallFailure['resultCode'];

export interface ConnectorDependencies {
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, 'observe'>;
  usage: SourceUsageStore;
}

const TRIES = 2;
const BREAKER_VALUES = { closed: 0, probing: 1, open: 2 } as const;

export class ConnectorRunner {
  readonly source: VerificationSource;
  readonly #deps: ConnectorDependencies;
  readonly #config: AskingConfig;
  readonly #breaker: CircuitBreaker;
  readonly #counts = new Map<Counted, number>();

  constructor(deps: ConnectorDependencies, source: VerificationSource, config: AskingConfig) {
    this.source = source;
    this.#deps = deps;
    this.#config = config;
    this.#breaker = new CircuitBreaker(deps.clock, config.breaker);
  }

  /** `call` throws ContradictoryAnswer, SourceFailure, or what `outbound.fetch` throws. */
  async run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<CallResult<T>> {
    const result = await this.#run(call);
    const counted = result.outcome === 'answered' ? 'answered' : result.resultCode;
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
    return result;
  }

  async #run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<CallResult<T>> {
    const { usage, logger } = this.#deps;
    if (!this.#breaker.enter()) return { outcome: 'unavailable', resultCode: 'breaker_open' };
    for (let attempt = 1; ; attempt += 1) {
      if (!(await this.#takeBudget(usage))) {
        return { outcome: 'unavailable', resultCode: 'budget_used_up' };
      }
      try {
        const value = await call(AbortSignal.timeout(this.#config.timeoutMs));
        this.#breaker.succeeded();
        return { outcome: 'answered', value };
      } catch (error) {
        const failure = this.#judge(error);
        if (failure.isRepeatable && attempt < TRIES) continue;
        this.#breaker.failed();
        logger.warn({ source: this.source, failure: failure.reason }, 'source not available');
        return error instanceof ContradictoryAnswer
          ? { outcome: 'contradictory', resultCode: 'contradictory' }
          : { outcome: 'unavailable', resultCode: 'failed' };
      }
    }
  }

  async #takeBudget(usage: SourceUsageStore): Promise<boolean> {
    try {
      if (await usage.take(this.source, this.#config)) return true;
      this.#breaker.left();
      return false;
    } catch (error) {
      this.#breaker.left();
      throw error;
    }
  }

  /** @throws the error itself when it is not of the source: it is ours. */
  #judge(error: unknown): { reason: string; isRepeatable: boolean } {
    if (error instanceof ContradictoryAnswer)
      return { reason: 'contradictory', isRepeatable: false };
    if (error instanceof SourceFailure) return { reason: 'cannot_tell', isRepeatable: true };
    const reason = describeOutboundFailure(error);
    if (reason === undefined) {
      this.#breaker.left();
      throw error;
    }
    return { reason, isRepeatable: !neverSent.has(reason) };
  }

  /** Figures of this source, for the observations of open-verification.ts. */
  figures() {
    return {
      source: this.source,
      counts: [...this.#counts],
      breaker: BREAKER_VALUES[this.#breaker.state],
      budgetLeft: async () => {
        const { calls } = await this.#deps.usage.today(this.source);
        return Math.max(0, this.#config.dailyBudget - calls);
      },
    };
  }
}
