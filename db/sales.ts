/** What of a life's timeline an invoice is made of: the fact that an order was completed, and how. */
import { dateAt, type PlainDate } from '../domain/calendar.ts';
import type { Event } from '../domain/events.ts';
import { completingPayment, type AppliedPayment, type PaymentMethodKind } from '../domain/orders.ts';
import { soldOf, type Parts } from '../domain/vat.ts';
import type { Db } from './database.ts';
import { findOrder, type OrderRow } from './orders.ts';
import { eventOf, type TimelineEntry } from './timeline.ts';

type SoldOrder = Pick<OrderRow, 'number' | 'subscriptionId' | 'customerId' | 'priced'>;

export interface Sale {
  readonly order: SoldOrder;
  /** The registration day of what completed it, on the life's own calendar. */
  readonly completedOn: PlainDate;
  /** How the payment with which the sum was reached came; `commitment` where it was not reached by then. */
  readonly paidBy: PaymentMethodKind | 'commitment';
  /** What the administration wrote that committed itself to pay; null where none did. */
  readonly commitment: string | null;
  /** What it was sold for: its price, less what was found too much when it was paid. */
  readonly sold: Parts & { readonly payableMinor: number };
  /** The day on which it was undone as a whole, its service not having been made; null otherwise. */
  readonly undoneOn: PlainDate | null;
}

const TYPES = ['CommitmentRegistered', 'PaymentApplied', 'OrderCompleted', 'SurplusCredited', 'OrderReversed'];

/** Null where the order was never completed. */
export async function findSale(db: Db, orderNumber: string): Promise<Sale | null> {
  const order = await findOrder(db, orderNumber);
  if (order === null) return null;
  const entries: TimelineEntry[] = await db('timeline')
    .where({ subscription_id: order.subscriptionId })
    .whereIn('type', TYPES)
    .whereRaw("data ->> 'number' = ?", [orderNumber])
    .orderBy('sequence')
    .select('sequence', 'at', 'type', 'data');
  return saleOf(order, entries.map(eventOf));
}

/** The same from the life's events, in their order; those of other orders are passed over. */
export function saleOf(order: SoldOrder, events: readonly Event[]): Sale | null {
  const payments: AppliedPayment[] = [];
  let completedOn: PlainDate | null = null;
  let surplusMinor = 0;
  let undoneOn: PlainDate | null = null;
  let commitment: string | null = null;
  for (const event of events) {
    if (!('number' in event) || event.number !== order.number) continue;
    if (event.type === 'PaymentApplied' && completedOn === null) payments.push(event.payment);
    else if (event.type === 'CommitmentRegistered') commitment = event.reference;
    else if (event.type === 'OrderCompleted') completedOn = event.completedOn;
    else if (event.type === 'SurplusCredited') surplusMinor = event.amountMinor;
    else if (event.type === 'OrderReversed') undoneOn = dateAt(event.at);
  }
  if (completedOn === null) return null;
  const { priced } = order;
  const paidBy = completingPayment({ payments, priced })?.method ?? 'commitment';
  return { order, completedOn, paidBy, commitment, sold: soldOf(priced, surplusMinor), undoneOn };
}
