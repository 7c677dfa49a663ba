// What a receiver's answer, or that there was none, means for a delivery (outbox-worker.ts).
import { describeOutboundFailure, neverSent } from './outbound-failure.ts';
import type { DeliveryResult } from './outbox-worker.ts';

/** Request Timeout, Too Early, Too Many Requests: client errors that time heals. */
const TEMPORARY: ReadonlySet<number> = new Set([408, 425, 429]);

/** Of an answer that is no success: who refuses is asked again, but more seldom. */
export function judgeRefusal(status: number): DeliveryResult {
  const isRefusal = status >= 400 && status < 500 && !TEMPORARY.has(status);
  return { outcome: isRefusal ? 'retry_slowly' : 'retry', result: `http_${status}` };
}

/** @throws the error again when it did not come from the exchange with the receiver. */
export function judgeFailure(error: unknown): DeliveryResult {
  const failure = describeOutboundFailure(error);
  if (failure === undefined) throw error;
  if (neverSent.has(failure)) return { outcome: 'refused', result: failure };
  const isAnswer = failure === 'redirect_not_followed' || failure === 'body_too_large';
  return { outcome: isAnswer ? 'retry_slowly' : 'retry', result: failure };
}
