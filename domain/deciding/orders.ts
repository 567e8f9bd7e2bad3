import { addMinutes, instantOf, type PlainDate } from '../calendar.ts';
import { whyNot, whyNotOrder } from '../actions.ts';
import { hasExpired } from '../cards.ts';
import type { NumberedOrder } from '../commands.ts';
import { refuse } from '../errors.ts';
import { BYTES_PER_GB, INCLUDED_GB } from '../entitlements.ts';
import { dueMinor, isUnpaid, receivedMinor, type OpenOrder, type StoredMethod } from '../orders.ts';
import type { OrderContent } from '../planning.ts';
import { expiresOn, findOrder, hasEnded, type ChargeAttempt } from '../subscription.ts';
import { complete, completeIfPaid } from './completion.ts';
import type { Draft } from './draft.ts';
import { releasePayments } from './payments.ts';

/** For how long a charge at checkout may still be made when the gateway is silent; after that it is only looked up. */
const CHECKOUT_MINUTES = 60;

/** Takes an order exactly as it was quoted: the same day, against the same service. */
export function placeOrder(draft: Draft, { number, priced }: NumberedOrder, pay: StoredMethod | null): void {
  if (isKnown(draft, number)) return; // asked again after the answer was lost
  const reason = whyNot(draft.state, priced.content.type);
  if (reason !== null) refuse(reason);
  if (priced.placedOn !== draft.today || priced.basis !== draft.state.entitlementsVersion) refuse('order_out_of_date');
  checkSpace(draft, priced.content);
  addOrder(draft, { number, priced }, 'customer');
  if (priced.payableMinor === 0) completeIfPaid(draft, number);
  else if (pay !== null) payOrder(draft, number, pay);
}

function isKnown(draft: Draft, number: string): boolean {
  return (
    findOrder(draft.state, number) !== undefined ||
    draft.state.finishedOrders.some((finished) => finished.number === number)
  );
}

/** What is used may have grown since the quote: less space is refused when ordered, never afterwards. */
function checkSpace(draft: Draft, content: OrderContent): void {
  if (content.type !== 'renewal' && content.type !== 'reactivation') return;
  const space = INCLUDED_GB + (content.carry.space ?? 0) + (content.add.space ?? 0);
  if ((content.drop.space ?? 0) > 0 && draft.state.usedBytes > space * BYTES_PER_GB)
    refuse('space_in_use', { field: 'extras.space' });
}

export function addOrder(draft: Draft, { number, priced }: NumberedOrder, origin: OpenOrder['origin']): void {
  const order: OpenOrder = {
    number,
    origin,
    status: 'awaiting_payment',
    priced,
    placedAt: draft.now,
    payments: [],
    committedOn: null,
    attempts: 0,
    chargesStopped: null,
  };
  draft.emit({ type: 'OrderPlaced', order });
}

export function payOrder(draft: Draft, number: string, method: StoredMethod): void {
  const reason = whyNotOrder(draft.state, number, 'pay');
  if (reason !== null) refuse(reason, { field: 'number' });
  if (hasExpired(method, draft.today)) refuse('method_expired');
  startCharge(draft, number, method, 'checkout');
}

/** Starts a charge of what is missing. Its id names the obligation (order and attempt), never the try. */
export function startCharge(
  draft: Draft,
  number: string,
  method: StoredMethod,
  occasion: ChargeAttempt['occasion'],
): void {
  const order = findOrder(draft.state, number);
  const expiry = expiresOn(draft.state);
  if (order === undefined) return;
  draft.emit({
    type: 'ChargeStarted',
    attempt: {
      attemptId: `${number}-${order.attempts + 1}`,
      orderNumber: number,
      amountMinor: dueMinor(order),
      method,
      occasion,
      startedAt: draft.now,
      chargeUntil:
        occasion === 'auto_renewal' && expiry !== null ? instantOf(expiry) : addMinutes(draft.now, CHECKOUT_MINUTES),
      unanswered: 0,
      retryAt: null,
    },
  });
}

export function cancelOrder(draft: Draft, number: string): void {
  const reason = whyNotOrder(draft.state, number, 'cancel');
  if (reason !== null) refuse(reason, { field: 'number' });
  dropOrder(draft, number, 'customer');
  if (draft.state.phase.status === 'awaiting_payment')
    draft.emit({ type: 'Closed', endedOn: draft.today, why: 'cancelled' });
}

export function dropOrder(draft: Draft, number: string, why: 'customer' | 'unpaid' | 'notice' | 'terminated'): void {
  const order = findOrder(draft.state, number);
  if (order === undefined) return;
  draft.emit({ type: 'OrderCancelled', number, why });
  releasePayments(draft, order);
}

/** Undoes a completed order that brought nothing: what it holds becomes the customer's credit, the rest is not due. */
export function reverseOrder(draft: Draft, order: OpenOrder, reason: string): void {
  const { number, payments, priced } = order;
  draft.emit({
    type: 'OrderReversed',
    number,
    reason,
    netMinor: priced.netMinor,
    vatMinor: priced.payableMinor - priced.netMinor,
    creditedMinor: receivedMinor(order),
    writtenOffMinor: dueMinor(order),
  });
  for (const { key, appliedMinor: amountMinor } of payments)
    draft.emit({ type: 'PaymentCredited', key, number, amountMinor, reason: 'order_reversed' });
}

/** A public administration's commitment releases its order as a payment would; the amount stays due. */
export function registerCommitment(draft: Draft, number: string, registeredOn: PlainDate, reference: string): void {
  if (!hasEnded(draft.state) && !draft.state.splitPayment)
    refuse('not_allowed_in_state', {
      detail: {
        it: 'Solo una pubblica amministrazione può sbloccare un ordine con un impegno di spesa.',
        en: 'Only a public administration can release an order by a commitment.',
      },
    });
  const reason = whyNotOrder(draft.state, number, 'pay');
  if (reason !== null) refuse(reason, { field: 'number' });
  const unpaid = findOrder(draft.state, number);
  // What was taken back of a completed order is paid with money: the order has had its effect.
  if (unpaid !== undefined && !isUnpaid(unpaid)) refuse('order_not_unpaid', { field: 'number' });
  if (registeredOn > draft.today) refuse('registered_in_future', { field: 'registeredOn' });
  draft.emit({ type: 'CommitmentRegistered', number, registeredOn, reference });
  const order = findOrder(draft.state, number);
  if (order === undefined) return;
  complete(draft, order, registeredOn > order.priced.placedOn ? registeredOn : order.priced.placedOn, null);
}
