// Whether this process should be given requests. Asked by what stands in front; the answer names
// closed reasons and nothing of the inside.
export interface ReadinessReport {
  isReady: boolean;
  /** `draining`, or the names of the checks that failed. */
  reasons: readonly string[];
}

/** Reason → whether that is in order. What throws or takes too long is not. */
export type ReadinessChecks = Readonly<Record<string, () => boolean | Promise<boolean>>>;

const CHECK_TIMEOUT_MS = 2000;
/** Probes of many neighbours must not become a load on the database. */
const FRESH_MS = 250;

export class Readiness {
  readonly #checks: ReadinessChecks;
  #isDraining = false;
  #isLeaving = false;
  #last: { at: number; reasons: Promise<readonly string[]> } | undefined;

  constructor(checks: ReadinessChecks) {
    this.#checks = checks;
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
    const now = performance.now();
    if (!this.#last || now - this.#last.at > FRESH_MS) {
      this.#last = { at: now, reasons: failingChecks(this.#checks) };
    }
    return this.#last.reasons;
  }
}

async function failingChecks(checks: ReadinessChecks): Promise<string[]> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([reason, check]) => ((await passes(check)) ? [] : [reason])),
  );
  return results.flat();
}

async function passes(check: ReadinessChecks[string]): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
