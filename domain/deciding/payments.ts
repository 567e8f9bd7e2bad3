import type { ChargeOutcome, PaymentFact } from '../commands.ts';
import { askAgainAt, nextChargeOn, renewalOrder } from '../deadlines.ts';
import type { CreditReason, UnmatchedReason } from '../events.ts';
import { contentOf } from '../evolve.ts';
import { dueMinor, isUnpaid, type AppliedPayment, type OpenOrder } from '../orders.ts';
import { expiresOn, findOrder, hasEnded } from '../subscription.ts';
import { completeIfPaid, lastDayToReactivate } from './completion.ts';
import type { Draft } from './draft.ts';

/**
 * Money that arrived. It is never refused: it goes to its order, to the customer's credit, or to an operator as
 * unmatched, and each cent to one of them once, whatever the order of arrival.
 */
export function recordPayment(draft: Draft, payment: PaymentFact): void {
  const known = draft.state.seenPayments.find((seen) => seen.key === payment.key);
  const content = contentOf(payment);
  if (known !== undefined) {
    if (known.content !== content)
      draft.emit({ type: 'PaymentConflictNoted', key: payment.key, content, known: known.content });
    return;
  }
  draft.emit({ type: 'PaymentReceived', payment });
  const order = findOrder(draft.state, payment.orderNumber);
  const completed = order === undefined ? finishedAs(draft, payment.orderNumber) === 'completed' : !isUnpaid(order);
  const reason = completed ? null : unmatchedReason(draft, payment, order);
  if (reason !== null) setAside(draft, payment, reason);
  else if (order === undefined || dueMinor(order) === 0) credit(draft, payment, payment.amountMinor, 'paid_twice');
  else apply(draft, order, payment);
}

function finishedAs(draft: Draft, number: string): 'completed' | 'cancelled' | null {
  return draft.state.finishedOrders.find((finished) => finished.number === number)?.outcome ?? null;
}

function unmatchedReason(draft: Draft, payment: PaymentFact, order: OpenOrder | undefined): UnmatchedReason | null {
  const { phase, settings } = draft.state;
  const expiry = expiresOn(draft.state);
  if (phase.status === 'terminated' && phase.why === 'not_reactivated' && expiry !== null) {
    return payment.registeredOn > lastDayToReactivate(expiry, settings.graceDays)
      ? 'registered_after_last_day'
      : 'heard_after_end';
  }
  if (hasEnded(draft.state))
    return finishedAs(draft, payment.orderNumber) === 'cancelled' ? 'order_cancelled' : 'subscription_ended';
  if (payment.registeredOn > draft.today) return 'registered_in_future';
  if (order !== undefined) return null;
  return finishedAs(draft, payment.orderNumber) === 'cancelled' ? 'order_cancelled' : 'unknown_order';
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

function apply(draft: Draft, order: OpenOrder, payment: PaymentFact): void {
  const due = dueMinor(order);
  const applied: AppliedPayment = {
    key: payment.key,
    amountMinor: payment.amountMinor,
    appliedMinor: Math.min(due, payment.amountMinor),
    registeredOn: payment.registeredOn,
    method: payment.method,
    storedMethod: payment.storedMethod,
  };
  draft.emit({ type: 'PaymentApplied', number: order.number, payment: applied, dueMinor: due - applied.appliedMinor });
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
  completeIfPaid(draft, order.number, applied);
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
      draft.emit({ type: 'ChargeSucceeded', attemptId, number, occasion });
      return recordPayment(draft, outcome.payment);
    case 'declined': {
      const nextTryOn = occasion === 'auto_renewal' ? nextChargeOn(draft.state, draft.now) : null;
      return draft.emit({ type: 'ChargeDeclined', attemptId, number, occasion, reason: outcome.reason, nextTryOn });
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
