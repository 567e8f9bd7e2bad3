/**
 * What a customer is told of each event. Money and service are two things: `payment_received` and `charged` speak of the
 * money, `activation`, `renewed` and `upgrade_active` of the service it paid for. What the customer did in one step is
 * confirmed in one message: removing the method or giving notice also switches auto-renewal off, and their message says so.
 */
import { dateAt } from './calendar.ts';
import type { Interval } from './entitlements.ts';
import type { Event } from './events.ts';
import type { Item, Message, MessageKind, MessageOf, Payloads } from './messagePayloads.ts';
import { dueMinor, isPayable, isUnpaid, type OpenOrder } from './orders.ts';
import { expiresOn, findOrder, hasEnded, refusedFor, type Subscription } from './subscription.ts';

export type { Message, MessageKind } from './messagePayloads.ts';

/**
 * The messages an event gives rise to.
 *
 * @param after the state the event's decision led to; later events of the same decision are already in it.
 */
export function messagesFor(event: Event, after: Subscription): Message[] {
  const told = messageFor(event, after);
  return told === null ? [] : [told];
}

function messageFor(event: Event, after: Subscription): Message | null {
  switch (event.type) {
    case 'OrderPlaced':
      return event.order.origin === 'auto_renewal' ? null : orderConfirmed(event, event.order);
    case 'PaymentApplied':
      return paymentApplied(event, after);
    case 'PaymentCredited': {
      if (event.reason !== 'paid_twice') return null;
      const { number, amountMinor } = event;
      return message(event, 'payment_received', event.key, { number, amountMinor, creditedMinor: amountMinor });
    }
    case 'PaymentReversed':
      return paymentReturned(event, after);
    case 'OrderCompleted':
      return event.orderType === 'upgrade' ? upgradeActive(event) : null;
    case 'ServiceExtended': {
      const { number, orderType, revived } = event;
      if (orderType === 'upgrade') return null;
      return message(event, 'renewed', number, { number, orderType, expiresOn: event.expiresOn, revived });
    }
    case 'OrderReversed': {
      const { number, creditedMinor } = event;
      return message(event, 'activation_abandoned', '', { number, creditedMinor, closedOn: dateAt(event.at) });
    }
    case 'RefundMade':
      return refundMade(event, after);
    case 'Activated': {
      const { username, granted } = event;
      return message(event, 'activation', '', { username, items: itemsOf(granted), expiresOn: event.expiresOn });
    }
    case 'Expired':
    case 'LastCallDue':
    case 'Terminated':
    case 'Closed':
    case 'NoticeGiven':
      return lifeMessage(event, after);
    case 'AutoRenewalSwitched':
    case 'PaymentMethodSet':
    case 'PaymentMethodRemoved':
      return settingChanged(event, after);
    case 'RenewalReminderDue':
    case 'AutoRenewalAnnounced':
    case 'CardExpiryReminderDue':
      return reminder(event, after);
    case 'ChargeSucceeded':
    case 'ChargeDeclined':
    case 'ChargeNeedsCustomer':
      return chargeMessage(event, after);
    case 'OrderCancelled':
    case 'PaymentReceived':
    case 'PaymentUnmatched':
    case 'SurplusCredited':
    case 'PaymentConflictNoted':
    case 'SignalRejected':
    case 'CommitmentRegistered':
    case 'OrderSettled':
    case 'ActivationRequested':
    case 'ActivationFailed':
    case 'UsageReported':
    case 'ChargeStarted':
    case 'ChargeUnresolved':
    case 'ChargeResumed':
    case 'ChargeNotMade':
    case 'ChargesStopped':
      return null;
  }
}

type EventOf<T extends Event['type']> = Event & { readonly type: T };

function message<K extends MessageKind>(event: Event, kind: K, occasion: string, facts: Payloads[K]): MessageOf<K> {
  return {
    kind,
    occasion: occasion === '' ? kind : `${kind}:${occasion}`,
    payload: facts,
  };
}

