// Terms in working days 工作日: Monday to Friday, but for the holidays 国家法定节假日 and with the working
// weekends 调休 that the State Council announces year by year. What was not announced or not configured
// yet counts as an ordinary week; days are those of the country's only zone.

export interface WorkingCalendar {
  /** Dates off, `2027-02-15`. */
  off: ReadonlySet<string>;
  /** Weekends that are worked, `2027-02-14`. */
  on: ReadonlySet<string>;
}

const DAY_MS = 86_400_000;
const ZONE_MS = 8 * 3_600_000;
const SATURDAY = 6;
const SUNDAY = 0;

/** The end of the `count`-th working day after the day of `from`. */
export function endOfWorkingDay(from: Date, count: number, calendar: WorkingCalendar): Date {
  // Midnight of that day in the zone, as if it were UTC.
  let day = Math.floor((from.getTime() + ZONE_MS) / DAY_MS) * DAY_MS;
  for (let left = count; left > 0;) {
    day += DAY_MS;
    if (isWorked(day, calendar)) left -= 1;
  }
  return new Date(day + DAY_MS - ZONE_MS - 1000);
}

function isWorked(day: number, { off, on }: WorkingCalendar): boolean {
  const date = new Date(day);
  const name = date.toISOString().slice(0, 10);
  if (on.has(name)) return true;
  const weekday = date.getUTCDay();
  return weekday !== SATURDAY && weekday !== SUNDAY && !off.has(name);
}
