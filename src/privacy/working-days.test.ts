// Terms in working days: weekends, holidays, worked weekends, and the day of the country's zone.
import { describe, expect, it } from 'vitest';
import { endOfWorkingDay } from './working-days.ts';

const plain = { off: new Set<string>(), on: new Set<string>() };
const day = (date: Date) => new Date(date.getTime() + 8 * 3_600_000).toISOString();

describe('a term in working days', () => {
  it('counts Monday to Friday, from the day after', () => {
    const monday = new Date('2026-11-23T02:00:00Z');
    expect(day(endOfWorkingDay(monday, 1, plain))).toBe('2026-11-24T23:59:59.000Z');
    expect(day(endOfWorkingDay(monday, 5, plain))).toBe('2026-11-30T23:59:59.000Z');
    expect(day(endOfWorkingDay(monday, 15, plain))).toBe('2026-12-14T23:59:59.000Z');
  });

  it('begins with the day it is here, not in Greenwich', () => {
    const sundayEvening = new Date('2026-11-22T17:00:00Z');
    expect(day(endOfWorkingDay(sundayEvening, 1, plain))).toBe('2026-11-24T23:59:59.000Z');
  });

  it('leaves out holidays and counts worked weekends', () => {
    const friday = new Date('2026-11-27T02:00:00Z');
    const calendar = { off: new Set(['2026-11-30']), on: new Set(['2026-11-28']) };
    expect(day(endOfWorkingDay(friday, 2, calendar))).toBe('2026-12-01T23:59:59.000Z');
  });
});