function itemsOf(intervals: readonly Interval[]): Item[] {
  return intervals.map(({ sku, quantity, from, until }) => ({ sku, quantity, from, until }));
}

function orderConfirmed(event: Event, { number, priced }: OpenOrder): Message {
  const { content, placedOn, netMinor, vatPercent, vatMinor, splitPayment, payableMinor } = priced;
  return message(event, 'order_confirmed', number, {
    number,
    orderType: content.type,
    placedOn,
    years: content.type === 'upgrade' ? null : content.years,
    lines: priced.lines.map(({ sku, quantity, from, until, months, netMinor: lineMinor }) => ({
      sku,
      quantity,
      from,
      until,
      months,
      netMinor: lineMinor,
    })),
    netMinor,
    vatPercent,
    vatMinor,
    splitPayment,
    payableMinor,
    late: priced.warnings.includes('registered_late'),
  });
}

/** A payment that completes what auto-renewal charged or ordered is told by `charged` and `renewed`. */
function paymentApplied(event: EventOf<'PaymentApplied'>, after: Subscription): Message | null {
  const { number } = event;
  const { key, amountMinor, appliedMinor } = event.payment;
  if (event.dueMinor > 0) return message(event, 'part_payment', key, { number, amountMinor, dueMinor: event.dueMinor });
  const origin = event.origin ?? findOrder(after, number)?.origin;
  if (origin === 'auto_renewal' || event.occasion === 'auto_renewal') return null;
  return message(event, 'payment_received', key, { number, amountMinor, creditedMinor: amountMinor - appliedMinor });
}

/** Money that only waited was never the customer's affair; a life that ended asks for nothing. */
function paymentReturned(event: EventOf<'PaymentReversed'>, after: Subscription): Message | null {
  const { reversal, number, creditMinor, dueMinor: due, excessMinor } = event;
  if ((number === null && creditMinor === 0) || hasEnded(after)) return null;
  const order = number === null ? undefined : findOrder(after, number);
  return message(event, 'payment_returned', reversal.key, {
    number,
    amountMinor: reversal.amountMinor - excessMinor,
    reason: reversal.reason,
    dueMinor: due,
    completed: order !== undefined && !isUnpaid(order),
    creditMinor,
  });
}

function reminder(
  event: EventOf<'RenewalReminderDue' | 'AutoRenewalAnnounced' | 'CardExpiryReminderDue'>,
  after: Subscription,
): Message {
  switch (event.type) {
    case 'RenewalReminderDue': {
      const { daysBefore } = event;
      const occasion = `${event.expiresOn}:${daysBefore}`;
      return message(event, 'renewal_due', occasion, { daysBefore, expiresOn: event.expiresOn });
    }
    case 'AutoRenewalAnnounced': {
      const { chargeOn, expiresOn: expiry } = event;
      const refused = refusedFor(after, after.method);
      const facts = {
        chargeOn,
        expiresOn: expiry,
        years: after.termYears,
        method: after.method?.kind ?? null,
        ...(refused === null ? {} : { refusedFor: refused }),
      };
      return message(event, 'auto_renewal_announced', expiry, facts);
    }
    case 'CardExpiryReminderDue': {
      const { methodId, validThrough, expiresOn: expiry } = event;
      const facts = { methodId, validThrough, expiresOn: expiry };
      return message(event, 'card_expiring', `${methodId}:${validThrough}`, facts);
    }
  }
}

/** A service that had ended before ends no more. */
function refundMade(event: EventOf<'RefundMade'>, { phase }: Subscription): Message {
  const { refundId, number, amountMinor, way, effect } = event;
  const ends = effect === 'end' && phase.status === 'terminated' && phase.why === 'refunded';
  return message(event, 'refund', refundId, { number, amountMinor, way, endedOn: ends ? phase.endedOn : null });
}

function upgradeActive(event: EventOf<'OrderCompleted'>): Message {
  return message(event, 'upgrade_active', event.number, {
    number: event.number,
    items: itemsOf(event.granted),
    expiresOn: event.expiresOn,
    usable: event.expiresOn !== null && event.expiresOn > dateAt(event.at),
  });
}

