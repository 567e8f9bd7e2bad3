/** Money that an order held and that has left again. */
import type { Event } from '../events.ts';
import type { AppliedPayment } from '../orders.ts';
import { reversalContentOf } from '../reversals.ts';
import type { Subscription } from '../subscription.ts';
import { ring, withOrder } from './orders.ts';

/** An order that was finished is back where money is asked for; what it gave is its own. */
export function takenBack(state: Subscription, event: Event & { type: 'PaymentReversed' }): Subscription {
  const { reversal, reopened, number, orderMinor } = event;
  const content = { key: reversal.key, content: reversalContentOf(reversal) };
  const heard = { ...state, seenReversals: ring(state.seenReversals ?? [], content) };
  const open =
    reopened === undefined
      ? heard
      : {
          ...heard,
          orders: [...heard.orders, reopened],
          finishedOrders: heard.finishedOrders.filter((finished) => finished.number !== reopened.number),
        };
  if (number === null) return open;
  return withOrder(open, number, (order) => {
    const payments = lessBy(order.payments, reversal.paymentKey, orderMinor);
    const isUntouched = payments.length === 0 && order.chargesStopped === 'payment_received';
    return { ...order, payments, returned: true, chargesStopped: isUntouched ? null : order.chargesStopped };
  });
}

/** What goes back is neither held nor owed any more: nothing is asked for again. */
export function refunded(state: Subscription, event: Event & { type: 'RefundMade' }): Subscription {
  const { refundId: id, number, amountMinor, parts } = event;
  const noted = { ...state, seenRefunds: ring(state.seenRefunds ?? [], id) };
  return withOrder(noted, number, (order) => {
    // An order that was brought back from the ledger may hold less by it already.
    if (order.refunds?.some((refund) => refund.id === id) === true) return order;
    const payments = parts.reduce((rest, part) => lessBy(rest, part.key, part.amountMinor), order.payments);
    return { ...order, payments, refunds: [...(order.refunds ?? []), { id, amountMinor }] };
  });
}

/** Payments without what was taken back of one, which may have been applied in parts: the last first. */
export function lessBy(
  payments: readonly AppliedPayment[],
  key: string,
  amountMinor: number,
): readonly AppliedPayment[] {
  let left = amountMinor;
  return payments
    .toReversed()
    .flatMap((payment) => {
      const taken = payment.key === key ? Math.min(left, payment.appliedMinor) : 0;
      left -= taken;
      const rest = { amountMinor: payment.amountMinor - taken, appliedMinor: payment.appliedMinor - taken };
      return rest.appliedMinor === 0 ? [] : [{ ...payment, ...rest }];
    })
    .toReversed();
}
