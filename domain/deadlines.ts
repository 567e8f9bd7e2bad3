import { addDays, addMinutes, instantOf, type Instant, type PlainDate } from './calendar.ts';
import { CARD_REMINDER_DAYS, renewingCard } from './cards.ts';
import { isTermOrder, isUnpaid, type OpenOrder } from './orders.ts';
import { expiresOn, hasEnded, noticeGiven, refusedFor, type Subscription } from './subscription.ts';

/** The hour, in Rome, of charges and reminders. */
export const BUSINESS_HOUR = 9;

export type DeadlineKind =
  | 'close_unpaid'
  | 'renewal_reminder'
  | 'auto_renewal_announcement'
  | 'card_expiry_reminder'
  | 'charge'
  | 'ask_gateway_again'
  | 'expire'
  | 'last_call'
  | 'terminate';

export interface Deadline {
  readonly kind: DeadlineKind;
  readonly at: Instant;
  /** Days before (or, for a last call, after) the expiry this is about. */
  readonly days?: number;
}

/**
 * The next thing time alone will bring, and the only source of timers. Taking it always moves on: a change of
 * state removes it, and one-off deadlines count only after `handledThrough`. One-off ones come first in a tie.
 * One that is overdue when it appears, a charge at once for instance, is due now.
 */
export function nextDeadline(state: Subscription): Deadline | null {
  const oneOff = oneOffDeadlines(state).filter((deadline) => deadline.at > state.handledThrough);
  return [...oneOff, ...cardReminders(state), ...standingDeadlines(state)].reduce<Deadline | null>(
    (first, deadline) => (first === null || deadline.at < first.at ? deadline : first),
    null,
  );
}

/** Deadlines with consequences for money or service: money not yet heard of is looked up before they are taken. */
export function isConsequential(deadline: Deadline): boolean {
  return ['close_unpaid', 'charge', 'expire', 'terminate'].includes(deadline.kind);
}

/** The next deadline that changes the service or takes money, for operators: reminders do not count. */
export function nextConsequence(state: Subscription): Deadline | null {
  const candidates = [
    ...oneOffDeadlines(state).filter((deadline) => deadline.at > state.handledThrough),
    ...standingDeadlines(state),
  ];
  return candidates
    .filter(isConsequential)
    .reduce<Deadline | null>((first, deadline) => (first === null || deadline.at < first.at ? deadline : first), null);
}

function standingDeadlines(state: Subscription): Deadline[] {
  if (hasEnded(state))
    return state.attempt?.retryAt == null ? [] : [{ kind: 'ask_gateway_again', at: state.attempt.retryAt }];
  const deadlines: Deadline[] = [];
  if (state.attempt?.retryAt != null) deadlines.push({ kind: 'ask_gateway_again', at: state.attempt.retryAt });
  const expiry = expiresOn(state);
  switch (state.phase.status) {
    case 'awaiting_payment': {
      const first = state.orders[0];
      if (first !== undefined) {
        deadlines.push({
          kind: 'close_unpaid',
          at: instantOf(addDays(first.priced.placedOn, state.settings.firstOrderDays + 1)),
        });
      }
      break;
    }
    case 'active':
      if (expiry !== null) deadlines.push({ kind: noticeGiven(state) ? 'terminate' : 'expire', at: instantOf(expiry) });
      deadlines.push(...standingCharges(state));
      break;
    case 'expired':
      if (expiry !== null)
        deadlines.push({ kind: 'terminate', at: instantOf(addDays(expiry, state.settings.graceDays + 1)) });
      break;
    case 'awaiting_activation':
    case 'activation_failed':
    case 'terminated':
    case 'closed':
      break;
  }
  return deadlines;
}

/** A charge at once, or the first one: it stays due where another charge was under way at its hour, until expiry. */
function standingCharges(state: Subscription): Deadline[] {
  const expiry = expiresOn(state);
  if (!chargeable(state) || expiry === null) return [];
  const at = state.cycle.chargeAt ?? (state.cycle.attempts === 0 ? firstChargeAt(state) : null);
  const end = instantOf(expiry);
  return at === null || at >= end || state.handledThrough >= end ? [] : [{ kind: 'charge', at }];
}

