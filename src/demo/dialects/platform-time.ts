// `yyyyMMddHHmmss` in the time of China, as the platforms write it.

const MOST_APART_MS = 10 * 60_000;

/** Within ten minutes of now. */
export function isTimely(text: string): boolean {
  const [, date, time] = /^(\d{8})(\d{6})$/u.exec(text) ?? [];
  if (date === undefined || time === undefined) return false;
  const iso = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}+08:00`;
  return Math.abs(Date.parse(iso) - Date.now()) <= MOST_APART_MS;
}
