/** Whom money may be for, as far as tables can tell. */
import type { OrderDue } from '../domain/bankMatching.ts';
import type { Db } from './database.ts';

const ORDERS_LIMIT = 20;

/** Orders on which something is due, of the customer whose order or service money names; the newest first. */
export async function ordersDueBeside(
  db: Db,
  { orderNumber, subscriptionId }: { readonly orderNumber: string | null; readonly subscriptionId: string | null },
): Promise<OrderDue[]> {
  const rows: OrderDue[] = await db('orders')
    .whereIn(
      'customer_id',
      db('orders')
        .where({ number: orderNumber ?? '' })
        .orWhere({ subscription_id: subscriptionId ?? '' })
        .select('customer_id'),
    )
    .where('due_minor', '>', 0)
    .whereIn('status', ['awaiting_payment', 'completed'])
    .orderBy('number', 'desc')
    .limit(ORDERS_LIMIT)
    .select('number', 'due_minor as dueMinor');
  return rows;
}

/** A customer who owes money, and the names they and the holders of their services go by. */
export interface Debtor {
  readonly customerId: string;
  readonly owedMinor: number;
  readonly names: readonly string[];
  readonly orderNumbers: readonly string[];
}

export async function debtors(db: Db): Promise<Debtor[]> {
  const { rows } = await db.raw<{ rows: Debtor[] }>(
    `select customer_id as "customerId", owed::bigint as "owedMinor", array(
       select distinct coalesce(company_name, first_name || ' ' || last_name) from (
         select company_name, first_name, last_name from customers where id = customer_id
         union all
         select company_name, first_name, last_name from holders join subscriptions on subscriptions.id = subscription_id
           where subscriptions.customer_id = debts.customer_id
       ) as party
     ) as names, array(select number from orders where orders.customer_id = debts.customer_id) as "orderNumbers"
     from (
       select substr(account, 6) as customer_id, sum(amount_minor) as owed from ledger_postings
       where account like 'owed:%' group by account having sum(amount_minor) > 0
     ) as debts order by customer_id`,
  );
  return rows;
}
