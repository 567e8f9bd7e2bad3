import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { PaymentFact } from '../domain/commands.ts';
import type { UnmatchedReason } from '../domain/events.ts';
import { contentOf } from '../domain/evolve.ts';
import { CURRENCY } from '../domain/money.ts';
import type { PaymentMethodKind, StoredMethod } from '../domain/orders.ts';
import type { Db } from './database.ts';
import { paymentOf, type PaymentRecord } from './paymentRows.ts';
import { creditOf, moved, postJournal, received, type Account } from './ledger.ts';
import { jsonb, timestamp } from './values.ts';

export interface NewPayment {
  /** `<source>:<externalId>`. */
  readonly key: string;
  readonly source: string;
  readonly externalId: string;
  readonly orderNumber: string;
  /** Null when there is no such order. */
  readonly subscriptionId: string | null;
  /** Cents, 1 or more. */
  readonly amountMinor: number;
  readonly method: PaymentMethodKind;
  readonly registeredOn: PlainDate;
  /** On the life's own clock. */
  readonly receivedAt: Instant;
  readonly storedMethod: StoredMethod | null;
}

/** What stands for the order's number where money names no order that we know. */
export const NO_ORDER = '-';

/** Why a payment waits for an operator; `conflict`: it contradicts what an operator's signal said of it before. */
export type SetAsideReason = UnmatchedReason | 'conflict';

export interface PaymentRow extends NewPayment {
  /** The event by which its subscription took it in; null while it has not heard of it. */
  readonly heardSequence: number | null;
  readonly unmatchedReason: SetAsideReason | null;
  /** The order an operator last gave it to, of its own or another subscription. */
  readonly assignedTo: Assignment | null;
  /** The payment it was part of, where an operator gave that away in parts. */
  readonly partOf?: string;
  /** On the wall's clock. */
  readonly recordedAt: Instant;
}

export interface Assignment {
  readonly orderNumber: string;
  /** 1, 2 … for this payment. */
  readonly number: number;
  /** On the clock of the order's life. */
  readonly at: Instant;
}

/** An order asked to use more credit than the customer has. */
export class InsufficientCreditError extends Error {
  override readonly name = 'InsufficientCreditError';
  constructor() {
    super("The amount is more than the customer's credit.");
  }
}

/** An operator's signal may say anything of when money came; this much Postgres can hold: the years 1000 to 9999. */
const EARLIEST = Date.UTC(1000, 0, 1);
const LATEST = Date.UTC(9999, 11, 31);

/**
 * Writes money that arrived into the ledger, once per source and external id. `same`: it was already there. `different`:
 * it was there with another amount, order, date or method, and nothing changed; do not signal it. Money for an unknown
 * order waits for an operator at once.
 */
export async function recordPayment(
  db: Db,
  payment: NewPayment,
): Promise<{ readonly kind: 'new' | 'same' | 'different'; readonly payment: PaymentRow }> {
  const { key, source, externalId, subscriptionId, amountMinor, orderNumber, method, receivedAt: at } = payment;
  if (key !== `${source}:${externalId}`) throw new TypeError('A payment is named by its source and external id.');
  return db.transaction(async (trx) => {
    const inserted = await insertPayment(trx, {
      ...payment,
      unmatchedReason: subscriptionId === null ? 'unknown_order' : null,
    });
    if (inserted === null) {
      const known = await findPayment(trx, key);
      if (known === null) throw new Error(`Payment ${key} was neither inserted nor found.`);
      return { kind: contentOf(known) === contentOf(payment) ? 'same' : 'different', payment: known };
    }
    const from: Account = method === 'credit' ? await drawCredit(trx, orderNumber, amountMinor) : `cash:${method}`;
    const postings = received(key, amountMinor, from, subscriptionId === null ? 'unmatched' : 'unapplied');
    await postJournal(trx, { kind: 'PaymentRecorded', at, subscriptionId, sequence: null, postings });
    return { kind: 'new', payment: inserted };
  });
}

async function drawCredit(trx: Db, orderNumber: string, amountMinor: number): Promise<Account> {
  const order = await trx<{ number: string; customer_id: string }>('orders')
    .where({ number: orderNumber })
    .first('customer_id');
  if (order === undefined) throw new TypeError('Credit can only be used for an order that exists.');
  await trx('customer_credits').where({ customer_id: order.customer_id }).forUpdate();
  if ((await creditOf(trx, order.customer_id)) < amountMinor) throw new InsufficientCreditError();
  return `customer_credit:${order.customer_id}`;
}

/** Inserts a payment, or returns null when its key is already there (waiting for a transaction that is inserting it). */
export async function insertPayment(
  trx: Db,
  payment: NewPayment & {
    readonly heardSequence?: number;
    readonly unmatchedReason?: SetAsideReason | null;
    /** The key an operator's signal claimed where the ledger could not confirm it. */
    readonly claimsKey?: string;
    readonly partOf?: string;
  },
): Promise<PaymentRow | null> {
  const rows: PaymentRecord[] = await trx('payments')
    .insert({
      key: payment.key,
      source: payment.source,
      external_id: payment.externalId,
      claims_key: payment.claimsKey ?? null,
      part_of: payment.partOf ?? null,
      order_number: payment.orderNumber,
      subscription_id: payment.subscriptionId,
      amount_minor: payment.amountMinor,
      currency: CURRENCY,
      method: payment.method,
      registered_on: payment.registeredOn,
      received_at: timestamp(Math.min(Math.max(payment.receivedAt, EARLIEST), LATEST) as Instant),
      stored_method: payment.storedMethod === null ? null : jsonb(payment.storedMethod),
      heard_sequence: payment.heardSequence ?? null,
      unmatched_reason: payment.unmatchedReason ?? null,
    })
    .onConflict()
    .ignore()
    .returning('*');
  return rows[0] === undefined ? null : paymentOf(rows[0]);
}