function oneOffDeadlines(state: Subscription): Deadline[] {
  const expiry = expiresOn(state);
  if (expiry === null) return [];
  const { settings } = state;
  const daysBefore = (kind: DeadlineKind, days: number): Deadline => ({
    kind,
    days,
    at: businessHour(addDays(expiry, -days)),
  });
  if (state.phase.status === 'expired') {
    return [{ kind: 'last_call', days: settings.lastCallDay, at: businessHour(addDays(expiry, settings.lastCallDay)) }];
  }
  if (state.phase.status !== 'active' || noticeGiven(state)) return [];
  if (!state.autoRenewal) return settings.reminderDays.map((days) => daysBefore('renewal_reminder', days));
  const isRetrying = mayRetry(state) && state.cycle.chargeAt === null && state.cycle.attempts > 0;
  const retries = isRetrying ? settings.chargeDays.map((days) => daysBefore('charge', days)) : [];
  return [daysBefore('auto_renewal_announcement', settings.announceDays), ...retries];
}

/**
 * One-off too, though a card's end may fall on a day that has deadlines of its own: it comes after those, and counts as
 * taken by what was told, so that neither swallows the other.
 */
function cardReminders(state: Subscription): Deadline[] {
  const card = renewingCard(state);
  if (card === null) return [];
  const at = businessHour(addDays(card.validThrough, -CARD_REMINDER_DAYS));
  const { toldOfCard, handledThrough } = state;
  const isTold = toldOfCard?.methodId === card.methodId && toldOfCard.validThrough === card.validThrough;
  return isTold || at < handledThrough ? [] : [{ kind: 'card_expiry_reminder', at }];
}

function businessHour(day: PlainDate): Instant {
  return instantOf(day, BUSINESS_HOUR);
}

/** Whether auto-renewal may charge at all: on, a method stored, nothing under way, nothing that stopped it. */
export function chargeable(state: Subscription): boolean {
  return (
    state.phase.status === 'active' &&
    !noticeGiven(state) &&
    state.autoRenewal &&
    state.method !== null &&
    state.attempt === null &&
    !state.cycle.orderCancelled &&
    (renewalOrder(state)?.chargesStopped ?? null) === null
  );
}

/** Whether what was declined may be tried again on its days: not on a method that was declined for good. */
export function mayRetry(state: Subscription): boolean {
  return chargeable(state) && refusedFor(state, state.method) === null;
}

/** The unpaid renewal or reactivation order, of which there is at most one. */
export function renewalOrder(state: Subscription): OpenOrder | undefined {
  return state.orders.find((order) => isUnpaid(order) && isTermOrder(order));
}

/** The instant of the first charge for the present expiry. */
export function firstChargeAt(state: Subscription): Instant | null {
  const expiry = expiresOn(state);
  return expiry === null ? null : businessHour(addDays(expiry, -Math.max(...state.settings.chargeDays)));
}

/** When the next charge would come after `now`, were the one at hand declined. */
export function nextChargeOn(state: Subscription, now: Instant): PlainDate | null {
  const expiry = expiresOn(state);
  if (expiry === null || !state.autoRenewal) return null;
  const days = state.settings.chargeDays
    .map((before) => addDays(expiry, -before))
    .filter((day) => businessHour(day) > now);
  return days.toSorted()[0] ?? null;
}

const MAX_BACKOFF_MINUTES = 60;

/** When to ask a silent gateway again: 1, 2, 4 … minutes, an hour at most, and at the turn of expiry in between. */
export function askAgainAt(now: Instant, unanswered: number, chargeUntil: Instant | null): Instant {
  const next = addMinutes(now, Math.min(2 ** Math.min(unanswered, 6), MAX_BACKOFF_MINUTES));
  return chargeUntil !== null && now < chargeUntil && chargeUntil < next ? chargeUntil : next;
}
