/** Dealing with a movement of a bank account: what is known of what it names, and what became of it, written down once. */
import type { OrderDue } from '../domain/bankMatching.ts';
import type { Instant, PlainDate } from '../domain/calendar.ts';
import { entryOf, type EntryRecord, type EntryRow, type StoredCandidate } from './bankRows.ts';
import type { Db } from './database.ts';
import { recordPayment, type NewPayment, type PaymentRow } from './payments.ts';
import { recordReversal, type NewReversal, type ReversalRow } from './reversals.ts';
import { bookSight, type RefundSight } from './seenRefunds.ts';
import { jsonb, timestamp } from './values.ts';

/** What becomes of an entry. `unmatched` money is in the ledger too, and waits there for an operator. */
export type Settlement =
  | {
      readonly outcome: 'matched';
      readonly payments: readonly NewPayment[];
      /** How the amount differs from what is asked; null where it does not. */
      readonly why: string | null;
    }
  | {
      readonly outcome: 'unmatched';
      readonly payments: readonly [NewPayment];
      readonly why: string;
      readonly candidates: readonly StoredCandidate[];
    }
  | { readonly outcome: 'reversal'; readonly reversals: readonly NewReversal[] }
  /** It is of a refund of ours: what it tells of it, and when that was. */
  | {
      readonly outcome: 'refund';
      readonly why: RefundSight;
      readonly refundId: string;
      readonly at: Instant;
      readonly code?: string;
    }
  | {
      readonly outcome: 'waiting' | 'ignored';
      readonly why: string;
      readonly candidates: readonly StoredCandidate[];
      /** The refund it seems to be of. */
      readonly refundId?: string;
    };

export interface Settled {
  readonly payments: readonly PaymentRow[];
  readonly reversals: readonly ReversalRow[];
}

/**
 * Books an entry and writes down what became of it, in one transaction: a process that dies has done all of it or nothing.
 * Null, and nothing changed, where somebody dealt with it meanwhile.
 */
export async function settleEntry(db: Db, id: string, settlement: Settlement, at: Instant): Promise<Settled | null> {
  return db.transaction(async (trx) => {
    const entry = await trx<EntryRecord>('bank_entries').where({ id }).forUpdate().first();
    if (entry === undefined || (entry.outcome !== 'pending' && entry.outcome !== 'waiting')) return null;
    const payments: PaymentRow[] = [];
    const reversals: ReversalRow[] = [];
    if ('payments' in settlement)
      for (const payment of settlement.payments) {
        const recorded = await recordPayment(trx, payment);
        if (recorded.kind === 'different') throw new Error(`Payment ${payment.key} is there with other content.`);
        payments.push(recorded.payment);
      }
    if ('reversals' in settlement)
      for (const reversal of settlement.reversals) {
        const recorded = await recordReversal(trx, reversal);
        if (recorded.kind === 'different') throw new Error(`Reversal ${reversal.key} is there with other content.`);
        reversals.push(recorded.reversal);
      }
    if (settlement.outcome === 'refund' && !(await bookSight(trx, id, settlement)))
      throw new Error(`Refund ${settlement.refundId} is not as it was when entry ${id} was decided.`);
    await trx('bank_entries')
      .where({ id })
      .update({
        outcome: settlement.outcome,
        why: 'why' in settlement ? settlement.why : null,
        payment_keys: payments.map(({ key }) => key),
        reversal_keys: reversals.map(({ key }) => key),
        refund_id: 'refundId' in settlement ? settlement.refundId : null,
        candidates: jsonb('candidates' in settlement ? settlement.candidates : []),
        decided_at: timestamp(at),
      });
    return { payments, reversals };
  });
}

const WAITING_LIMIT = 1000;

/**
 * Entries that may come to something by themselves: no operator has put them aside.
 *
 * @param bookedBy only those that the bank booked on that day or before.
 */
export async function waitingEntries(db: Db, reasons: readonly string[], bookedBy?: PlainDate): Promise<EntryRow[]> {
  const query = db<EntryRecord>('bank_entries')
    .where({ outcome: 'waiting' })
    .where('why', db.raw('any(?::text[])', [[...reasons]]))
    .whereNotExists(db('queue_acknowledgements').whereRaw("kind = 'bank_entry_waiting' and item_id = bank_entries.id"))
    .orderBy('recorded_at')
    .limit(WAITING_LIMIT);
  if (bookedBy !== undefined) void query.where('booked_on', '<=', bookedBy);
  return (await query).map(entryOf);
}

export async function findEntry(db: Db, id: string): Promise<EntryRow | null> {
  const row = await db<EntryRecord>('bank_entries').where({ id }).first();
  return row === undefined ? null : entryOf(row);
}

/** The highest number without check digits that an order was given. */
export async function lastOrderSequence(db: Db): Promise<number> {
  const { rows } = await db.raw<{ rows: { last_value: number }[] }>('select last_value from order_numbers');
  return (rows[0] as { last_value: number }).last_value;
}

