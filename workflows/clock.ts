import type { Instant } from '../domain/calendar.ts';

/** What a timer has proved to be past. One life's own: each workflow has its modules to itself. */
let reachedAt = Number.NEGATIVE_INFINITY as Instant;

/**
 * The life's own clock. In workflow code Date is Temporal's: it tells the time of the last workflow task, the same on
 * every replay, and years ahead of the wall where a test clock was moved.
 */
export function now(): Instant {
  // oxlint-disable-next-line no-restricted-globals -- the one place where workflow code reads the time
  return Math.max(Date.now(), reachedAt) as Instant;
}

/**
 * A timer for this instant went off. Where a query makes a worker read a history that ends in the timer, before the task
 * that follows, Date still tells the task before: without this the timer would be set once more there, and nowhere else.
 */
export function reach(at: Instant): void {
  if (at > reachedAt) reachedAt = at;
}

/** Search attributes hold instants as dates. */
export function toDate(at: Instant): Date {
  // oxlint-disable-next-line no-restricted-globals -- no clock is read
  return new Date(at);
}

export function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

export function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
