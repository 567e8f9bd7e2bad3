/** Cards end with a month: they are good up to its last day. */
import { addDays, addMonths, daysBetween, plainDate, type PlainDate } from './calendar.ts';
import type { StoredMethod } from './orders.ts';
import { noticeGiven, type Subscription } from './subscription.ts';

/** An expiring card is told this many days before its last day. */
export const CARD_REMINDER_DAYS = 30;

/** The last day of a month written as on cards: `YYYY-MM`. Throws a RangeError where there is no such month. */
export function lastDayOfMonth(month: string): PlainDate {
  return addDays(addMonths(plainDate(`${month}-01`), 1), -1);
}

/** The month of a day, `YYYY-MM`. */
export function monthOf(day: PlainDate): string {
  return day.slice(0, 7);
}

/** Whether a card is past its last day. Never where none is known: PayPal accounts, and cards stored without it. */
export function hasExpired({ validThrough }: { readonly validThrough?: PlainDate | null }, today: PlainDate): boolean {
  return validThrough != null && today > validThrough;
}

/** The card auto-renewal is going to charge, where its last day is known; null while none is. */
export function renewingCard(state: Subscription): Required<StoredMethod> | null {
  const { phase, autoRenewal, method } = state;
  if (phase.status !== 'active' || noticeGiven(state) || !autoRenewal || method?.validThrough === undefined)
    return null;
  return { ...method, validThrough: method.validThrough };
}

/** How near its end that card is; null while there is nothing to say. */
export function cardStanding(state: Subscription, today: PlainDate): 'card_expiring' | 'card_expired' | null {
  const card = renewingCard(state);
  if (card === null) return null;
  if (hasExpired(card, today)) return 'card_expired';
  return daysBetween(today, card.validThrough) <= CARD_REMINDER_DAYS ? 'card_expiring' : null;
}
