// Signed requests to hub and key holder. What goes wrong is a value; a service that keeps failing is left
// alone for some seconds.
import type { Logger } from '../../platform/logger.ts';
import { CircuitBreaker } from '../../platform/circuit-breaker.ts';
import type { Outbound } from '../../platform/outbound.ts';
import { signRequest } from '../signed-request.ts';
import type { RequestSigner } from '../signed-request.ts';

export type ServiceFailure =
  | 'unavailable'
  /** It knows us and does not want to: suspended, or the request is wrong. */
  | 'refused'
  | 'quota'
  /** The epoch is over. */
  | 'gone';

export type ServiceReply = { ok: true; text: string } | { ok: false; reason: ServiceFailure };

const BREAKER = { failures: 5, openMs: 5000 };
const QUICK_MS = 3000;

export interface ServiceClientDependencies extends RequestSigner {
  outbound: Pick<Outbound, 'fetch'>;
  logger: Logger;
}

export class ServiceClient {
  readonly #deps: ServiceClientDependencies;
  readonly #address: string;
  readonly #breaker: CircuitBreaker;

  /** @param address without a slash at the end: also the audience */
  constructor(deps: ServiceClientDependencies, address: string) {
    this.#deps = deps;
    this.#address = address.replace(/\/$/u, '');
    this.#breaker = new CircuitBreaker(deps.clock, BREAKER);
  }

  get address(): string {
    return this.#address;
  }

  async post(path: string, body: object, timeoutMs = QUICK_MS): Promise<ServiceReply> {
    const text = JSON.stringify(body);
    return this.#exchange(path, timeoutMs, async () => {
      const of = { method: 'POST', path, audience: this.#address, body: text };
      const token = await signRequest(this.#deps, of);
      const authorization = `Bearer ${token}`;
      return { method: 'POST', body: text, headers: { ...JSON_TYPES, authorization } };
    });
  }

  get(path: string, timeoutMs = QUICK_MS): Promise<ServiceReply> {
    return this.#exchange(path, timeoutMs, () =>
      Promise.resolve({ headers: { accept: JSON_TYPE } }),
    );
  }

  async #exchange(
    path: string,
    timeoutMs: number,
    request: () => Promise<RequestInit>,
  ): Promise<ServiceReply> {
    if (!this.#breaker.enter()) return { ok: false, reason: 'unavailable' };
    const { outbound, logger } = this.#deps;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const init = { ...(await request()), signal };
      const response = await outbound.fetch(`${this.#address}${path}`, init);
      if (response.status >= 500) throw new Error(`status ${response.status}`);
      this.#breaker.succeeded();
      if (response.ok) return { ok: true, text: await response.text() };
      logger.warn({ path, status: response.status }, 'recognition service refused');
      return { ok: false, reason: REASONS[response.status] ?? 'refused' };
    } catch (error) {
      this.#breaker.failed();
      logger.warn({ path, err: error }, 'recognition service not reached');
      return { ok: false, reason: 'unavailable' };
    }
  }
}

const JSON_TYPE = 'application/json';
const JSON_TYPES = { 'content-type': JSON_TYPE, accept: JSON_TYPE };
const REASONS: Readonly<Record<number, ServiceFailure>> = { 410: 'gone', 429: 'quota' };
