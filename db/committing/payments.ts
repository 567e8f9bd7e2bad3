import type { Event } from '../../domain/events.ts';
import type { PaymentFact } from '../../domain/commands.ts';
import type { Subscription } from '../../domain/subscription.ts';
import { soldOf } from '../../domain/vat.ts';
import type { Db } from '../database.ts';
import { creditOf, moved, postJournal, received, type Account, type Posting } from '../ledger.ts';
import { findOrder } from '../orders.ts';
import { insertPayment, lockPayment, setAsidePayment, type NewPayment, type PaymentRow } from '../payments.ts';
import { journalOf } from './orders.ts';

type EventOf<T extends Event['type']> = Event & { readonly type: T };

export async function applied(trx: Db, subscription: Subscription, event: EventOf<'PaymentApplied'>): Promise<void> {
  const { key, appliedMinor } = event.payment;
  const to: Account = `receivable:${event.number}`;
  await move(trx, subscription, event, { key, amountMinor: appliedMinor, from: ['unapplied'], to });
}

/** What an order did not need of the money it took: sold for less, and taxed for less. It belongs to no single payment. */
export async function surplusCredited(
  trx: Db,
  subscription: Subscription,
  event: EventOf<'SurplusCredited'>,
): Promise<void> {
  const { number, amountMinor } = event;
  const order = await findOrder(trx, number);
  if (order === null) throw new Error(`Order ${number} is not known, so it has no surplus.`);
  const netMinor = order.priced.netMinor - soldOf(order.priced, amountMinor).netMinor;
  const postings: Posting[] = [
    { account: 'deferred_revenue', amountMinor: netMinor },
    // Nothing under split payment: that VAT was never booked.
    { account: 'vat_payable', amountMinor: amountMinor - netMinor },
    { account: `customer_credit:${subscription.customerRef}`, amountMinor: -amountMinor },
  ];
  await postJournal(trx, { ...journalOf(subscription, event), postings });
}

/**
 * The subscription took a payment in. Usually the API wrote it down before; an operator's signal comes without. A signal
 * for money that waits as unmatched assigns it. One that contradicts the ledger is booked as disputed, not as cash.
 */
export async function heard(trx: Db, subscription: Subscription, event: EventOf<'PaymentReceived'>): Promise<void> {
  const { payment } = event;
  const fresh = { ...newPaymentOf(payment), subscriptionId: subscription.id, heardSequence: event.sequence };
  if ((await insertPayment(trx, fresh)) !== null) {
    const source = await sourceOf(trx, subscription, payment);
    return receive(trx, subscription, event, payment.key, source);
  }
  const known = await lockPayment(trx, payment.key);
  const at = known === null ? null : await whereTaken(trx, subscription, known);
  if (known === null || at === null || !isSameMoney(known, payment)) return dispute(trx, subscription, event);
  await trx('payments')
    .where({ key: payment.key })
    .update({ subscription_id: subscription.id, heard_sequence: event.sequence, unmatched_reason: null });
  if (at === 'unapplied') return;
  return postJournal(trx, {
    ...journalOf(subscription, event),
    postings: moved(payment.key, payment.amountMinor, 'unmatched', 'unapplied'),
  });
}

function newPaymentOf(payment: PaymentFact): Omit<NewPayment, 'subscriptionId'> {
  const colon = payment.key.indexOf(':');
  return { ...payment, source: payment.key.slice(0, Math.max(0, colon)), externalId: payment.key.slice(colon + 1) };
}

async function sourceOf(trx: Db, subscription: Subscription, payment: PaymentFact): Promise<Account> {
  if (payment.method !== 'credit') return `cash:${payment.method}`;
  const customerId = subscription.customerRef;
  await trx('customer_credits').where({ customer_id: customerId }).forUpdate();
  return (await creditOf(trx, customerId)) < payment.amountMinor ? 'disputed' : `customer_credit:${customerId}`;
}

/** Where a payment's money waits for this subscription as a whole, or null: it is used, or another's. */
async function whereTaken(
  trx: Db,
  subscription: Subscription,
  known: PaymentRow,
): Promise<'unapplied' | 'unmatched' | null> {
  const whole = await trx<{ payment_key: string; account: string; amount_minor: number }>('payment_places')
    .where({ payment_key: known.key, amount_minor: known.amountMinor })
    .first('account');
  if (whole?.account === 'unmatched') return 'unmatched';
  const isOurs = known.subscriptionId === subscription.id && known.heardSequence === null;
  return whole?.account === 'unapplied' && isOurs ? 'unapplied' : null;
}

