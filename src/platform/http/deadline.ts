// Every request is answered in bounded time. What hangs on something that stands still is given up
// towards the caller; whether it took effect is then unknown, and the answer says so.
import { AppError } from '../errors.ts';
import type { HttpMiddleware } from './context.ts';

/** Milliseconds; clients and proxies wait longer than this. */
const LIMIT_MS = 10_000;

/** @throws AppError `timed_out` when what follows has not ended by then. */
export function requestDeadline({ limitMs = LIMIT_MS }: { limitMs?: number } = {}): HttpMiddleware {
  return async (ctx, next) => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const begin = (ms: number) => setTimeout(() => reject(new AppError('timed_out')), ms);
    let timer = begin(limitMs);
    const restartDeadline = (ms: number) => {
      clearTimeout(timer);
      timer = begin(ms);
    };
    // As in `addMethods` (context.ts): not a function right behind the `=`.
    ctx.state.restartDeadline = restartDeadline;
    try {
      await Promise.race([next(), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Nothing is decided by a clock that is wrong. @throws AppError `clock_wrong`. */
export function rightClock({ isClockRight }: { isClockRight: () => boolean }): HttpMiddleware {
  return async (_ctx, next) => {
    if (!isClockRight()) throw new AppError('clock_wrong');
    await next();
  };
}
