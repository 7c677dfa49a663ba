// From when until when a mandate counts, by the limits that the city has set.
import type { MandateLimits } from '../platform/mandates-config.ts';
import type { MandateScope } from './mandate.ts';

/** What is offered to somebody, beside the role. */
export interface OfferedTerms extends MandateScope {
  /** Absent: from the day it is accepted. */
  startsAt?: Date | undefined;
  /** Absent for administrators, and for one use only, which is counted in hours. */
  expiresAt?: Date | undefined;
  isSingleUse?: boolean | undefined;
  maySubdelegate?: boolean | undefined;
  /** The mandate that it is passed on from. */
  parentId?: string | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The city's (UTC+8). */
const ZONE_MS = 8 * HOUR_MS;

/** @param day YYYY-MM-DD in the city */
export function startOfDay(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) - ZONE_MS);
}

/** The instant at which this day is over. */
export function endOfDay(day: string): Date {
  return new Date(startOfDay(day).getTime() + DAY_MS);
}

/** The last day (YYYY-MM-DD) of a term that ends at this instant. */
export function lastDayOf(expiresAt: Date): string {
  return new Date(expiresAt.getTime() - 1 + ZONE_MS).toISOString().slice(0, 10);
}

/** As people read it: what ends with a day ends in its last minute, not at 00:00 of the next. */
export function shownEnd(expiresAt: Date): Date {
  const isEndOfDay = (expiresAt.getTime() + ZONE_MS) % DAY_MS === 0;
  return isEndOfDay ? new Date(expiresAt.getTime() - MINUTE_MS) : expiresAt;
}

/** @param day YYYY-MM-DD */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Undefined when nothing would be left of it. */
export function termFrom(
  terms: OfferedTerms,
  { now, limits }: { now: Date; limits: MandateLimits },
): { since: Date; expiresAt?: Date; warnAt?: Date } | undefined {
  const { startsAt, isSingleUse } = terms;
  const since = startsAt && startsAt > now ? startsAt : now;
  const hours = new Date(since.getTime() + limits.singleUseHours * HOUR_MS);
  const isShorter = !terms.expiresAt || hours < terms.expiresAt;
  const expiresAt = isSingleUse && isShorter ? hours : terms.expiresAt;
  if (!expiresAt) return { since };
  if (expiresAt <= since) return undefined;
  const warnAt = isSingleUse ? undefined : warningOf({ since, expiresAt }, limits);
  return { since, expiresAt, ...(warnAt ? { warnAt } : {}) };
}

/** A term that is hardly longer than the warning needs none. */
export function warningOf(
  { since, expiresAt }: { since: Date; expiresAt: Date },
  { warningDays }: Pick<MandateLimits, 'warningDays'>,
): Date | undefined {
  const warnAt = new Date(expiresAt.getTime() - warningDays * DAY_MS);
  const isWorth = warningDays > 0 && warnAt.getTime() - since.getTime() >= DAY_MS;
  return isWorth ? warnAt : undefined;
}
