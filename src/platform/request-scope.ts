// Which request the running code works for: every log line and audit record of a request carries its
// id, whoever writes it and however deep. The one ambient value of this product, and it never decides
// anything.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestScope {
  requestId: string;
  /** Of the header, cut off after 300 characters. */
  userAgent: string;
}

const scope = new AsyncLocalStorage<RequestScope>();

export function inRequestScope<T>(request: RequestScope, work: () => T): T {
  return scope.run(request, work);
}

export function currentRequestScope(): RequestScope | undefined {
  return scope.getStore();
}

/** Undefined outside a request: at start and in the work beside the requests. */
export function currentRequestId(): string | undefined {
  return scope.getStore()?.requestId;
}
