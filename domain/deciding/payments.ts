import { addDays, type PlainDate } from '../calendar.ts';
import { isHardDecline } from '../chargeReasons.ts';
import type { ChargeOutcome, PaymentFact } from '../commands.ts';
import { askAgainAt, chargeable, nextChargeOn, renewalOrder } from '../deadlines.ts';
import type { CreditReason, UnmatchedReason } from '../events.ts';
import { contentOf } from '../evolve.ts';
import { dueMinor, isSameMethod, isUnpaid, type AppliedPayment, type OpenOrder, type StoredMethod } from '../orders.ts';
import {
  expiresOn,
  findOrder,
  hasEnded,
  noticeGiven,
  refusedFor,
  type ChargeAttempt,
  type Subscription,
} from '../subscription.ts';
import { completeIfPaid, lastDayToReactivate } from './completion.ts';
import type { Draft } from './draft.ts';

/**
 * Money that arrived. It is never refused: it goes to its order, to the customer's credit, or to an operator as
 * unmatched, and each cent to one of them once, whatever the order of arrival.
 */
export function recordPayment(draft: Draft, payment: PaymentFact, occasion?: ChargeAttempt['occasion']): void {
  const content = contentOf(payment);
  // An operator's assignment is news of a payment that was judged before, and heard once like any other.
  const isKnown = (seen: { key: string; content: string }): boolean =>
    seen.key === payment.key && (payment.assignment === undefined || seen.content === content);
  const known = draft.state.seenPayments.find(isKnown);
  if (known !== undefined) {
    if (known.content !== content)
      draft.emit({ type: 'PaymentConflictNoted', key: payment.key, content, known: known.content });
    return;
  }
  draft.emit({ type: 'PaymentReceived', payment });
  const order = findOrder(draft.state, payment.orderNumber);
  const completed = order === undefined ? finishedAs(draft, payment.orderNumber) === 'completed' : !isUnpaid(order);
  const charged = occasion ?? chargeOf(draft, payment);
  const reason = completed ? null : unmatchedReason(draft, payment, { order, charged: charged !== undefined });
  if (reason !== null) setAside(draft, payment, reason);
  else if (order === undefined || dueMinor(order) === 0) credit(draft, payment, payment.amountMinor, 'paid_twice');
  else apply(draft, order, payment, charged);
}

function finishedAs(draft: Draft, number: string): 'completed' | 'cancelled' | null {
  return draft.state.finishedOrders.find((finished) => finished.number === number)?.outcome ?? null;
}

/** The charge under way that this money comes from, where the ledger told of it before the gateway's answer did. */
function chargeOf(draft: Draft, payment: PaymentFact): ChargeAttempt['occasion'] | undefined {
  const { attempt } = draft.state;
  const isItsMoney =
    attempt?.orderNumber === payment.orderNumber && attempt.method.methodId === payment.storedMethod?.methodId;
  return isItsMoney ? attempt.occasion : undefined;
}

function unmatchedReason(
  draft: Draft,
  payment: PaymentFact,
  { order, charged }: { order: OpenOrder | undefined; charged: boolean },
): UnmatchedReason | null {
  const lastDay = lastDayOf(draft.state, order);
  // Also before the deadline itself was taken: no order of arrival brings a service back after its last day.
  if (lastDay !== null && draft.today > lastDay)
    return payment.registeredOn > lastDay ? 'registered_after_last_day' : 'heard_after_end';
  if (hasEnded(draft.state))
    return finishedAs(draft, payment.orderNumber) === 'cancelled' ? 'order_cancelled' : 'subscription_ended';
  // A capture is never of the future: its answer may count as given before a deadline that it held up.
  if (!charged && payment.registeredOn > draft.today) return 'registered_in_future';
  if (order !== undefined) return null;
  return finishedAs(draft, payment.orderNumber) === 'cancelled' ? 'order_cancelled' : 'unknown_order';
}

/** The last day on which money still has an effect; null where no date alone decides that. */
function lastDayOf(state: Subscription, order: OpenOrder | undefined): PlainDate | null {
  const { phase, settings } = state;
  const expiry = expiresOn(state);
  switch (phase.status) {
    case 'awaiting_payment':
      return order === undefined ? null : addDays(order.priced.placedOn, settings.firstOrderDays);
    case 'active':
    case 'expired':
      return expiry === null || noticeGiven(state) ? null : lastDayToReactivate(expiry, settings.graceDays);
    case 'terminated':
      return expiry === null || phase.why === 'notice' ? null : lastDayToReactivate(expiry, settings.graceDays);
    case 'awaiting_activation':
    case 'activation_failed':
    case 'closed':
      return null;
  }
}

/** Credit that cannot be used goes back to the customer's credit; other money waits for an operator. */
function setAside(draft: Draft, payment: PaymentFact, reason: UnmatchedReason): void {
  if (payment.method === 'credit') return credit(draft, payment, payment.amountMinor, 'credit_returned');
  draft.emit({
    type: 'PaymentUnmatched',
    key: payment.key,
    number: payment.orderNumber,
    amountMinor: payment.amountMinor,
    reason,
  });
}

