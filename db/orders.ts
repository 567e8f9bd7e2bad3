import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { NumberedOrder } from '../domain/commands.ts';
import type { Refusal } from '../domain/errors.ts';
import { CURRENCY } from '../domain/money.ts';
import { orderNumberFor } from '../domain/orderNumber.ts';
import type { OpenOrder, PaymentMethodKind } from '../domain/orders.ts';
import type { PricedOrder } from '../domain/pricing.ts';
import type { Db } from './database.ts';
import { ensureHolder, type Holder } from './holders.ts';
import { freeLiveService, takeLiveService } from './liveServices.ts';
import { jsonb, timestamp } from './values.ts';

export { TaxIdentityTakenError } from './liveServices.ts';

/** What the customer accepted when confirming, kept with version and time. */
export interface Acceptances {
  readonly termsVersion: string;
  readonly unfairTermsVersion: string;
  readonly privacyVersion: string;
  /** Versions of the service descriptions declared read, where they were. */
  readonly serviceSheets?: { readonly conservation: string; readonly nso?: string };
  readonly acceptedAt: Instant;
}

/** `reserved`: numbered, not yet taken by the subscription. `refused`: it never was. */
export type OrderStatus = 'reserved' | 'refused' | 'awaiting_payment' | 'completed' | 'cancelled';

/** An order of any age. Amounts in cents; `receivedMinor` is what it holds, `dueMinor` what is still to be paid. */
export interface OrderRow {
  readonly number: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly priced: PricedOrder;
  readonly origin: OpenOrder['origin'];
  readonly acceptances: Acceptances | null;
  /** How the customer said it would be paid. */
  readonly paymentMethod: string | null;
  readonly receivedMinor: number;
  readonly dueMinor: number;
  /** What was given back of it. */
  readonly refundedMinor: number;
  /** On the life's own clock. */
  readonly placedAt: Instant | null;
  readonly completedOn: PlainDate | null;
  readonly cancelledWhy: string | null;
  readonly refusal: Refusal | null;
  /** On the wall's clock. */
  readonly createdAt: Instant;
}

export interface Reservation {
  readonly number: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly priced: PricedOrder;
  readonly origin?: OpenOrder['origin'];
  readonly acceptances?: Acceptances | null;
  readonly paymentMethod?: string | null;
  /** Of a first purchase: whom the service is for; without one, its customer. */
  readonly holder?: Holder | undefined;
}

interface OrderRecord {
  number: string;
  subscription_id: string;
  customer_id: string;
  type: string;
  status: OrderStatus;
  origin: OpenOrder['origin'];
  priced: PricedOrder;
  acceptances: Acceptances | null;
  payment_method: string | null;
  received_minor: number;
  due_minor: number;
  refunded_minor: number;
  placed_at: Instant | null;
  completed_on: PlainDate | null;
  cancelled_why: string | null;
  refusal: Refusal | null;
  created_at: Instant;
}

/** A new number from the sequence, with its check digits. Numbers that are never used leave gaps. */
export async function nextOrderNumber(db: Db): Promise<string> {
  const { rows } = await db.raw<{ rows: { value: number }[] }>("select nextval('order_numbers') as value");
  return orderNumberFor((rows[0] as { value: number }).value);
}

/**
 * Writes down a numbered order before its subscription is asked. A first purchase also writes down its holder and takes
 * their tax identities: throws TaxIdentityTakenError when another live service has one. The same reservation again changes nothing.
 */
export async function reserveOrder(db: Db, reservation: Reservation): Promise<void> {
  await db.transaction(async (trx) => {
    const rows = await trx('orders')
      .insert({
        number: reservation.number,
        subscription_id: reservation.subscriptionId,
        customer_id: reservation.customerId,
        status: 'reserved',
        ...pricedColumns(reservation.priced),
        origin: reservation.origin ?? 'customer',
        acceptances: reservation.acceptances == null ? null : jsonb(reservation.acceptances),
        payment_method: reservation.paymentMethod ?? null,
        received_minor: 0,
        due_minor: reservation.priced.payableMinor,
      })
      // Of two at once the second may meet any of the order's constraints first: which one says nothing.
      .onConflict()
      .ignore()
      .returning('number');
    if (rows.length === 0) {
      await checkSameReservation(trx, reservation);
    } else if (reservation.priced.content.type === 'first_purchase') {
      await ensureHolder(trx, reservation, reservation.holder);
      await takeLiveService(trx, reservation.subscriptionId);
    }
  });
}

async function checkSameReservation(trx: Db, { number, subscriptionId }: Reservation): Promise<void> {
  const known = await trx<OrderRecord>('orders').where({ number }).first('subscription_id');
  if (known === undefined)
    throw new TypeError(`Subscription ${subscriptionId} has a first order under another number.`);
  if (known.subscription_id !== subscriptionId)
    throw new TypeError(`Order number ${number} belongs to another subscription.`);
}

