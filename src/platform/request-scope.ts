// Which request the running code works for: every log line of a request carries its id, whoever
// writes it and however deep. The one ambient value of this product, and it never decides anything.
import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string>();

export function inRequestScope<T>(requestId: string, work: () => T): T {
  return scope.run(requestId, work);
}

/** Undefined outside a request: at start and in the work beside the requests. */
export function currentRequestId(): string | undefined {
  return scope.getStore();
}
