// How old somebody is, by the city's calendar.

/** Under this age (years) nobody acts without a guardian (PIPL Art. 31). */
export const GUARDIAN_AGE = 14;

/** Whole years between a birth date (YYYY-MM-DD) and now, by the city's calendar. */
export function ageAt(birthDate: string, now: Date): number {
  const today = cityDate(now);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/** YYYY-MM-DD in the city (UTC+8). */
export function cityDate(now: Date): string {
  return new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}
