/** What a subscription's events make of its orders: a fold of its own, apart from the domain's and from the tables. */
import type { PlainDate } from '../../domain/calendar.ts';
import type { Event } from '../../domain/events.ts';
import type { OpenOrder } from '../../domain/orders.ts';

export class FoldedOrder {
  readonly priced: OpenOrder['priced'];
  status: 'awaiting_payment' | 'completed' | 'cancelled' = 'awaiting_payment';
  completedOn: PlainDate | null = null;
  refundedMinor = 0;
  /** Cents it holds of each payment. */
  readonly held = new Map<string, number>();

  constructor(priced: OpenOrder['priced']) {
    this.priced = priced;
  }

  get receivedMinor(): number {
    return [...this.held.values()].reduce((sum, amount) => sum + amount, 0);
  }

  get dueMinor(): number {
    const { payableMinor } = this.priced;
    return this.status === 'cancelled' ? 0 : payableMinor - this.refundedMinor - this.receivedMinor;
  }

  hold(key: string, amountMinor: number): void {
    this.held.set(key, (this.held.get(key) ?? 0) + amountMinor);
  }

  /** Money of a payment goes elsewhere; what never was here stays where it is. */
  letGo(key: string, amountMinor: number): void {
    const held = this.held.get(key) ?? 0;
    if (this.status === 'cancelled' && held > 0) this.held.set(key, held - amountMinor);
  }
}

/** Follows one event. */
export function foldOrders(orders: Map<string, FoldedOrder>, event: Event): void {
  switch (event.type) {
    case 'OrderPlaced':
      orders.set(event.order.number, new FoldedOrder(event.order.priced));
      return;
    case 'OrderCompleted':
      change(orders, event.number, { status: 'completed', completedOn: event.completedOn });
      return;
    case 'OrderCancelled':
    case 'OrderReversed':
      change(orders, event.number, { status: 'cancelled', completedOn: null });
      return;
    case 'PaymentApplied':
      orders.get(event.number)?.hold(event.payment.key, event.payment.appliedMinor);
      return;
    case 'PaymentCredited':
    case 'PaymentUnmatched':
      orders.get(event.number)?.letGo(event.key, event.amountMinor);
      return;
    case 'PaymentReversed':
      if (event.number !== null) orders.get(event.number)?.hold(event.reversal.paymentKey, -event.orderMinor);
      return;
    case 'RefundMade': {
      const order = orders.get(event.number);
      if (order === undefined) return;
      order.refundedMinor += event.amountMinor;
      for (const { key, amountMinor } of event.parts) order.hold(key, -amountMinor);
      return;
    }
    default:
      return;
  }
}

function change(
  orders: ReadonlyMap<string, FoldedOrder>,
  number: string,
  { status, completedOn }: Pick<FoldedOrder, 'status' | 'completedOn'>,
): void {
  const order = orders.get(number);
  if (order === undefined) return;
  order.status = status;
  order.completedOn = completedOn;
}
