import type { Event } from '../../domain/events.ts';
import type { OpenOrder } from '../../domain/orders.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Db } from '../database.ts';
import { ensureHolder } from '../holders.ts';
import { queueInvoice, queueUndoingNote } from '../invoices.ts';
import { postJournal, type Posting } from '../ledger.ts';
import { takeLiveService } from '../liveServices.ts';
import { pricedColumns } from '../orders.ts';
import { timestamp } from '../values.ts';

type EventOf<T extends Event['type']> = Event & { readonly type: T };

export async function placed(trx: Db, subscription: Subscription, event: EventOf<'OrderPlaced'>): Promise<void> {
  await placeOrder(trx, subscription, event.order);
  await postJournal(trx, { ...journalOf(subscription, event), postings: owed(event.order) });
}

/** A cancelled order is owed no more; what it holds is released by events of its own. */
export async function cancelled(trx: Db, subscription: Subscription, event: EventOf<'OrderCancelled'>): Promise<void> {
  return takeBack(trx, subscription, event, event.why);
}

/** A completed order is undone: nothing is owed on either side, and what it holds is credited by events of its own. */
export async function reversed(trx: Db, subscription: Subscription, event: EventOf<'OrderReversed'>): Promise<void> {
  await takeBack(trx, subscription, event, 'not_activated');
  if (event.netMinor > 0) await queueUndoingNote(trx, event.number);
}

async function takeBack(
  trx: Db,
  subscription: Subscription,
  event: EventOf<'OrderCancelled' | 'OrderReversed'>,
  why: string,
): Promise<void> {
  const { number } = event;
  const changes = { status: 'cancelled', cancelled_why: why, completed_on: null, due_minor: 0 };
  const priced = await changeOrder(trx, number, changes);
  const left = lessRefunds(priced, await refundsOf(trx, number));
  const postings = owed({ number, priced: left }).map((posting) => ({ ...posting, amountMinor: -posting.amountMinor }));
  await postJournal(trx, { ...journalOf(subscription, event), postings });
}

export async function completed(trx: Db, event: EventOf<'OrderCompleted'>): Promise<void> {
  const { number, completedOn, dueMinor } = event;
  const changes = { status: 'completed', completed_on: completedOn, due_minor: dueMinor };
  const { payableMinor } = await changeOrder(trx, number, changes);
  if (payableMinor > 0) await queueInvoice(trx, number);
}

export async function partPaid(trx: Db, event: EventOf<'PaymentApplied'>): Promise<void> {
  await changeOrder(trx, event.number, {
    received_minor: trx.raw('received_minor + ?', [event.payment.appliedMinor]),
    due_minor: event.dueMinor,
  });
}

/** The head of an event's journal. */
export function journalOf(subscription: Subscription, event: Event) {
  return { kind: event.type, at: event.at, subscriptionId: subscription.id, sequence: event.sequence };
}

type Worth = Pick<OpenOrder['priced'], 'payableMinor' | 'netMinor'>;

/** What an order is still worth: refunds have lowered it when they were decided. */
function lessRefunds({ payableMinor, netMinor }: Worth, refunded: Worth): Worth {
  return { payableMinor: payableMinor - refunded.payableMinor, netMinor: netMinor - refunded.netMinor };
}

async function refundsOf(trx: Db, number: string): Promise<Worth> {
  const refunds: Worth[] = await trx('refunds')
    .where({ order_number: number, source: 'order' })
    .select('amount_minor as payableMinor', 'net_minor as netMinor');
  return refunds.reduce(
    (sum, one) => ({ payableMinor: sum.payableMinor + one.payableMinor, netMinor: sum.netMinor + one.netMinor }),
    { payableMinor: 0, netMinor: 0 },
  );
}

/** An order is owed by the customer, for service to come and for the VAT where they pay it. */
function owed({ number, priced }: { readonly number: string; readonly priced: Worth }): Posting[] {
  return [
    { account: `receivable:${number}`, amountMinor: priced.payableMinor },
    { account: 'deferred_revenue', amountMinor: -priced.netMinor },
    { account: 'vat_payable', amountMinor: priced.netMinor - priced.payableMinor },
  ];
}

/** The reservation becomes an order; without one (a sweeper was quicker, or it was never reserved) it is written whole. */
async function placeOrder(trx: Db, subscription: Subscription, order: OpenOrder): Promise<void> {
  const { number, priced } = order;
  const placed = {
    status: 'awaiting_payment',
    ...pricedColumns(priced),
    origin: order.origin,
    received_minor: 0,
    due_minor: priced.payableMinor,
    placed_at: timestamp(order.placedAt),
  };
  const rows = await trx('orders')
    .insert({ number, subscription_id: subscription.id, customer_id: subscription.customerRef, ...placed })
    .onConflict('number')
    .merge({ ...placed, refusal: null })
    .where('orders.subscription_id', subscription.id)
    .whereIn('orders.status', ['reserved', 'refused'])
    .returning('number');
  if (rows.length !== 1) throw new Error(`Order ${number} cannot be placed: its number is used already.`);
  if (priced.content.type !== 'first_purchase') return;
  await ensureHolder(trx, { subscriptionId: subscription.id, customerId: subscription.customerRef });
  await takeLiveService(trx, subscription.id);
}

async function changeOrder(trx: Db, number: string, changes: Record<string, unknown>): Promise<OpenOrder['priced']> {
  const rows: { priced: OpenOrder['priced'] }[] = await trx('orders')
    .where({ number })
    .whereIn('status', ['awaiting_payment', 'completed'])
    .update(changes)
    .returning('priced');
  const changed = rows[0];
  if (changed === undefined) throw new Error(`Order ${number} is not open, so it cannot change.`);
  return changed.priced;
}
