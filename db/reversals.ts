/** Money taken back: written down once per source and external id, and placed where the payment's money is. */
import type { Instant, PlainDate } from '../domain/calendar.ts';
import { reversalContentOf, type ReversalFact, type ReversalReason } from '../domain/reversals.ts';
import type { Db } from './database.ts';
import { lockPayment, type PaymentRow } from './payments.ts';
import { takeBack } from './takingBack.ts';
import { timestamp } from './values.ts';

export interface NewReversal {
  /** `<source>:<externalId>`. */
  readonly key: string;
  readonly source: string;
  readonly externalId: string;
  /** The payment it takes back; one that is not known (yet) lets the reversal wait. */
  readonly paymentKey: string;
  /** Cents, 1 or more. */
  readonly amountMinor: number;
  readonly registeredOn: PlainDate;
  /** On the life's own clock. */
  readonly receivedAt: Instant;
  readonly reason: ReversalReason;
}

export interface ReversalRow extends NewReversal {
  /** The life that heard of it; null for one that no life hears of, and until then. */
  readonly subscriptionId: string | null;
  /** The event by which that life took it in. */
  readonly heardSequence: number | null;
  /** What was taken out of the payment's places: less than the amount where more was taken back than was there. Null while it waits. */
  readonly placedMinor: number | null;
  /** On the wall's clock. */
  readonly recordedAt: Instant;
}

interface ReversalRecord {
  key: string;
  source: string;
  external_id: string;
  payment_key: string;
  amount_minor: number;
  registered_on: PlainDate;
  received_at: Instant;
  reason: ReversalReason;
  subscription_id: string | null;
  heard_sequence: number | null;
  placed_minor: number | null;
  recorded_at: Instant;
}

/** One that nobody has placed, and the life it concerns, if any. */
export interface UnsettledReversal extends ReversalRow {
  readonly addressee: string | null;
}

/**
 * Writes down that money was taken back, once per source and external id. `same`: it was there already. `different`: it
 * was there of another payment, amount or date, and nothing changed; do not signal it. What its payment's life has to hear
 * first waits for that; of money that belongs to no life it is placed at once.
 */
export async function recordReversal(
  db: Db,
  reversal: NewReversal,
): Promise<{ readonly kind: 'new' | 'same' | 'different'; readonly reversal: ReversalRow }> {
  const { key, source, externalId } = reversal;
  if (key !== `${source}:${externalId}`) throw new TypeError('A reversal is named by its source and external id.');
  return db.transaction(async (trx) => {
    const payment = await lockPayment(trx, reversal.paymentKey);
    const inserted = await insertReversal(trx, reversal);
    if (inserted === null) {
      const known = await findReversal(trx, key);
      if (known === null) throw new Error(`Reversal ${key} was neither inserted nor found.`);
      return { kind: reversalContentOf(known) === reversalContentOf(reversal) ? 'same' : 'different', reversal: known };
    }
    if (payment === null || payment.subscriptionId !== null) return { kind: 'new', reversal: inserted };
    await placeReversal(trx, key, reversal.receivedAt);
    return { kind: 'new', reversal: (await findReversal(trx, key)) ?? inserted };
  });
}

/** Inserts a reversal, or returns null when its key is already there (waiting for a transaction that is inserting it). */
export async function insertReversal(trx: Db, reversal: NewReversal): Promise<ReversalRow | null> {
  const rows: ReversalRecord[] = await trx('reversals')
    .insert({
      key: reversal.key,
      source: reversal.source,
      external_id: reversal.externalId,
      payment_key: reversal.paymentKey,
      amount_minor: reversal.amountMinor,
      registered_on: reversal.registeredOn,
      received_at: timestamp(reversal.receivedAt),
      reason: reversal.reason,
    })
    .onConflict()
    .ignore()
    .returning('*');
  return rows[0] === undefined ? null : reversalOf(rows[0]);
}

/**
 * Takes back, in the ledger alone, what no life is left or ever was to hear of: first what waits, then credit, then what an
 * order holds. False, and nothing changed, where it was placed before or its payment has not been judged yet.
 */
export async function placeReversal(db: Db, key: string, at: Instant): Promise<boolean> {
  return db.transaction(async (trx) => {
    const named = await findReversal(trx, key);
    const payment = named === null ? null : await lockPayment(trx, named.paymentKey);
    const reversal = await lockReversal(trx, key);
    if (reversal === null || reversal.placedMinor !== null || payment === null) return false;
    if (payment.heardSequence === null && payment.unmatchedReason === null) return false;
    const { amountMinor } = reversal;
    const journal = { kind: 'ReversalPlaced', at, subscriptionId: payment.subscriptionId, sequence: null };
    const placedMinor = await takeBack(trx, { payment, amountMinor, journal });
    await trx('reversals').where({ key }).update({ placed_minor: placedMinor });
    return true;
  });
}

