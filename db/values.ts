import type { Instant } from '../domain/calendar.ts';

/**
 * Text as Postgres can hold it. An operator's hand may send anything: NUL and broken surrogate pairs, which neither
 * text nor jsonb take, become U+FFFD, so that no signal can keep a life from being written down.
 */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** A value for a jsonb column. */
export function jsonb(value: unknown): string {
  return JSON.stringify(storableValue(value));
}

/** An instant for a timestamptz column. */
export function timestamp(at: Instant): Date {
  return new Date(at);
}

/** A JSON value with all its text, keys included, made storable. */
export function storableValue<Value>(value: Value): Value {
  return cleaned(value) as Value;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), cleaned(item)]));
  }
  return value;
}
