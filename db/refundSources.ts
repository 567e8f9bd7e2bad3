/** The places a refund takes its money from. Each answers with the postings that take it, or refuses and changes nothing. */
import { creditShare, soldOf } from '../domain/vat.ts';
import type { Db } from './database.ts';
import { creditOf, moved, type Account, type Posting } from './ledger.ts';
import { findOrder, type OrderRow } from './orders.ts';
import { lockPayment } from './payments.ts';
import { GATEWAY_SOURCES, RefundRefusedError, type RefundPart } from './refunds.ts';

export interface Wanted {
  readonly amountMinor: number;
  /** Only a payment that came through a gateway will do, and a single one. */
  readonly byGateway: boolean;
  readonly into: Account;
  /** Of an order's payments, this one and no other. */
  readonly paymentKey?: string | undefined;
}

export interface Taken {
  readonly postings: readonly Posting[];
  readonly paymentKey: string | null;
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  readonly netMinor: number | null;
  readonly vatMinor: number | null;
  readonly parts: readonly RefundPart[];
}

/** Part of a payment that an order holds. */
interface Held {
  readonly key: string;
  readonly source: string;
  readonly amountMinor: number;
}

/** The latest payment first. What the order is worth goes down with it, so that nothing is asked for again. */
export async function takeFromOrder(
  trx: Db,
  number: string,
  { amountMinor, byGateway, into, paymentKey }: Wanted,
): Promise<Taken> {
  const order = await lockOrder(trx, number);
  if (order.status !== 'completed') throw new RefundRefusedError('refund_of_open_order');
  const held = await heldBy(trx, number);
  const surplusMinor = await surplusOf(trx, order);
  const availableMinor = Math.max(0, sumOf(held) - surplusMinor);
  if (availableMinor === 0) throw new RefundRefusedError('refund_of_nothing');
  if (amountMinor > availableMinor) throw new RefundRefusedError('refund_exceeds', availableMinor);
  const meant = held.filter(({ key }) => paymentKey === undefined || key === paymentKey);
  const taken = byGateway ? oneOf(meant, amountMinor) : latestOf(meant, amountMinor);
  const { netMinor, vatMinor } = await shareOf(trx, order, { surplusMinor, amountMinor });
  await trx('orders')
    .where({ number })
    .update({
      received_minor: trx.raw('received_minor - ?', [amountMinor]),
      refunded_minor: trx.raw('refunded_minor + ?', [amountMinor]),
    });
  const receivable: Account = `receivable:${number}`;
  return {
    postings: [
      ...taken.flatMap((part) => moved(part.key, part.amountMinor, receivable, into)),
      { account: 'deferred_revenue', amountMinor: netMinor },
      { account: 'vat_payable', amountMinor: vatMinor },
      { account: receivable, amountMinor: -amountMinor },
    ],
    paymentKey: byGateway ? (taken[0]?.key ?? null) : null,
    customerId: order.customerId,
    subscriptionId: order.subscriptionId,
    netMinor,
    vatMinor,
    parts: taken.map(({ key, amountMinor: part }) => ({ key, amountMinor: part })),
  };
}

/**
 * The net and the VAT that a refund takes off an order, as its credit note will have them. Under split payment its
 * customer paid no VAT.
 */
async function shareOf(
  trx: Db,
  { number, priced }: OrderRow,
  { surplusMinor, amountMinor }: { readonly surplusMinor: number; readonly amountMinor: number },
): Promise<{ netMinor: number; vatMinor: number }> {
  if (priced.splitPayment) return { netMinor: amountMinor, vatMinor: 0 };
  const sold = { ...priced, ...soldOf(priced, surplusMinor) };
  const before: { netMinor: number; vatMinor: number }[] = await trx('refunds')
    .where({ order_number: number, source: 'order' })
    .select('net_minor as netMinor', 'vat_minor as vatMinor');
  const left = before.reduce(
    (rest, one) => ({ netMinor: rest.netMinor - one.netMinor, vatMinor: rest.vatMinor - one.vatMinor }),
    { netMinor: sold.netMinor, vatMinor: sold.vatMinor },
  );
  return creditShare(sold, { left, amountMinor });
}

/** What an order could give back now, in all and to one card or account at most; in cents. */
export async function refundableOf(
  db: Db,
  order: OrderRow,
): Promise<{ readonly availableMinor: number; readonly originalMinor: number }> {
  const held = await heldBy(db, order.number);
  const availableMinor = Math.max(0, sumOf(held) - (await surplusOf(db, order)));
  const largest = held.filter(isByGateway).reduce((most, one) => Math.max(most, one.amountMinor), 0);
  return { availableMinor, originalMinor: Math.min(availableMinor, largest) };
}

/** Commits to its life and what takes money back hold the same locks in the same order: life, payments, order. */
async function lockOrder(trx: Db, number: string): Promise<OrderRow> {
  const named = await findOrder(trx, number);
  if (named === null) throw new RefundRefusedError('order_unknown');
  await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`subscription ${named.subscriptionId}`]);
  const held = (await heldBy(trx, number)).map(({ key }) => key).toSorted();
  for (const key of held) await lockPayment(trx, key);
  await demandNoneTakenBack(trx, held);
  await trx('orders').where({ number }).forUpdate().first('number');
  return (await findOrder(trx, number)) ?? named;
}