/** Orders give nothing back here: only their lives know of that. */
const NO_ORDER = { number: '', amountMinor: 0 };

/**
 * Money came back to a payment, e.g. of a refund that was withdrawn: what was to be taken back of it and was not there is
 * taken now. Hold the payment's lock.
 */
export async function placeExcess(trx: Db, payment: PaymentRow, at: Instant): Promise<void> {
  const short = await trx<ReversalRecord>('reversals')
    .where({ payment_key: payment.key })
    .whereRaw('placed_minor < amount_minor')
    .orderBy([{ column: 'recorded_at' }, { column: 'key' }])
    .forUpdate();
  const journal = { kind: 'ReversalPlaced', at, subscriptionId: payment.subscriptionId, sequence: null };
  for (const { key, amountMinor, placedMinor } of short.map(reversalOf)) {
    const placed = placedMinor ?? 0;
    const more = await takeBack(trx, { payment, amountMinor: amountMinor - placed, order: NO_ORDER, journal });
    await trx('reversals')
      .where({ key })
      .update({ placed_minor: placed + more });
  }
}

export async function findReversal(db: Db, key: string): Promise<ReversalRow | null> {
  const row = await db<ReversalRecord>('reversals').where({ key }).first();
  return row === undefined ? null : reversalOf(row);
}

/** Like findReversal, holding it until the transaction ends. Lock its payment first. */
export async function lockReversal(trx: Db, key: string): Promise<ReversalRow | null> {
  const row = await trx<ReversalRecord>('reversals').where({ key }).forUpdate().first();
  return row === undefined ? null : reversalOf(row);
}

/** All that was taken back of a payment, in the order in which it was recorded. */
export async function listReversals(db: Db, paymentKey: string): Promise<ReversalRow[]> {
  const rows = await db<ReversalRecord>('reversals')
    .where({ payment_key: paymentKey })
    .orderBy([{ column: 'recorded_at' }, { column: 'key' }]);
  return rows.map(reversalOf);
}

/** All that was taken back of the money that named an order, in the order in which it was recorded. */
export async function reversalsOf(db: Db, orderNumber: string): Promise<ReversalRow[]> {
  const rows: ReversalRecord[] = await db('reversals')
    .join('payments', 'payments.key', 'reversals.payment_key')
    .whereRaw('coalesce(payments.assigned_order, payments.order_number) = ?', [orderNumber])
    .where('reversals.placed_minor', '>', 0)
    .orderBy(['reversals.recorded_at', 'reversals.key'])
    .select('reversals.*');
  return rows.map(reversalOf);
}

/** What a subscription has not heard of, beside the keys it knows: taken back of payments that were judged before. */
export async function unheardReversals(
  db: Db,
  subscriptionId: string,
  knownKeys: readonly string[],
): Promise<ReversalFact[]> {
  const rows = await waiting(db)
    .where('payments.subscription_id', subscriptionId)
    .whereNot('reversals.key', db.raw('any(?::text[])', [[...knownKeys]]));
  return rows.map((row) => reversalFactOf(reversalOf(row)));
}

/** Reversals recorded before an instant of the wall's clock that nobody placed, and whose they are: to be told again. */
export async function unsettledReversals(db: Db, olderThan: Instant, limit: number): Promise<UnsettledReversal[]> {
  const rows = await waiting(db).where('reversals.recorded_at', '<', timestamp(olderThan)).limit(limit);
  return rows.map((row) => ({ ...reversalOf(row), addressee: row.addressee }));
}

/** Those whose payment is known and was judged: before that they have nothing to take back. */
function waiting(db: Db) {
  return db('reversals')
    .join('payments', 'payments.key', 'reversals.payment_key')
    .whereNull('reversals.placed_minor')
    .whereRaw('(payments.heard_sequence is not null or payments.unmatched_reason is not null)')
    .orderBy([{ column: 'reversals.recorded_at' }, { column: 'reversals.key' }])
    .select<(ReversalRecord & { addressee: string | null })[]>('reversals.*', 'payments.subscription_id as addressee');
}

/** A reversal as its subscription is told of it. */
export function reversalFactOf(reversal: NewReversal): ReversalFact {
  const { key, paymentKey, amountMinor, registeredOn, receivedAt, reason } = reversal;
  return { key, paymentKey, amountMinor, registeredOn, receivedAt, reason };
}

function reversalOf(row: ReversalRecord): ReversalRow {
  return {
    key: row.key,
    source: row.source,
    externalId: row.external_id,
    paymentKey: row.payment_key,
    amountMinor: row.amount_minor,
    registeredOn: row.registered_on,
    receivedAt: row.received_at,
    reason: row.reason,
    subscriptionId: row.subscription_id,
    heardSequence: row.heard_sequence,
    placedMinor: row.placed_minor,
    recordedAt: row.recorded_at,
  };
}