function credit(draft: Draft, payment: PaymentFact, amountMinor: number, reason: CreditReason): void {
  draft.emit({ type: 'PaymentCredited', key: payment.key, number: payment.orderNumber, amountMinor, reason });
}

function apply(
  draft: Draft,
  order: OpenOrder,
  payment: PaymentFact,
  occasion: ChargeAttempt['occasion'] | undefined,
): void {
  const due = dueMinor(order);
  const applied: AppliedPayment = {
    key: payment.key,
    amountMinor: payment.amountMinor,
    appliedMinor: Math.min(due, payment.amountMinor),
    registeredOn: payment.registeredOn,
    method: payment.method,
    // What auto-renewal charged is the method it has: its success stores none and switches nothing on again.
    storedMethod: occasion === 'auto_renewal' ? null : payment.storedMethod,
  };
  draft.emit({
    type: 'PaymentApplied',
    number: order.number,
    payment: applied,
    dueMinor: due - applied.appliedMinor,
    origin: order.origin,
    ...(occasion === undefined ? {} : { occasion }),
  });
  const rest = payment.amountMinor - applied.appliedMinor;
  if (rest > 0) credit(draft, payment, rest, 'overpaid');
  const isRenewal = renewalOrder(draft.state)?.number === order.number;
  if (
    isRenewal &&
    dueMinor(order) > applied.appliedMinor &&
    draft.state.cycle.attempts > 0 &&
    order.chargesStopped === null
  ) {
    draft.emit({ type: 'ChargesStopped', number: order.number, why: 'payment_received' });
  }
  completeIfPaid(draft, order.number);
}

/** Money an order held and can no longer use: the order was cancelled, closed or fell. */
export function releasePayments(draft: Draft, order: OpenOrder): void {
  for (const { key, appliedMinor: amountMinor, method } of order.payments) {
    if (method === 'credit')
      draft.emit({ type: 'PaymentCredited', key, number: order.number, amountMinor, reason: 'credit_returned' });
    else draft.emit({ type: 'PaymentUnmatched', key, number: order.number, amountMinor, reason: 'order_cancelled' });
  }
}

/** What a charge came to. An answer for another attempt changes nothing, but money is money whoever asked for it. */
export function recordChargeOutcome(draft: Draft, attemptId: string, outcome: ChargeOutcome): void {
  const attempt = draft.state.attempt;
  if (attempt === null || attempt.attemptId !== attemptId) {
    if (outcome.kind === 'succeeded') recordPayment(draft, outcome.payment);
    return;
  }
  const { orderNumber: number, occasion } = attempt;
  switch (outcome.kind) {
    case 'succeeded':
      draft.emit({
        type: 'ChargeSucceeded',
        attemptId,
        number,
        occasion,
        ...chargedFor(draft, number, outcome.payment),
      });
      return recordPayment(draft, outcome.payment, occasion);
    case 'declined': {
      return decline(draft, attempt, outcome.reason);
    }
    case 'needs_customer':
      return draft.emit({ type: 'ChargeNeedsCustomer', attemptId, number, confirmationUrl: outcome.confirmationUrl });
    case 'unknown': {
      const retryAt = askAgainAt(draft.now, attempt.unanswered, attempt.chargeUntil);
      return draft.emit({ type: 'ChargeUnresolved', attemptId, number, reason: outcome.reason, retryAt });
    }
    case 'not_attempted':
      return draft.emit({ type: 'ChargeNotMade', attemptId, number, reason: outcome.reason });
  }
}

/** The gateway declined, or need not be asked: it declined the method for good before. */
export function decline(
  draft: Draft,
  { attemptId, orderNumber, occasion, method }: ChargeAttempt,
  reason: string,
): void {
  const isHard = isHardDecline(reason);
  draft.emit({
    type: 'ChargeDeclined',
    attemptId,
    number: orderNumber,
    occasion,
    reason,
    nextTryOn: occasion === 'auto_renewal' ? nextTryAfter(draft, isHard ? method : null) : null,
    ...(isHard ? { refused: method } : {}),
  });
}

/** When auto-renewal would try again after the charge at hand; null where nothing is to follow. */
function nextTryAfter({ state, now, today }: Draft, refused: StoredMethod | null): PlainDate | null {
  const settled = { ...state, attempt: null };
  if (!chargeable(settled)) return null;
  if (settled.cycle.chargeAt !== null) return today;
  const isRefused = refused !== null && isSameMethod(settled.method, refused);
  return isRefused || refusedFor(settled, settled.method) !== null ? null : nextChargeOn(settled, now);
}

function chargedFor(draft: Draft, number: string, { amountMinor }: PaymentFact) {
  const order = findOrder(draft.state, number);
  return order === undefined ? { amountMinor } : { amountMinor, origin: order.origin };
}
