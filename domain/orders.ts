import type { Instant, PlainDate } from './calendar.ts';
import type { PricedOrder } from './pricing.ts';

export const PAYMENT_METHODS = ['bank_transfer', 'postal_slip', 'card', 'paypal', 'credit'] as const;
/** `credit` is customer credit an order asked to use; the others are how money comes in. */
export type PaymentMethodKind = (typeof PAYMENT_METHODS)[number];
export type StoredMethodKind = 'card' | 'paypal';

/** A stored card or PayPal account: an opaque id; the gateway's token stays in Postgres. */
export interface StoredMethod {
  readonly methodId: string;
  readonly kind: StoredMethodKind;
  /** A card's last day. Absent for PayPal accounts, and where nobody told it. */
  readonly validThrough?: PlainDate;
}

/** Whether nothing changed: a card that was prolonged is the same method with another last day. */
export function isSameMethod(one: StoredMethod | null, other: StoredMethod): boolean {
  return one?.methodId === other.methodId && one.validThrough === other.validThrough;
}

/** Money applied to an order, as the workflow remembers it. */
export interface AppliedPayment {
  /** The payment's key: unique per source and external id. */
  readonly key: string;
  /** All that came in; decides when the sum was reached. */
  readonly amountMinor: number;
  /** The part the order took; the rest became customer credit. */
  readonly appliedMinor: number;
  readonly registeredOn: PlainDate;
  readonly method: PaymentMethodKind;
  readonly storedMethod: StoredMethod | null;
}

/** An order's place while the subscription still has to look at it; finished ones live on in Postgres. */
export interface OpenOrder {
  readonly number: string;
  readonly origin: 'customer' | 'auto_renewal';
  readonly status: 'awaiting_payment' | 'completed';
  readonly priced: PricedOrder;
  readonly placedAt: Instant;
  readonly payments: readonly AppliedPayment[];
  /** A public administration's commitment: released the order, the amount stays due. */
  readonly committedOn: PlainDate | null;
  /** Charges made for this order so far; numbers the next obligation. */
  readonly attempts: number;
  /** Auto-renewal no longer charges this order: the customer must confirm (SCA), or something was paid by hand. */
  readonly chargesStopped: 'needs_customer' | 'payment_received' | null;
  /** Money it held was taken back: where it is completed, what is missing is asked for again. */
  readonly returned?: true;
  /** What of it was given back: no longer owed, nor held. */
  readonly refunds?: readonly { readonly id: string; readonly amountMinor: number }[];
}

export type OrderOutcome = 'completed' | 'cancelled';

export function receivedMinor(order: OpenOrder): number {
  return order.payments.reduce((sum, payment) => sum + payment.appliedMinor, 0);
}

/** What was given back, in cents. */
export function refundedMinor({ refunds = [] }: OpenOrder): number {
  return refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** What is still to be paid, in cents; never negative. */
export function dueMinor(order: OpenOrder): number {
  return Math.max(0, order.priced.payableMinor - refundedMinor(order) - receivedMinor(order));
}

export function isUnpaid(order: OpenOrder): boolean {
  return order.status === 'awaiting_payment';
}

/** Whether its customer is asked for money: also for what was taken back after the order was completed. */
export function isPayable(order: OpenOrder): boolean {
  return isUnpaid(order) || (order.returned === true && dueMinor(order) > 0);
}

/** Renewals and reactivations are one kind here: at most one of them is unpaid at a time. */
export function isTermOrder(order: OpenOrder): boolean {
  return order.priced.content.type === 'renewal' || order.priced.content.type === 'reactivation';
}

/**
 * The payment that completed the order: the one with which the sum was reached, by registration date whatever the
 * order of arrival, and by key where two were registered on one day; null while the sum was not reached. Judged once,
 * on what was heard until then: money heard later is credit and moves no paid time, whenever it was registered.
 */
export function completingPayment(order: Pick<OpenOrder, 'payments' | 'priced'>): AppliedPayment | null {
  const rank = ({ registeredOn, key }: AppliedPayment): string => `${registeredOn} ${key}`;
  let sum = 0;
  for (const payment of order.payments.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))) {
    sum += payment.amountMinor;
    if (sum >= order.priced.payableMinor) return payment;
  }
  return null;
}

/**
 * The earliest registration date on which the sum was reached, and never before the order's own day; null while it
 * was not reached.
 */
export function completedOn(order: OpenOrder): PlainDate | null {
  const { payableMinor, placedOn } = order.priced;
  if (payableMinor === 0) return placedOn;
  const payment = completingPayment(order);
  if (payment === null) return null;
  return payment.registeredOn > placedOn ? payment.registeredOn : placedOn;
}
