/** Where a payment's money is when its life hears that it was taken back. */
import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { AppliedPayment, OpenOrder } from '../domain/orders.ts';
import type { PricedOrder } from '../domain/pricing.ts';
import { NOTHING_HELD, type HeldMoney } from '../domain/reversals.ts';
import type { Db } from './database.ts';
import { paymentPlaces } from './ledger.ts';
import { findPayment } from './payments.ts';
import { findReversal } from './reversals.ts';

/**
 * Where the money is, for the life the payment belongs to and once all that life decided is written down. Null where the
 * life has nothing to do with it (now): the payment is not known, another's, not judged yet, or the reversal is done.
 */
export async function heldMoney(
  db: Db,
  { subscriptionId, key, paymentKey }: { subscriptionId: string; key: string; paymentKey: string },
): Promise<{ readonly held: HeldMoney | null; readonly isRecorded: boolean }> {
  const reversal = await findReversal(db, key);
  const payment = await findPayment(db, paymentKey);
  const isRecorded = reversal !== null;
  const isJudged = payment !== null && (payment.heardSequence !== null || payment.unmatchedReason !== null);
  if (!isJudged || payment.subscriptionId !== subscriptionId || (reversal?.placedMinor ?? null) !== null)
    return { held: null, isRecorded };
  // Customer credit an order used is no money that could leave.
  if (payment.method === 'credit') return { held: NOTHING_HELD, isRecorded };
  const places = await paymentPlaces(db, paymentKey);
  const sumOf = (isMeant: (account: string) => boolean): number =>
    places.reduce((sum, { account, amountMinor }) => sum + (isMeant(account) ? amountMinor : 0), 0);
  const receivable = places.find(({ account }) => account.startsWith('receivable:'));
  const number = receivable?.account.slice('receivable:'.length);
  return {
    held: {
      order:
        receivable === undefined || number === undefined
          ? null
          : { number, amountMinor: receivable.amountMinor, finished: await finishedOrder(db, number) },
      unmatchedMinor: sumOf((account) => account === 'unmatched'),
      creditMinor: sumOf((account) => account.startsWith('customer_credit:')),
    },
    isRecorded,
  };
}

/** A completed order as its life knew it before it let go of it; null for one that is not completed. */
async function finishedOrder(db: Db, number: string): Promise<OpenOrder | null> {
  const row: FinishedRecord | undefined = await db('orders')
    .where({ number, status: 'completed' })
    .first('subscription_id', 'origin', 'priced', 'placed_at');
  if (row === undefined) return null;
  const payments: AppliedPayment[] = await db('payment_places')
    .join('payments', 'payments.key', 'payment_places.payment_key')
    .where('payment_places.account', `receivable:${number}`)
    .where('payment_places.amount_minor', '>', 0)
    .orderBy(['payments.recorded_at', 'payments.key'])
    .select(
      // A disputed payment is known to its life by the key it claims.
      db.raw('coalesce(payments.claims_key, payments.key) as key'),
      'payments.amount_minor as amountMinor',
      'payment_places.amount_minor as appliedMinor',
      'payments.registered_on as registeredOn',
      'payments.method as method',
      'payments.stored_method as storedMethod',
    );
  const { attempts, committedOn } = await storyOf(db, row.subscription_id, number);
  const refunds: { id: string; amountMinor: number }[] = await db('refunds')
    .where({ order_number: number, source: 'order' })
    .orderBy(['recorded_at', 'id'])
    .select('id', 'amount_minor as amountMinor');
  return {
    number,
    origin: row.origin,
    status: 'completed',
    priced: row.priced,
    placedAt: row.placed_at,
    payments,
    committedOn,
    attempts,
    chargesStopped: null,
    ...(refunds.length === 0 ? {} : { refunds }),
  };
}

interface FinishedRecord {
  subscription_id: string;
  origin: OpenOrder['origin'];
  priced: PricedOrder;
  placed_at: Instant;
}

async function storyOf(db: Db, subscriptionId: string, number: string) {
  const { rows } = await db.raw<{ rows: { attempts: number; committedOn: PlainDate | null }[] }>(
    `select count(*) filter (where type = 'ChargeStarted')::integer as attempts,
       max(data ->> 'registeredOn') filter (where type = 'CommitmentRegistered') as "committedOn"
     from timeline
     where subscription_id = ? and type in ('ChargeStarted', 'CommitmentRegistered')
       and coalesce(data ->> 'number', data #>> '{attempt,orderNumber}') = ?`,
    [subscriptionId, number],
  );
  return rows[0] as { attempts: number; committedOn: PlainDate | null };
}