/** What the orders among some numbers still ask for, by number, once their lives have heard of all that is here for them. */
export async function duesOf(db: Db, numbers: readonly string[]): Promise<ReadonlyMap<string, OrderDue>> {
  if (numbers.length === 0) return new Map();
  // A file's entries are quicker than lives: the one before may have paid what an order still shows as due.
  const { rows } = await db.raw<{ rows: OrderDue[] }>(
    `select number, greatest(due_minor - (
       select coalesce(sum(place.amount_minor), 0)
       from payments join payment_places as place on place.payment_key = payments.key and place.account = 'unapplied'
       where payments.order_number = orders.number and payments.assigned_order is null
     ), 0)::bigint as "dueMinor"
     from orders where number = any(?::text[])`,
    [[...numbers]],
  );
  return new Map(rows.map((row) => [row.number, row]));
}

const NAMES_LIMIT = 2000;

/** Orders that ask for exactly an amount, the newest first, and the names of who may pay them: the customer and the holder. */
export async function ordersAsking(
  db: Db,
  dueMinor: number,
): Promise<(OrderDue & { readonly names: readonly string[] })[]> {
  const { rows } = await db.raw<{ rows: (OrderDue & { names: string[] })[] }>(
    `select orders.number, orders.due_minor as "dueMinor", array(
       select distinct coalesce(company_name, first_name || ' ' || last_name) from (
         select company_name, first_name, last_name from customers where id = orders.customer_id
         union all select company_name, first_name, last_name from holders where subscription_id = orders.subscription_id
       ) as party
     ) as names
     from orders where due_minor = ? and due_minor > 0 and status <> 'reserved'
     order by number desc limit ?`,
    [dueMinor, NAMES_LIMIT],
  );
  return rows;
}

export interface BookedCredit {
  readonly paymentKeys: readonly string[];
  readonly amountMinor: number;
}

/** Money that came in under a bank's reference, or under its payer's own. */
export async function creditsUnder(
  db: Db,
  account: string,
  reference: { readonly bankReference: string } | { readonly endToEndId: string },
): Promise<BookedCredit[]> {
  const named =
    'bankReference' in reference
      ? { bank_reference: reference.bankReference }
      : { end_to_end_id: reference.endToEndId };
  return db<EntryRecord>('bank_entries')
    .where({ account, is_credit: true, ...named })
    .whereIn('outcome', ['matched', 'unmatched'])
    .limit(10)
    .select('payment_keys as paymentKeys', 'amount_minor as amountMinor') as unknown as Promise<BookedCredit[]>;
}

/** Those of a bank's and payers' references under which money came in. */
export async function creditReferences(db: Db, references: readonly string[]): Promise<ReadonlySet<string>> {
  const rows: { reference: string }[] = await db
    .unionAll(
      ['bank_reference', 'end_to_end_id'].map((column) =>
        db('bank_entries')
          .where({ is_credit: true })
          .where(column, db.raw('any(?::text[])', [[...references]]))
          .select(`${column} as reference`),
      ),
    )
    .limit(references.length * 4);
  return new Set(rows.map(({ reference }) => reference));
}

/** Leaves entries alone that nobody has dealt with, all for one reason. */
export async function ignoreEntries(db: Db, ids: readonly string[], why: string, at: Instant): Promise<void> {
  await db('bank_entries')
    .where({ outcome: 'pending' })
    .where('id', db.raw('any(?::text[])', [[...ids]]))
    .update({ outcome: 'ignored', why, decided_at: timestamp(at) });
}

/** Payments for entries of a file that no subscription has taken note of. */
export async function untoldPayments(db: Db, fileId: string): Promise<string[]> {
  return db('payments')
    .join('bank_entries', db.raw('bank_entries.payment_keys @> array[payments.key]'))
    .where({ 'bank_entries.file_id': fileId, heard_sequence: null, unmatched_reason: null })
    .whereNotNull('payments.subscription_id')
    .pluck('payments.key');
}

export interface TakenBack {
  readonly key: string;
  readonly orderNumber: string;
  readonly amountMinor: number;
}

const PAYMENTS_LIMIT = 10;

/** Payments by transfer or slip of which nothing was taken back yet: by their keys, or of an amount; newest first. */
export async function reversiblePayments(
  db: Db,
  by:
    { readonly keys: readonly string[] } | { readonly amountMinor: number; readonly orderNumbers?: readonly string[] },
): Promise<TakenBack[]> {
  const query = db('payments')
    .whereIn('method', ['bank_transfer', 'postal_slip'])
    .whereNot({ source: 'disputed' })
    .whereNotExists(db('reversals').whereRaw('reversals.payment_key = payments.key'))
    .orderBy('recorded_at', 'desc')
    .select('key', db.raw('coalesce(assigned_order, order_number) as "orderNumber"'))
    // What was given away in parts is theirs.
    .select(
      db.raw(`amount_minor - coalesce((select sum(amount_minor) from payments as parts where parts.part_of = payments.key),
        0)::bigint as "amountMinor"`),
    );
  if ('keys' in by) return query.where('key', db.raw('any(?::text[])', [[...by.keys]]));
  // No bank knows of parts.
  void query.where({ amount_minor: by.amountMinor, part_of: null }).limit(PAYMENTS_LIMIT);
  if (by.orderNumbers !== undefined)
    void query.whereRaw('(order_number = any(?::text[]) or assigned_order = any(?::text[]))', [
      [...by.orderNumbers],
      [...by.orderNumbers],
    ]);
  return query;
}
