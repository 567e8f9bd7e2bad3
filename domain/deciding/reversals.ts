import { receivedMinor, refundedMinor, type OpenOrder } from '../orders.ts';
import { reversalContentOf, type HeldMoney, type ReversalFact } from '../reversals.ts';
import { findOrder, hasEnded, type Subscription } from '../subscription.ts';
import type { Draft } from './draft.ts';

/**
 * Money that was taken back. It is never refused: it leaves the place where the payment's money is. What waited and what
 * was credited go first, being of no effect; only then does the order that was paid lack it. That order, completed or not,
 * is asked for again; paid time stays as it is.
 */
export function recordReversal(draft: Draft, reversal: ReversalFact, held: HeldMoney): void {
  const content = reversalContentOf(reversal);
  const known = draft.state.seenReversals?.find(({ key }) => key === reversal.key);
  if (known !== undefined) {
    if (known.content !== content)
      draft.emit({ type: 'SignalRejected', field: 'externalId', reason: `${reversal.key} was told otherwise before.` });
    return;
  }
  const unmatchedMinor = Math.min(reversal.amountMinor, held.unmatchedMinor);
  const creditMinor = Math.min(reversal.amountMinor - unmatchedMinor, held.creditMinor);
  const wanted = reversal.amountMinor - unmatchedMinor - creditMinor;
  const { order, reopened } = orderOf(draft.state, held);
  const orderMinor = order === undefined ? 0 : Math.min(wanted, heldBy(order, reversal.paymentKey, held));
  const isTouched = order !== undefined && orderMinor > 0;
  draft.emit({
    type: 'PaymentReversed',
    reversal,
    number: isTouched ? order.number : null,
    orderMinor,
    dueMinor: isTouched ? order.priced.payableMinor - refundedMinor(order) - receivedMinor(order) + orderMinor : 0,
    unmatchedMinor,
    creditMinor,
    excessMinor: wanted - orderMinor,
    // A life that ended asks nobody: its orders stay as they are, and the ledger says what is owed.
    ...(isTouched && reopened && !hasEnded(draft.state) ? { reopened: order } : {}),
  });
}

/** The order that holds the payment's money: open, or brought back. */
function orderOf(state: Subscription, { order }: HeldMoney): { order?: OpenOrder; reopened: boolean } {
  if (order === null) return { reopened: false };
  const open = findOrder(state, order.number);
  if (open !== undefined) return { order: open, reopened: false };
  return order.finished === null ? { reopened: false } : { order: order.finished, reopened: true };
}

/** As far as the life knows the payment on its order: not more than the ledger has there. */
function heldBy({ payments }: OpenOrder, key: string, { order }: HeldMoney): number {
  const applied = payments.reduce((sum, payment) => sum + (payment.key === key ? payment.appliedMinor : 0), 0);
  return Math.min(applied, order?.amountMinor ?? 0);
}
