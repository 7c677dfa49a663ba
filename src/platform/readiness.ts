// Whether this process should be given requests. Asked by what stands in front; the answer names
// closed reasons and nothing of the inside.
export interface ReadinessReport {
  isReady: boolean;
  /** `draining`, or the names of the checks that failed. */
  reasons: readonly string[];
}

/** Reason → whether that is in order. What throws or takes too long is not. */
export type ReadinessChecks = Readonly<Record<string, () => boolean | Promise<boolean>>>;

// As long as a process's lease: when the database is late for everybody, all would step aside at once
// and nobody would be left to answer those whom it lets through.
const CHECK_TIMEOUT_MS = 10_000;
/** Probes of many neighbours must not become a load on the database. */
const FRESH_MS = 250;
/** So long the last result still counts while the checks run anew: probes are impatient. */
const VALID_MS = 10_000;

export class Readiness {
  readonly #checks: ReadinessChecks;
  #isDraining = false;
  #isLeaving = false;
  readonly #timeoutMs: number;
  #last: { at: number; reasons: readonly string[] } | undefined;
  #running: Promise<readonly string[]> | undefined;

  constructor(checks: ReadinessChecks, { timeoutMs = CHECK_TIMEOUT_MS } = {}) {
    this.#checks = checks;
    this.#timeoutMs = timeoutMs;
  }

  /** From now on nobody should send more; what comes all the same is answered. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Others take over without anybody in front noticing: only connections should move. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Clients should come back on another connection. */
  get isEnding(): boolean {
    return this.#isDraining || this.#isLeaving;
  }

  async report(): Promise<ReadinessReport> {
    if (this.#isDraining) return { isReady: false, reasons: ['draining'] };
    const reasons = await this.#failing();
    return { isReady: reasons.length === 0, reasons };
  }

  async #failing(): Promise<readonly string[]> {
    const age = this.#last ? performance.now() - this.#last.at : Number.POSITIVE_INFINITY;
    if (this.#last && age < FRESH_MS) return this.#last.reasons;
    this.#running ??= this.#check().finally(() => {
      this.#running = undefined;
    });
    return this.#last && age < VALID_MS ? this.#last.reasons : this.#running;
  }

  async #check(): Promise<readonly string[]> {
    const results = await Promise.all(
      Object.entries(this.#checks).map(async ([reason, check]) =>
        (await this.#passes(check)) ? [] : [reason],
      ),
    );
    const reasons = results.flat();
    this.#last = { at: performance.now(), reasons };
    return reasons;
  }

  async #passes(check: ReadinessChecks[string]): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(() => resolve(false), this.#timeoutMs);
    try {
      return await Promise.race([Promise.resolve().then(check), late]);
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
