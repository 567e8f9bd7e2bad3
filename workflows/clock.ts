import type { Instant } from '../domain/calendar.ts';

/**
 * The life's own clock. In workflow code Date is Temporal's: it tells the time of the last workflow task, the same on
 * every replay, and years ahead of the wall where a test clock was moved.
 */
export function now(): Instant {
  // oxlint-disable-next-line no-restricted-globals -- the one place where workflow code reads the time
  return Date.now() as Instant;
}

/** Search attributes hold instants as dates. */
export function toDate(at: Instant): Date {
  // oxlint-disable-next-line no-restricted-globals -- no clock is read
  return new Date(at);
}
