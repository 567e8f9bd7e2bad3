import type { Event } from './events.ts';
import type { Instant } from './calendar.ts';
import { expiryOf, grant } from './entitlements.ts';
import { isSameMethod, isTermOrder, isUnpaid, type OpenOrder, type StoredMethod } from './orders.ts';
import { finish, ring, withOrder } from './evolving/orders.ts';
import { refunded, takenBack } from './evolving/returns.ts';
import { NEW_CYCLE, type ChargeAttempt, type RenewalCycle, type Subscription } from './subscription.ts';

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
    case 'PaymentReversed':
      return takenBack(state, event);
    case 'RefundMade':
      return refunded(state, event);
    case 'CommitmentRegistered':
      return withOrder(state, event.number, (order) => ({ ...order, committedOn: event.registeredOn }));
    case 'OrderCompleted':
      return completed(state, event);
    case 'OrderSettled':
      return finish(state, event.number, event.outcome);
    case 'OrderReversed':
      return finish(state, event.number, 'cancelled');
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
    case 'PaymentMethodSet':
    case 'PaymentMethodRemoved':
      return switched(state, event);
    case 'UsageReported':
      return { ...state, usedBytes: event.usedBytes };
    case 'CardExpiryReminderDue':
      return { ...state, toldOfCard: { methodId: event.methodId, validThrough: event.validThrough } };
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
  assignment?: number;
}): string {
  const content = `${payment.orderNumber} ${payment.amountMinor} ${payment.registeredOn} ${payment.method}`;
  return payment.assignment === undefined ? content : `${content} #${payment.assignment}`;
}

function completed(state: Subscription, event: Event & { type: 'OrderCompleted' }): Subscription {
  const changed = event.granted.length > 0 || event.dropped.length > 0;
  const withStatus = withOrder(state, event.number, (order) => ({ ...order, status: 'completed' }));
  const entitlements = grant(state.entitlements, event.granted, event.dropped);
  const extended = {
    ...withStatus,
    entitlements,
    entitlementsVersion: state.entitlementsVersion + (changed ? 1 : 0),
    termYears: event.years ?? state.termYears,
  };
  return expiryOf(entitlements) === expiryOf(state.entitlements) ? extended : withNewCycle(extended);
}

/** The expiry moved: attempts count from the new one, also on a renewal order that stays unpaid. */
function withNewCycle(state: Subscription): Subscription {
  return { ...state, cycle: NEW_CYCLE, orders: state.orders.map((order) => ({ ...order, chargesStopped: null })) };
}

function switched(
  state: Subscription,
  event: Event & { type: 'AutoRenewalSwitched' | 'PaymentMethodSet' | 'PaymentMethodRemoved' },
): Subscription {
  switch (event.type) {
    case 'AutoRenewalSwitched': {
      const orderCancelled = event.on ? false : state.cycle.orderCancelled;
      return {
        ...state,
        autoRenewal: event.on,
        attempt: event.on ? state.attempt : lookedUpOnly(state, event.at),
        cycle: { ...state.cycle, chargeAt: event.chargeAt, orderCancelled },
      };
    }
    case 'PaymentMethodSet':
      return {
        ...state,
        method: event.method,
        attempt: lookedUpOnly(state, event.at),
        cycle: { ...state.cycle, chargeAt: event.chargeAt ?? state.cycle.chargeAt },
      };
    case 'PaymentMethodRemoved':
      return { ...state, method: null };
    default:
      return unreachable(event);
  }
}

/** Auto-renewal was switched off, or has another method: its unanswered charge is only looked up, and at once. */
function lookedUpOnly({ attempt }: Subscription, at: Instant): ChargeAttempt | null {
  if (attempt === null || attempt.occasion !== 'auto_renewal') return attempt;
  const chargeUntil = attempt.chargeUntil === null || at < attempt.chargeUntil ? at : attempt.chargeUntil;
  return { ...attempt, chargeUntil, retryAt: attempt.retryAt === null ? null : at };
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
  // An order paid by hand meanwhile has moved the expiry: the outcome says nothing of the new one.
  const isOpen = state.orders.some((order) => order.number === attempt.orderNumber && isUnpaid(order));
  const isAuto = attempt.occasion === 'auto_renewal' && isOpen;
  const cycle = (lastOutcome: RenewalCycle['lastOutcome']): RenewalCycle =>
    isAuto ? { ...state.cycle, lastOutcome } : state.cycle;
  switch (event.type) {
    case 'ChargeSucceeded':
      return { ...state, attempt: null, ...usableAgain(state, attempt.method) };
    case 'ChargeDeclined':
      return { ...state, attempt: null, cycle: cycle('declined'), ...refusedMethods(state, event) };
    case 'ChargeNotMade':
      return { ...state, attempt: null, cycle: cycle('not_attempted') };
    case 'ChargeNeedsCustomer':
      return {
        ...(stopsCharges(state, attempt) ? withOrder(state, event.number, needsCustomer) : state),
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

/** As many as a customer's wallet may plausibly see declined for good. */
const MOST_REFUSED = 10;

function refusedMethods(
  { refusedMethods: known = [] }: Subscription,
  { refused, reason }: Event & { type: 'ChargeDeclined' },
): Pick<Subscription, 'refusedMethods'> {
  if (refused === undefined) return {};
  const others = known.filter(({ method }) => !isSameMethod(method, refused));
  return { refusedMethods: [...others, { method: refused, reason }].slice(-MOST_REFUSED) };
}

/** Whatever was said of it before, it was charged. */
function usableAgain({ refusedMethods: known }: Subscription, charged: StoredMethod) {
  return known === undefined ? {} : { refusedMethods: known.filter(({ method }) => !isSameMethod(method, charged)) };
}

/**
 * After a confirmation was asked for, auto-renewal waits for it. One asked for at checkout, before auto-renewal tried
 * anything for this expiry, does not keep it from charging what is still unpaid when its days come.
 */
function stopsCharges(state: Subscription, attempt: ChargeAttempt): boolean {
  return attempt.occasion === 'auto_renewal' || state.cycle.attempts > 0;
}

function needsCustomer(order: OpenOrder): OpenOrder {
  return { ...order, chargesStopped: 'needs_customer' };
}

/** Cancelling an order auto-renewal has charged means the customer does not want this renewal. */
function cycleWithout(state: Subscription, number: string): RenewalCycle {
  const order = state.orders.find((candidate) => candidate.number === number);
  const charged = order !== undefined && isTermOrder(order) && state.cycle.attempts > 0;
  return charged ? { ...state.cycle, orderCancelled: true, chargeAt: null } : state.cycle;
}

export function unreachable(value: never): never {
  throw new TypeError(`Unhandled case: ${JSON.stringify(value)}`);
}