function isSameMoney(known: PaymentRow, payment: PaymentFact): boolean {
  return known.amountMinor === payment.amountMinor && known.method === payment.method;
}

async function dispute(trx: Db, subscription: Subscription, event: EventOf<'PaymentReceived'>): Promise<void> {
  const { payment } = event;
  const externalId = `${subscription.id}:${event.sequence}:${payment.key}`;
  const key = `disputed:${externalId}`;
  const claim = {
    ...payment,
    key,
    source: 'disputed',
    externalId,
    claimsKey: payment.key,
    subscriptionId: subscription.id,
    heardSequence: event.sequence,
  };
  if ((await insertPayment(trx, claim)) === null) throw new Error(`${key} is recorded already.`);
  return receive(trx, subscription, event, key, 'disputed');
}

function receive(trx: Db, subscription: Subscription, event: EventOf<'PaymentReceived'>, key: string, source: Account) {
  const postings = received(key, event.payment.amountMinor, source, 'unapplied');
  return postJournal(trx, { ...journalOf(subscription, event), postings });
}

/** Money that arrived for nothing, or that an order held and can no longer use. */
export async function released(
  trx: Db,
  subscription: Subscription,
  event: EventOf<'PaymentCredited' | 'PaymentUnmatched'>,
  to: Account,
): Promise<void> {
  const { key, number } = event;
  const receivable: Account = `receivable:${number}`;
  // Of an order that is undone, a refund its life had not heard of may have taken part: the ledger knows better.
  const isUndone = event.type === 'PaymentCredited' && event.reason === 'order_reversed';
  const amountMinor = isUndone ? await leftOf(trx, subscription, event, receivable) : event.amountMinor;
  if (amountMinor === 0) return;
  const from = await move(trx, subscription, event, { key, amountMinor, from: ['unapplied', receivable], to });
  if (from.account === receivable)
    await trx('orders')
      .where({ number })
      .update({ received_minor: trx.raw('received_minor - ?', [amountMinor]) });
  if (event.type === 'PaymentUnmatched')
    await trx('payments').where({ key: from.paymentKey }).update({ unmatched_reason: event.reason });
}

/** What an order still holds of a payment; at most what the event says. */
async function leftOf(
  trx: Db,
  subscription: Subscription,
  { key, amountMinor }: EventOf<'PaymentCredited' | 'PaymentUnmatched'>,
  receivable: Account,
): Promise<number> {
  const most: { amountMinor: number } | undefined = await trx('payment_places')
    .join('payments', 'payments.key', 'payment_places.payment_key')
    .where({ subscription_id: subscription.id, account: receivable })
    .whereRaw('? in (key, claims_key)', [key])
    .orderBy('payment_places.amount_minor', 'desc')
    .first('payment_places.amount_minor as amountMinor');
  return Math.min(amountMinor, most?.amountMinor ?? 0);
}

/** Moves part of a payment from the first of the places that holds as much. */
async function move(
  trx: Db,
  subscription: Subscription,
  event: Event,
  part: { readonly key: string; readonly amountMinor: number; readonly from: readonly Account[]; readonly to: Account },
): Promise<{ readonly paymentKey: string; readonly account: Account }> {
  const { key, amountMinor, from, to } = part;
  // A disputed payment is stored under a key of its own and claims the one its subscription knows it by.
  const place: { paymentKey: string; account: Account } | undefined = await trx('payment_places')
    .join('payments', 'payments.key', 'payment_places.payment_key')
    .where({ subscription_id: subscription.id })
    .whereNotNull('heard_sequence')
    .whereRaw('? in (key, claims_key)', [key])
    .whereIn('account', from)
    .where('payment_places.amount_minor', '>=', amountMinor)
    // One that holds exactly as much first: a claim and the payment it claims may both pay the same order.
    .orderByRaw("account = 'unapplied' desc, payment_places.amount_minor = ? desc, heard_sequence desc", [amountMinor])
    .first('payment_key as paymentKey', 'account');
  if (place === undefined)
    throw new Error(`Event ${event.sequence} of ${subscription.id} moves money that payment ${key} does not hold.`);
  await postJournal(trx, {
    ...journalOf(subscription, event),
    postings: moved(place.paymentKey, amountMinor, place.account, to),
  });
  return place;
}

/** A payment its subscription will never take in, because it knows the same key with another content, waits for an operator. */
export async function conflictNoted(
  trx: Db,
  subscription: Subscription,
  event: EventOf<'PaymentConflictNoted'>,
): Promise<void> {
  const payment = await lockPayment(trx, event.key);
  if (payment !== null && payment.subscriptionId === subscription.id)
    await setAsidePayment(trx, event.key, 'conflict', event.at);
}
