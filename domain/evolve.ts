import type { Event } from './events.ts';
import { grant } from './entitlements.ts';
import type { OpenOrder } from './orders.ts';
import { NEW_CYCLE, RING_SIZE, type RenewalCycle, type Subscription } from './subscription.ts';

/** Applies what happened. It decides nothing, so a new rule never rejects or bends an old event. */
export function evolve(state: Subscription, event: Event): Subscription {
  const next = applied(state, event);
  return {
    ...next,
    sequence: event.sequence,
    handledThrough: event.at > next.handledThrough ? event.at : next.handledThrough,
  };
}

function applied(state: Subscription, event: Event): Subscription {
  switch (event.type) {
    case 'OrderPlaced':
      return { ...state, orders: [...state.orders, event.order] };
    case 'OrderCancelled':
      return { ...finish(state, event.number, 'cancelled'), cycle: cycleWithout(state, event.number) };
    case 'PaymentReceived': {
      const { key } = event.payment;
      return { ...state, seenPayments: ring(state.seenPayments, { key, content: contentOf(event.payment) }) };
    }
    case 'PaymentApplied':
      return withOrder(state, event.number, (order) => ({ ...order, payments: [...order.payments, event.payment] }));
    case 'CommitmentRegistered':
      return withOrder(state, event.number, (order) => ({ ...order, committedOn: event.registeredOn }));
    case 'OrderCompleted':
      return completed(state, event);
    case 'OrderSettled':
      return finish(state, event.number, event.outcome);
    case 'ChargesStopped':
      return withOrder(state, event.number, (order) => ({ ...order, chargesStopped: event.why }));
    case 'ActivationRequested':
    case 'ActivationFailed':
    case 'Activated':
    case 'ServiceExtended':
    case 'Expired':
    case 'Terminated':
    case 'Closed':
    case 'NoticeGiven':
      return moved(state, event);
    case 'AutoRenewalSwitched':
      return {
        ...state,
        autoRenewal: event.on,
        cycle: {
          ...state.cycle,
          chargeAt: event.chargeAt,
          orderCancelled: event.on ? false : state.cycle.orderCancelled,
        },
      };
    case 'PaymentMethodSet':
      return {
        ...state,
        method: event.method,
        cycle: { ...state.cycle, chargeAt: event.chargeAt ?? state.cycle.chargeAt },
      };
    case 'PaymentMethodRemoved':
      return { ...state, method: null };
    case 'UsageReported':
      return { ...state, usedBytes: event.usedBytes };
    case 'ChargeStarted':
    case 'ChargeSucceeded':
    case 'ChargeDeclined':
    case 'ChargeNeedsCustomer':
    case 'ChargeUnresolved':
    case 'ChargeResumed':
    case 'ChargeNotMade':
      return charged(state, event);
    case 'PaymentCredited':
    case 'PaymentUnmatched':
    case 'SurplusCredited':
    case 'PaymentConflictNoted':
    case 'SignalRejected':
    case 'RenewalReminderDue':
    case 'AutoRenewalAnnounced':
    case 'LastCallDue':
      return state;
    default:
      return unreachable(event);
  }
}

type PhaseEvent = Event & {
  type:
    | 'ActivationRequested'
    | 'ActivationFailed'
    | 'Activated'
    | 'ServiceExtended'
    | 'Expired'
    | 'Terminated'
    | 'Closed'
    | 'NoticeGiven';
};

function moved(state: Subscription, event: PhaseEvent): Subscription {
  switch (event.type) {
    case 'ActivationRequested':
      return { ...state, phase: { status: 'awaiting_activation', paidOn: event.paidOn } };
    case 'ActivationFailed':
      return state.phase.status === 'awaiting_activation'
        ? { ...state, phase: { status: 'activation_failed', paidOn: state.phase.paidOn, reason: event.reason } }
        : state;
    case 'Activated':
      return {
        ...state,
        phase: { status: 'active', noticeGivenOn: null },
        entitlements: grant(state.entitlements, event.granted),
        entitlementsVersion: state.entitlementsVersion + 1,
      };
    case 'ServiceExtended':
      return event.revived ? { ...state, phase: { status: 'active', noticeGivenOn: null } } : state;
    case 'Expired':
      return { ...state, phase: { status: 'expired', expiredOn: event.expiredOn } };
    case 'Terminated':
      return { ...state, phase: { status: 'terminated', endedOn: event.endedOn, why: event.why } };
    case 'Closed':
      return { ...state, phase: { status: 'closed', endedOn: event.endedOn, why: event.why } };
    case 'NoticeGiven':
      return { ...state, phase: { status: 'active', noticeGivenOn: event.noticeGivenOn } };
    default:
      return unreachable(event);
  }
}

