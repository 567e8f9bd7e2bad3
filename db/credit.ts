/** Customer credit that an order asks for. It is never used by itself, and never more of it than there is. */
import { dateAt, type Instant } from '../domain/calendar.ts';
import type { PaymentMethodKind } from '../domain/orders.ts';
import type { Db } from './database.ts';
import { creditOf } from './ledger.ts';
import type { OrderRow } from './orders.ts';
import { recordPayment, type PaymentRow } from './payments.ts';

/**
 * Uses credit up to what is due on an order and not on its way already, as a payment the order's life is to be told of;
 * null, and nothing changed, where there is no credit or nothing due. Orders that ask at once are served one by one.
 */
export async function useCredit(db: Db, order: OrderRow, at: Instant): Promise<PaymentRow | null> {
  return db.transaction(async (trx) => {
    const { number: orderNumber, customerId, subscriptionId } = order;
    await trx('customer_credits').where({ customer_id: customerId }).forUpdate();
    const amountMinor = Math.min(await creditOf(trx, customerId), await openOn(trx, orderNumber));
    if (amountMinor <= 0) return null;
    const externalId = `${orderNumber}:${(await creditsUsed(trx, orderNumber)) + 1}`;
    const { payment } = await recordPayment(trx, {
      key: `credit:${externalId}`,
      source: 'credit',
      externalId,
      orderNumber,
      subscriptionId,
      amountMinor,
      method: 'credit',
      registeredOn: dateAt(at),
      receivedAt: at,
      storedMethod: null,
    });
    return payment;
  });
}

/** How often credit was used for an order. */
export async function creditsUsed(db: Db, orderNumber: string): Promise<number> {
  const rows: { count: number }[] = await db('payments')
    .where({ order_number: orderNumber, source: 'credit' })
    .select(db.raw('count(*)::integer as count'));
  return rows[0]?.count ?? 0;
}

/** What is due on an order, less money in the ledger that its life has not heard of. */
async function openOn(trx: Db, orderNumber: string): Promise<number> {
  const order: { due_minor: number } | undefined = await trx('orders')
    .where({ number: orderNumber })
    .whereIn('status', ['awaiting_payment', 'completed'])
    .first('due_minor');
  const rows: { sum: number }[] = await trx('payments')
    .whereRaw('coalesce(assigned_order, order_number) = ?', [orderNumber])
    .where({ heard_sequence: null, unmatched_reason: null })
    .select(trx.raw('coalesce(sum(amount_minor), 0)::bigint as sum'));
  return (order?.due_minor ?? 0) - (rows[0]?.sum ?? 0);
}

/** What a customer owes because money was taken back after the credit it had become was used, in cents. */
export async function owedBy(db: Db, customerId: string): Promise<number> {
  const rows: { sum: number }[] = await db('ledger_postings')
    .where({ account: `owed:${customerId}` })
    .select(db.raw('coalesce(sum(amount_minor), 0)::bigint as sum'));
  return rows[0]?.sum ?? 0;
}

/** A payment as its order holds it. */
export interface OrderPayment {
  readonly key: string;
  readonly method: PaymentMethodKind;
  readonly registeredOn: string;
  readonly appliedMinor: number;
}

/** What pays each of these orders, in the order in which it was recorded. */
export async function paymentsOf(
  db: Db,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, readonly OrderPayment[]>> {
  const rows: (OrderPayment & { account: string })[] = await db('payment_places')
    .join('payments', 'payments.key', 'payment_places.payment_key')
    .whereIn(
      'payment_places.account',
      numbers.map((number) => `receivable:${number}`),
    )
    .where('payment_places.amount_minor', '>', 0)
    .orderBy(['payments.recorded_at', 'payments.key'])
    .select(
      'payment_places.account',
      'payments.key',
      'payments.method',
      'payments.registered_on as registeredOn',
      'payment_places.amount_minor as appliedMinor',
    );
  const found = new Map<string, OrderPayment[]>();
  for (const { account, ...payment } of rows) {
    const number = account.slice('receivable:'.length);
    found.set(number, [...(found.get(number) ?? []), payment]);
  }
  return found;
}
