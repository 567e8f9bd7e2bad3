/** How long money has been owed. */
import { daysBetween, type PlainDate } from './calendar.ts';

/** In days; the last one has no end. */
export const AGES = ['0-30', '31-60', '61-90', '>90'] as const;
export type Age = (typeof AGES)[number];

const LAST_DAYS: readonly (readonly [last: number, age: Age])[] = [
  [30, '0-30'],
  [60, '31-60'],
  [90, '61-90'],
];

/** The day it was asked for counts as 0. */
export function ageOf(since: PlainDate, on: PlainDate): { readonly days: number; readonly age: Age } {
  const days = Math.max(0, daysBetween(since, on));
  return { days, age: LAST_DAYS.find(([last]) => days <= last)?.[1] ?? '>90' };
}