/** What identifies a payment's content: the same key with another content is refused and noted. */
export function contentOf(payment: {
  orderNumber: string;
  amountMinor: number;
  registeredOn: string;
  method: string;
}): string {
  return `${payment.orderNumber} ${payment.amountMinor} ${payment.registeredOn} ${payment.method}`;
}

function completed(state: Subscription, event: Event & { type: 'OrderCompleted' }): Subscription {
  const changed = event.granted.length > 0 || event.dropped.length > 0;
  const withStatus = withOrder(state, event.number, (order) => ({ ...order, status: 'completed' }));
  return {
    ...withStatus,
    entitlements: grant(state.entitlements, event.granted, event.dropped),
    entitlementsVersion: state.entitlementsVersion + (changed ? 1 : 0),
    termYears: event.years ?? state.termYears,
    cycle: event.granted.length > 0 ? NEW_CYCLE : state.cycle,
  };
}

type ChargeEvent = Event & {
  type: `Charge${'Started' | 'Succeeded' | 'Declined' | 'NeedsCustomer' | 'Unresolved' | 'Resumed' | 'NotMade'}`;
};

function charged(state: Subscription, event: ChargeEvent): Subscription {
  if (event.type === 'ChargeStarted') {
    const { attempt } = event;
    const auto = attempt.occasion === 'auto_renewal';
    return {
      ...withOrder(state, attempt.orderNumber, (order) => ({ ...order, attempts: order.attempts + 1 })),
      attempt,
      cycle: auto
        ? { ...state.cycle, attempts: state.cycle.attempts + 1, lastOutcome: null, chargeAt: null }
        : state.cycle,
    };
  }
  const attempt = state.attempt;
  if (attempt === null || attempt.attemptId !== event.attemptId) return state;
  const cycle = (lastOutcome: RenewalCycle['lastOutcome']): RenewalCycle =>
    attempt.occasion === 'auto_renewal' ? { ...state.cycle, lastOutcome } : state.cycle;
  switch (event.type) {
    case 'ChargeSucceeded':
      return { ...state, attempt: null };
    case 'ChargeDeclined':
      return { ...state, attempt: null, cycle: cycle('declined') };
    case 'ChargeNotMade':
      return { ...state, attempt: null, cycle: cycle('not_attempted') };
    case 'ChargeNeedsCustomer':
      return {
        ...withOrder(state, event.number, (order) => ({ ...order, chargesStopped: 'needs_customer' })),
        attempt: null,
        cycle: cycle('needs_customer'),
      };
    case 'ChargeUnresolved':
      return {
        ...state,
        attempt: { ...attempt, unanswered: attempt.unanswered + 1, retryAt: event.retryAt },
        cycle: cycle('unknown'),
      };
    case 'ChargeResumed':
      return { ...state, attempt: { ...attempt, retryAt: null } };
    default:
      return unreachable(event);
  }
}

/** Cancelling an order auto-renewal has charged means the customer does not want this renewal. */
function cycleWithout(state: Subscription, number: string): RenewalCycle {
  const order = state.orders.find((candidate) => candidate.number === number);
  const charged = order?.priced.content.type === 'renewal' && state.cycle.attempts > 0;
  return charged ? { ...state.cycle, orderCancelled: true, chargeAt: null } : state.cycle;
}

function withOrder(state: Subscription, number: string, change: (order: OpenOrder) => OpenOrder): Subscription {
  return { ...state, orders: state.orders.map((order) => (order.number === number ? change(order) : order)) };
}

function finish(state: Subscription, number: string, outcome: 'completed' | 'cancelled'): Subscription {
  return {
    ...state,
    orders: state.orders.filter((order) => order.number !== number),
    finishedOrders: ring(state.finishedOrders, { number, outcome }),
  };
}

function ring<T>(items: readonly T[], item: T): readonly T[] {
  return [...items, item].slice(-RING_SIZE);
}

export function unreachable(value: never): never {
  throw new TypeError(`Unhandled case: ${JSON.stringify(value)}`);
}
