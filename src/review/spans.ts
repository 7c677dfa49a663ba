// Spans of time as a reviewer reads them: in the largest whole unit.
import type { SpanView } from './review.views.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** From two days on hours say nothing. */
const DAYS_FROM = 2;

export function spanOf(milliseconds: number): SpanView {
  const span = Math.abs(milliseconds);
  if (span >= DAYS_FROM * DAY_MS) return { unit: 'days', count: Math.floor(span / DAY_MS) };
  if (span >= HOUR_MS) return { unit: 'hours', count: Math.floor(span / HOUR_MS) };
  return { unit: 'minutes', count: Math.floor(span / MINUTE_MS) };
}

/** Until `dueAt`, or since then. */
export function dueSpan(dueAt: Date, now: Date): SpanView & { isOver: boolean } {
  const left = dueAt.getTime() - now.getTime();
  return { ...spanOf(left), isOver: left <= 0 };
}
