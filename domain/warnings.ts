/** Advice that comes with a quote: never a refusal. */
import { daysBetween, type PlainDate } from './calendar.ts';

/**
 * `registered_late`: the guide asks for payment 15 days before expiry. `reactivation_ends_soon`: the same before the last
 * day on which a payment can still be registered to bring the service back.
 */
export type QuoteWarning = 'registered_late' | 'reactivation_ends_soon' | 'co_term_not_offered';
export const ADVISED_DAYS_BEFORE_EXPIRY = 15;

/** A bank transfer or postal slip ordered today may be registered too late. Unknown days of grace: nothing is said of them. */
export function lateWarnings(
  type: 'renewal' | 'reactivation',
  { today, expiry, graceDays }: { today: PlainDate; expiry: PlainDate | null; graceDays: number | undefined },
): QuoteWarning[] {
  if (expiry === null) return [];
  const daysToExpiry = daysBetween(today, expiry);
  if (type === 'renewal') return daysToExpiry < ADVISED_DAYS_BEFORE_EXPIRY ? ['registered_late'] : [];
  const endsSoon = graceDays !== undefined && daysToExpiry + graceDays < ADVISED_DAYS_BEFORE_EXPIRY;
  return endsSoon ? ['reactivation_ends_soon'] : [];
}
