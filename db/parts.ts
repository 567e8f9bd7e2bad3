/**
 * Part of a payment that waits, given to an order: it becomes a payment of its own, whose money leaves the other by the
 * cash it came by and comes in again. So each is told to one life, and taken back of one place.
 */
import type { Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { moved, postJournal, received, type Account } from './ledger.ts';
import { paymentOf, type PaymentRecord } from './paymentRows.ts';
import { insertPayment, lockPayment, waitingOf, type NewPayment, type PaymentRow } from './payments.ts';

/** The source of such payments. */
const PART = 'part';

export interface PartWanted {
  readonly orderNumber: string;
  readonly subscriptionId: string;
  /** Cents, 1 or more. */
  readonly amountMinor: number;
  /** On the clock of the order's life. */
  readonly at: Instant;
}

/** The part as it is to be: named by the payment that came in, and the how-manieth part of it it is. */
export function partOf(payment: PaymentRow, number: number, wanted: PartWanted): NewPayment {
  const externalId = `${rootOf(payment)}/${number}`;
  const { orderNumber, subscriptionId, amountMinor, at } = wanted;
  const { method, registeredOn } = payment;
  const named = { key: `${PART}:${externalId}`, source: PART, externalId, orderNumber, subscriptionId };
  return { ...named, amountMinor, method, registeredOn, receivedAt: at, storedMethod: null };
}

/** A part's part is named by the whole too, so that names do not grow. */
function rootOf({ source, externalId, key }: PaymentRow): string {
  return source === PART ? externalId.replace(/\/\d+$/, '') : key;
}

/**
 * Null, and nothing changed, where not as much waits, or it is just being taken back. Asked for twice at once, the same is
 * given once.
 */
export async function takePart(db: Db, key: string, wanted: PartWanted): Promise<PaymentRow | null> {
  return db.transaction(async (trx) => {
    const payment = await lockPayment(trx, key);
    if (payment === null || payment.method === 'credit') return null;
    const root = rootOf(payment);
    await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`parts of ${root}`]);
    const { amountMinor, at, subscriptionId } = wanted;
    if ((await waitingOf(trx, payment)) < amountMinor) return null;
    const given = await findPart(trx, key, wanted);
    if (given !== null) return given;
    const part = await insertPayment(trx, {
      ...partOf(payment, (await countParts(trx, root)) + 1, wanted),
      partOf: key,
    });
    if (part === null) throw new Error(`A part of ${root} is there already.`);
    const cash: Account = `cash:${payment.method}`;
    await postJournal(trx, {
      kind: 'PaymentParted',
      at,
      subscriptionId,
      sequence: null,
      postings: [...moved(key, amountMinor, 'unmatched', cash), ...received(part.key, amountMinor, cash, 'unapplied')],
    });
    // The bank that takes its transfer back takes all of its parts back.
    await trx('bank_entries')
      .whereRaw('payment_keys @> array[?::text]', [key])
      .update({ payment_keys: trx.raw('payment_keys || ?::text', [part.key]) });
    return part;
  });
}

/** What was given away of a payment, the first first. */
export async function listParts(db: Db, key: string): Promise<PaymentRow[]> {
  const rows = await db<PaymentRecord>('payments').where({ part_of: key }).orderBy(['recorded_at', 'key']);
  return rows.map(paymentOf);
}

/** A payment, what was given away of it, and what of that. */
export async function keysWithParts(db: Db, key: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { key: string }[] }>(
    `with recursive shares as (
       select key from payments where key = ?
       union all select payments.key from payments join shares on part_of = shares.key
     ) select key from shares`,
    [key],
  );
  return rows.map((row) => row.key);
}

async function countParts(trx: Db, root: string): Promise<number> {
  const rows: { count: number }[] = await trx('payments')
    .where({ source: PART })
    .whereRaw('left(external_id, ?) = ?', [root.length + 1, `${root}/`])
    .select(trx.raw('count(*)::integer as count'));
  return rows[0]?.count ?? 0;
}

/** A part that was given to an order before: the same wish again. */
export async function findPart(
  db: Db,
  key: string,
  { orderNumber, amountMinor }: { readonly orderNumber: string; readonly amountMinor: number | undefined },
): Promise<PaymentRow | null> {
  const isIt = (part: PaymentRow): boolean =>
    (part.assignedTo?.orderNumber ?? part.orderNumber) === orderNumber &&
    part.unmatchedReason === null &&
    (amountMinor === undefined || part.amountMinor === amountMinor);
  return (await listParts(db, key)).find(isIt) ?? null;
}
