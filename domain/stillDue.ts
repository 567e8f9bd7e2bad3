import type { PlainDate } from './calendar.ts';
import { renewingCard } from './cards.ts';
import type { Message } from './messagePayloads.ts';
import { dueMinor, isPayable } from './orders.ts';
import { expiresOn, findOrder, hasEnded, noticeGiven, type Subscription } from './subscription.ts';

/** Whether a message still tells something when it is sent: nothing goes out about a thing settled meanwhile. */
export function isStillDue({ kind, payload }: Message, current: Subscription): boolean {
  const { phase } = current;
  switch (kind) {
    case 'order_confirmed':
      return !current.finishedOrders.some(
        ({ number, outcome }) => number === payload.number && outcome === 'cancelled',
      );
    case 'part_payment': {
      const order = findOrder(current, payload.number);
      return order !== undefined && dueMinor(order) === payload.dueMinor;
    }
    case 'renewal_due':
      return awaitsExpiry(current, payload.expiresOn) && !current.autoRenewal;
    case 'auto_renewal_announced':
      return awaitsExpiry(current, payload.expiresOn) && current.autoRenewal;
    case 'card_expiring': {
      const card = renewingCard(current);
      return card !== null && card.methodId === payload.methodId && card.validThrough === payload.validThrough;
    }
    case 'declined': {
      const order = findOrder(current, payload.number);
      return order !== undefined && isPayable(order) && order.attempts === payload.attempts;
    }
    case 'confirmation_needed': {
      const order = findOrder(current, payload.number);
      return order !== undefined && isPayable(order);
    }
    case 'payment_returned': {
      const order = payload.number === null ? undefined : findOrder(current, payload.number);
      return payload.number === null || (order !== undefined && dueMinor(order) > 0);
    }
    case 'expired':
      return phase.status === 'expired' && phase.expiredOn === payload.expiredOn;
    case 'last_call':
      return phase.status === 'expired';
    case 'auto_renewal_switched':
      return !hasEnded(current) && current.autoRenewal === payload.on;
    case 'method_changed':
      return !hasEnded(current) && (current.method?.methodId ?? null) === payload.methodId;
    case 'activation':
      return !hasEnded(current);
    case 'payment_received':
    case 'charged':
    case 'renewed':
    case 'refund':
    case 'terminated':
    case 'closed':
    case 'activation_abandoned':
    case 'notice_confirmed':
    case 'upgrade_active':
      return true;
  }
}

function awaitsExpiry(current: Subscription, expiry: PlainDate): boolean {
  return current.phase.status === 'active' && !noticeGiven(current) && expiresOn(current) === expiry;
}