export async function findPayment(db: Db, key: string): Promise<PaymentRow | null> {
  const row = await db<PaymentRecord>('payments').where({ key }).first();
  return row === undefined ? null : paymentOf(row);
}

/** Like findPayment, holding the payment until the transaction ends. */
export async function lockPayment(trx: Db, key: string): Promise<PaymentRow | null> {
  const row = await trx<PaymentRecord>('payments').where({ key }).forUpdate().first();
  return row === undefined ? null : paymentOf(row);
}

/** All payments a subscription received, in the order in which they were recorded. */
export async function listPayments(db: Db, subscriptionId: string): Promise<PaymentRow[]> {
  const rows = await db<PaymentRecord>('payments')
    .where({ subscription_id: subscriptionId })
    .orderBy([{ column: 'recorded_at' }, { column: 'key' }]);
  return rows.map(paymentOf);
}

/** Money recorded for a subscription of which nothing is committed yet, beside the keys it already knows of. */
export async function unheardPayments(
  db: Db,
  subscriptionId: string,
  knownKeys: readonly string[],
): Promise<PaymentFact[]> {
  const rows = await db<PaymentRecord>('payments')
    .where({ subscription_id: subscriptionId, heard_sequence: null, unmatched_reason: null })
    .whereNot('key', db.raw('any(?::text[])', [[...knownKeys]]))
    .orderBy([{ column: 'recorded_at' }, { column: 'key' }]);
  return rows.map((row) => factOf(paymentOf(row)));
}

/** Payments recorded before an instant of the wall's clock that no subscription took in: to be signalled again. */
export async function unsettledPayments(db: Db, olderThan: Instant, limit: number): Promise<PaymentRow[]> {
  const rows = await db<PaymentRecord>('payments')
    .whereNotNull('subscription_id')
    .where({ heard_sequence: null, unmatched_reason: null })
    .where('recorded_at', '<', timestamp(olderThan))
    .orderBy('recorded_at')
    .limit(limit);
  return rows.map(paymentOf);
}

/**
 * Leaves a payment to an operator because its subscription can no longer hear of it: the workflow has ended, or never
 * began. False, and nothing changed, when it was taken in or set aside before.
 */
export async function setAsidePayment(db: Db, key: string, reason: SetAsideReason, at: Instant): Promise<boolean> {
  return db.transaction(async (trx) => {
    const payment = await lockPayment(trx, key);
    if (payment === null || payment.heardSequence !== null || payment.unmatchedReason !== null) return false;
    await trx('payments').where({ key }).update({ unmatched_reason: reason });
    await postJournal(trx, {
      kind: 'PaymentSetAside',
      at,
      subscriptionId: payment.subscriptionId,
      sequence: null,
      postings: moved(key, payment.amountMinor, 'unapplied', 'unmatched'),
    });
    return true;
  });
}

/**
 * Gives money that waits for an operator, all of it, to an order of a subscription, which is to be told: until it has
 * heard, the payment is like one that has just come in. False, and nothing changed, where it does not wait whole.
 */
export async function assignPayment(
  db: Db,
  key: string,
  { orderNumber, subscriptionId, at }: { orderNumber: string; subscriptionId: string; at: Instant },
): Promise<boolean> {
  return db.transaction(async (trx) => {
    const payment = await lockPayment(trx, key);
    if (payment === null || !(await waitsWhole(trx, payment))) return false;
    await trx('payments')
      .where({ key })
      .update({
        subscription_id: subscriptionId,
        heard_sequence: null,
        unmatched_reason: null,
        assigned_order: orderNumber,
        assigned_at: timestamp(at),
        assignments: trx.raw('assignments + 1'),
      });
    await postJournal(trx, {
      kind: 'PaymentAssigned',
      at,
      subscriptionId,
      sequence: null,
      postings: moved(key, payment.amountMinor, 'unmatched', 'unapplied'),
    });
    return true;
  });
}

/** Whether all of a payment waits for an operator. */
export async function waitsWhole(db: Db, payment: PaymentRow): Promise<boolean> {
  return (await waitingOf(db, payment)) === payment.amountMinor;
}

/**
 * How much of a payment waits for an operator, in cents. What an operator's signal merely claims is not there to be given,
 * nor what is just being taken back: a life that is deciding it must find the money where it saw it.
 */
export async function waitingOf(db: Db, { key, source }: PaymentRow): Promise<number> {
  if (source === 'disputed') return 0;
  const back = await db('reversals').where({ payment_key: key }).whereNull('placed_minor').first('key');
  if (back !== undefined) return 0;
  const place: { amount_minor: number } | undefined = await db('payment_places')
    .where({ payment_key: key, account: 'unmatched' })
    .first('amount_minor');
  return place?.amount_minor ?? 0;
}

/** A payment as its subscription is told of it. Money an operator assigned stores no method: its customer chose none. */
export function factOf(payment: PaymentRow): PaymentFact {
  const { key, orderNumber, amountMinor, method, registeredOn, receivedAt, storedMethod, assignedTo } = payment;
  if (assignedTo !== null) {
    const { orderNumber: assigned, number: assignment, at } = assignedTo;
    const fact = { key, orderNumber: assigned, amountMinor, method, registeredOn, receivedAt: at };
    return { ...fact, storedMethod: null, assignment };
  }
  return { key, orderNumber, amountMinor, method, registeredOn, receivedAt, storedMethod };
}
