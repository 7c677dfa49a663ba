// However many questions a dialect has to ask, the person who waits is answered within a limit.
import type { UpstreamAdapter } from '../upstream-identity.ts';
import { failed } from './upstream-failure.ts';

/** Below what browsers and proxies in front of us wait for. */
const MOST_MS = 10_000;

export function withTimeLimit(adapter: UpstreamAdapter, mostMs = MOST_MS): UpstreamAdapter {
  const late = { ...failed('unavailable', 'timeout'), reason: 'unavailable' } as const;
  return {
    ...adapter,
    begin: (of, request) => within(mostMs, adapter.begin(of, request), late),
    complete: (of, request, callback) =>
      within(mostMs, adapter.complete(of, request, callback), late),
    signOutPage: (of, session) => within(mostMs, adapter.signOutPage(of, session), undefined),
  };
}

/** What is under way ends by its own limits; its answer is nobody's any more. */
export async function within<T>(mostMs: number, work: Promise<T>, late: T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(resolve, mostMs, late);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
