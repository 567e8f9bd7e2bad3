import { Temporal } from 'temporal-polyfill';

/** A calendar date in Europe/Rome, `YYYY-MM-DD`. Dates compare as strings. */
export type PlainDate = string & { readonly __brand: 'PlainDate' };
/** Epoch milliseconds. A number, because a Date does not survive a Temporal payload. */
export type Instant = number & { readonly __brand: 'Instant' };

/** Every rule of the service counts days on this calendar, whatever `TZ` a process runs in. */
export const TIME_ZONE = 'Europe/Rome';
const MS_PER_MINUTE = 60_000;

/** Whether it is a day of the years 1 to 9999 (Postgres has no year 0) in the form `YYYY-MM-DD`. */
export function isPlainDate(value: unknown): value is PlainDate {
  if (typeof value !== 'string' || !/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  try {
    return Temporal.PlainDate.from(value).toString() === value;
  } catch {
    return false;
  }
}

/** Reads `YYYY-MM-DD`. Throws a RangeError naming the text when no such day exists. */
export function plainDate(text: string): PlainDate {
  if (!isPlainDate(text)) throw new RangeError(`"${text}" is not a calendar date of the form YYYY-MM-DD.`);
  return text;
}

/** Reads an ISO 8601 instant with offset, e.g. `2027-03-04T09:00:00+01:00`. */
export function instant(text: string): Instant {
  return Temporal.Instant.from(text).epochMilliseconds as Instant;
}

export function addDays(date: PlainDate, days: number): PlainDate {
  return Temporal.PlainDate.from(date).add({ days }).toString() as PlainDate;
}

/** Days from `from` to `until`; negative when `until` comes first. */
export function daysBetween(from: PlainDate, until: PlainDate): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(until), { largestUnit: 'days' }).days;
}

export function dayOfMonth(date: PlainDate): number {
  return Number(date.slice(8));
}

/**
 * Moves a date by whole months on the grid of its billing anchor: the day is the anchor's day, or the
 * month's last where the month is shorter. So 31 January, 28 February, 31 March: the day never drifts.
 */
export function addMonths(date: PlainDate, months: number, anchorDay: number = dayOfMonth(date)): PlainDate {
  const month = Temporal.PlainDate.from(date).with({ day: 1 }).add({ months });
  return month.with({ day: Math.min(anchorDay, month.daysInMonth) }).toString() as PlainDate;
}

/**
 * Whole months from `from`, which lies on the anchor's grid, to `until`, a started month counting whole;
 * 0 when nothing lies between, never 0 when something does.
 */
export function monthsBetween(from: PlainDate, until: PlainDate, anchorDay: number = dayOfMonth(from)): number {
  if (until <= from) return 0;
  const start = Temporal.PlainDate.from(from);
  const end = Temporal.PlainDate.from(until);
  let months = Math.max(1, (end.year - start.year) * 12 + end.month - start.month - 1);
  while (addMonths(from, months, anchorDay) < until) months += 1;
  return months;
}

/** The date in Rome at an instant. */
export function dateAt(at: Instant, timeZone: string = TIME_ZONE): PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString() as PlainDate;
}

/** The instant at which a date (00:00 unless an hour is given) begins in Rome: 23 and 25 hour days included. */
export function instantOf(date: PlainDate, hour = 0, timeZone: string = TIME_ZONE): Instant {
  const time = Temporal.PlainTime.from({ hour });
  return Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime: time }).epochMilliseconds as Instant;
}

export function addMinutes(at: Instant, minutes: number): Instant {
  return (at + minutes * MS_PER_MINUTE) as Instant;
}

/** ISO 8601 with Rome's offset, e.g. `2027-03-04T09:00:00+01:00`: how instants leave the API. */
export function formatInstant(at: Instant): string {
  return Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(TIME_ZONE)
    .toString({ timeZoneName: 'never', smallestUnit: at % 1000 === 0 ? 'second' : 'millisecond' });
}

/** Adds an ISO 8601 duration (`P1Y`, `PT36H`) on Rome's calendar. Throws a RangeError on anything else or on one that moves back. */
export function addDuration(at: Instant, duration: string): Instant {
  const moved = Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(TIME_ZONE)
    .add(Temporal.Duration.from(duration));
  if (moved.epochMilliseconds < at) throw new RangeError(`"${duration}" moves back.`);
  return moved.epochMilliseconds as Instant;
}