/** A life that is just deciding what a reversal takes must find the money where it saw it. */
async function demandNoneTakenBack(trx: Db, keys: readonly string[]): Promise<void> {
  const one = await trx('reversals')
    .where('payment_key', trx.raw('any(?::text[])', [[...keys]]))
    .whereNull('placed_minor')
    .first('key');
  if (one !== undefined) throw new RefundRefusedError('payment_being_reversed');
}

/** Money that an operator's signal merely claims never came in: it cannot go back. */
async function heldBy(db: Db, number: string): Promise<Held[]> {
  const held: Held[] = await db('payment_places')
    .join('payments', 'payments.key', 'payment_places.payment_key')
    .where({ account: `receivable:${number}` })
    .where('payment_places.amount_minor', '>', 0)
    .whereNot({ source: 'disputed' })
    .orderByRaw('registered_on desc, recorded_at desc, key')
    .select('key', 'source', 'payment_places.amount_minor as amountMinor');
  return held;
}

/** What an order did not need is the customer's credit already. */
async function surplusOf(db: Db, { number, subscriptionId }: OrderRow): Promise<number> {
  const row: { sum: number | null } | undefined = await db('timeline')
    .where({ subscription_id: subscriptionId, type: 'SurplusCredited' })
    .whereRaw("data ->> 'number' = ?", [number])
    .first(db.raw("sum((data ->> 'amountMinor')::bigint)::bigint as sum"));
  return row?.sum ?? 0;
}

function sumOf(held: readonly Held[]): number {
  return held.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

function isByGateway({ source }: { readonly source: string }): boolean {
  return GATEWAY_SOURCES.has(source);
}

function oneOf(held: readonly Held[], amountMinor: number): Held[] {
  const byGateway = held.filter(isByGateway);
  const one = byGateway.find((payment) => payment.amountMinor >= amountMinor);
  if (one !== undefined) return [{ ...one, amountMinor }];
  const largest = byGateway.reduce((most, payment) => Math.max(most, payment.amountMinor), 0);
  throw new RefundRefusedError('refund_not_original', largest);
}

function latestOf(held: readonly Held[], amountMinor: number): Held[] {
  let left = amountMinor;
  return held.flatMap((payment) => {
    const part = Math.min(left, payment.amountMinor);
    left -= part;
    return part === 0 ? [] : [{ ...payment, amountMinor: part }];
  });
}

/** A payment, or what is left of one, that waits for an operator. */
export async function takeFromPayment(trx: Db, key: string, { amountMinor, byGateway, into }: Wanted): Promise<Taken> {
  const payment = await lockPayment(trx, key);
  if (payment === null) throw new RefundRefusedError('payment_unknown');
  await demandNoneTakenBack(trx, [key]);
  const place: { amountMinor: number } | undefined = await trx('payment_places')
    .where({ payment_key: key, account: 'unmatched' })
    .first('amount_minor as amountMinor');
  const availableMinor = payment.source === 'disputed' ? 0 : (place?.amountMinor ?? 0);
  if (availableMinor === 0) throw new RefundRefusedError('refund_of_nothing');
  if (amountMinor > availableMinor) throw new RefundRefusedError('refund_exceeds', availableMinor);
  if (byGateway && !isByGateway(payment)) throw new RefundRefusedError('refund_not_original', 0);
  return {
    postings: moved(key, amountMinor, 'unmatched', into),
    paymentKey: key,
    ...(await whoseIs(trx, payment)),
    netMinor: null,
    vatMinor: null,
    parts: [],
  };
}

/** Whose a payment is, as far as the order it names tells. */
async function whoseIs(
  trx: Db,
  { subscriptionId, orderNumber }: { subscriptionId: string | null; orderNumber: string },
): Promise<Pick<Taken, 'customerId' | 'subscriptionId'>> {
  const order: { customerId: string; subscriptionId: string } | undefined = await trx('orders')
    .where(subscriptionId === null ? { number: orderNumber } : { subscription_id: subscriptionId })
    .orderBy('number')
    .first('customer_id as customerId', 'subscription_id as subscriptionId');
  return { customerId: order?.customerId ?? null, subscriptionId: order?.subscriptionId ?? null };
}

export async function takeFromCredit(
  trx: Db,
  customerId: string,
  { amountMinor, byGateway, into }: Wanted,
): Promise<Taken> {
  await trx('customer_credits').where({ customer_id: customerId }).forUpdate().first('customer_id');
  const availableMinor = await creditOf(trx, customerId);
  if (availableMinor === 0) throw new RefundRefusedError('refund_of_nothing');
  if (amountMinor > availableMinor) throw new RefundRefusedError('refund_exceeds', availableMinor);
  if (byGateway) throw new RefundRefusedError('refund_not_original', 0);
  return {
    postings: [
      { account: `customer_credit:${customerId}`, amountMinor },
      { account: into, amountMinor: -amountMinor },
    ],
    paymentKey: null,
    customerId,
    subscriptionId: null,
    netMinor: null,
    vatMinor: null,
    parts: [],
  };
}