/** Columns that follow from an order's price; amounts in cents. */
export function pricedColumns(priced: PricedOrder) {
  return {
    type: priced.content.type,
    priced: jsonb(priced),
    payable_minor: priced.payableMinor,
    currency: CURRENCY,
  };
}

/** Ends a reservation the subscription did not take and frees its tax identities. False when it is no longer one. */
export async function refuseReservation(db: Db, number: string, refusal: Refusal): Promise<boolean> {
  return db.transaction(async (trx) => {
    const rows: { subscription_id: string; type: string }[] = await trx('orders')
      .where({ number, status: 'reserved' })
      .update({ status: 'refused', refusal: jsonb(refusal), due_minor: 0 })
      .returning(['subscription_id', 'type']);
    const refused = rows[0];
    if (refused?.type === 'first_purchase') await freeLiveService(trx, refused.subscription_id);
    return refused !== undefined;
  });
}

export async function findOrder(db: Db, number: string): Promise<OrderRow | null> {
  const row = await db<OrderRecord>('orders').where({ number }).first();
  return row === undefined ? null : orderOf(row);
}

/** All orders of a subscription, oldest first. */
export async function listOrders(db: Db, subscriptionId: string): Promise<OrderRow[]> {
  const rows = await db<OrderRecord>('orders').where({ subscription_id: subscriptionId }).orderBy('number');
  return rows.map(orderOf);
}

/** A page of a customer's orders, or of one service's, newest first: from the one after `after`. Only those ever placed. */
export async function listOrdersOf(
  db: Db,
  { customerId, subscriptionId }: { readonly customerId: string; readonly subscriptionId?: string },
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<OrderRow[]> {
  const query = db<OrderRecord>('orders')
    .where({ customer_id: customerId })
    .whereNotIn('status', ['reserved', 'refused'])
    .orderByRaw('number::bigint desc')
    .limit(limit);
  if (subscriptionId !== undefined) void query.where({ subscription_id: subscriptionId });
  if (after !== undefined) void query.whereRaw('number::bigint < ?::bigint', [after]);
  return (await query).map(orderOf);
}

/** Remembers how an order with something still due is going to be paid. False where nothing is. */
export async function chooseWayToPay(db: Db, number: string, method: PaymentMethodKind): Promise<boolean> {
  const changed = await db('orders')
    .where({ number })
    .whereIn('status', ['awaiting_payment', 'completed'])
    .where('due_minor', '>', 0)
    .update({ payment_method: method });
  return changed === 1;
}

/** Reservations made before an instant of the wall's clock that nobody took: a process died in between. */
export async function staleReservations(db: Db, olderThan: Instant): Promise<OrderRow[]> {
  const rows = await db<OrderRecord>('orders')
    .where({ status: 'reserved' })
    .where('created_at', '<', timestamp(olderThan))
    .orderBy('created_at');
  return rows.map(orderOf);
}

/**
 * Numbers and writes down the order of an auto-renewal. While it waits to be taken, the same subscription and cycle get
 * the same number again, carrying the price given last; once taken or refused, a new one.
 */
export async function reserveRenewalOrder(
  db: Db,
  renewal: {
    readonly subscriptionId: string;
    readonly expiresOn: PlainDate;
    readonly cycleKey: string;
    readonly priced: PricedOrder;
  },
): Promise<NumberedOrder> {
  const { subscriptionId, expiresOn, cycleKey, priced } = renewal;
  const number = await nextOrderNumber(db);
  const subscription = await db<{ id: string; customer_id: string }>('subscriptions')
    .where({ id: subscriptionId })
    .first('customer_id');
  if (subscription === undefined) throw new TypeError(`There is no subscription ${subscriptionId} to renew.`);
  const rows: { number: string }[] = await db('orders')
    .insert({
      number,
      subscription_id: subscriptionId,
      customer_id: subscription.customer_id,
      status: 'reserved',
      ...pricedColumns(priced),
      origin: 'auto_renewal',
      cycle_key: cycleKey,
      renews_from: expiresOn,
      received_minor: 0,
      due_minor: priced.payableMinor,
    })
    .onConflict(db.raw("(subscription_id, cycle_key) where status = 'reserved'"))
    .merge(['priced', 'payable_minor', 'due_minor', 'renews_from'])
    .returning('number');
  return { number: (rows[0] as { number: string }).number, priced };
}

function orderOf(row: OrderRecord): OrderRow {
  return {
    number: row.number,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    status: row.status,
    priced: row.priced,
    origin: row.origin,
    acceptances: row.acceptances,
    paymentMethod: row.payment_method,
    receivedMinor: row.received_minor,
    dueMinor: row.due_minor,
    refundedMinor: row.refunded_minor,
    placedAt: row.placed_at,
    completedOn: row.completed_on,
    cancelledWhy: row.cancelled_why,
    refusal: row.refusal,
    createdAt: row.created_at,
  };
}