function lifeMessage(
  event: EventOf<'Expired' | 'LastCallDue' | 'Terminated' | 'Closed' | 'NoticeGiven'>,
  after: Subscription,
): Message | null {
  switch (event.type) {
    case 'Expired': {
      const { expiredOn, lastDayToReactivate } = event;
      return message(event, 'expired', expiredOn, { expiredOn, lastDayToReactivate });
    }
    case 'LastCallDue': {
      const { lastDayToReactivate } = event;
      return message(event, 'last_call', lastDayToReactivate, { lastDayToReactivate });
    }
    case 'Terminated':
      // Told by the refund it ends with.
      if (event.why === 'refunded') return null;
      return message(event, 'terminated', '', { endedOn: event.endedOn, why: event.why });
    case 'Closed': {
      // Cancelled by the customer's own hand, or told by the order's reversal.
      if (event.why !== 'unpaid') return null;
      const number = after.finishedOrders.at(-1)?.number ?? null;
      return message(event, 'closed', '', { endedOn: event.endedOn, number });
    }
    case 'NoticeGiven':
      return message(event, 'notice_confirmed', '', { endsOn: event.endsOn });
  }
}

/** A method stored by the first order paid so is no change: the message of auto-renewal names it. */
function settingChanged(
  event: EventOf<'AutoRenewalSwitched' | 'PaymentMethodSet' | 'PaymentMethodRemoved'>,
  after: Subscription,
): Message | null {
  const { autoRenewal } = after;
  const occasion = String(event.sequence);
  const expiry = expiresOn(after);
  switch (event.type) {
    case 'AutoRenewalSwitched': {
      const { on, why } = event;
      if (why !== 'customer' && why !== 'order_paid') return null;
      const method = after.method?.kind ?? null;
      const facts = { on, why, method, chargesNow: event.chargeAt !== null, expiresOn: expiry };
      return message(event, 'auto_renewal_switched', occasion, facts);
    }
    case 'PaymentMethodSet': {
      if (event.why === 'order_paid' && event.replaces !== true) return null;
      const { methodId, kind: method } = event.method;
      return message(event, 'method_changed', occasion, { methodId, method, autoRenewal, expiresOn: expiry });
    }
    case 'PaymentMethodRemoved': {
      const facts = { methodId: null, method: null, autoRenewal, expiresOn: expiry };
      return message(event, 'method_changed', occasion, facts);
    }
  }
}

function chargeMessage(
  event: EventOf<'ChargeSucceeded' | 'ChargeDeclined' | 'ChargeNeedsCustomer'>,
  after: Subscription,
): Message | null {
  const { attemptId, number } = event;
  const order = findOrder(after, number);
  const expiry = expiresOn(after);
  if (event.type === 'ChargeSucceeded') {
    if (event.occasion !== 'auto_renewal' && (event.origin ?? order?.origin) !== 'auto_renewal') return null;
    const expires = hasEnded(after) ? null : expiry;
    return message(event, 'charged', attemptId, { number, amountMinor: event.amountMinor ?? 0, expiresOn: expires });
  }
  // The order was closed, or paid another way, while the gateway was silent.
  if (order === undefined || !isPayable(order)) return null;
  const ahead = expiry !== null && expiry > dateAt(event.at) ? expiry : null;
  const facts = { number, amountMinor: dueMinor(order), expiresOn: ahead };
  if (event.type === 'ChargeNeedsCustomer') {
    const { confirmationUrl } = event;
    return message(event, 'confirmation_needed', attemptId, { ...facts, confirmationUrl });
  }
  const { occasion, nextTryOn, reason, refused } = event;
  return message(event, 'declined', attemptId, {
    ...facts,
    occasion,
    nextTryOn,
    attempts: order.attempts,
    ...(refused === undefined ? {} : { refusedFor: reason }),
  });
}
