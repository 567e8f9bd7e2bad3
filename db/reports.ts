/** What reports are made of, row by row, a page at a time: nothing here holds more than one page. */
import { addDays, instantOf, type Instant, type PlainDate } from '../domain/calendar.ts';
import type { PaymentMethodKind } from '../domain/orders.ts';
import type { OrderType } from '../domain/planning.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { Db } from './database.ts';
import type { SetAsideReason } from './payments.ts';
import { timestamp } from './values.ts';

const PAGE = 500;

/** Reads page after page, each from the last row of the one before. */
async function* paged<Row>(read: (last: Row | null) => Promise<readonly Row[]>): AsyncGenerator<Row> {
  for (let last: Row | null = null; ;) {
    const page: readonly Row[] = await read(last);
    yield* page;
    last = page.at(-1) ?? null;
    if (last === null || page.length < PAGE) return;
  }
}

/** Money that moved on a day. Amounts in cents, always above zero: what it is says which way. */
export interface MovementRow {
  readonly kind: 'payment' | 'reversal' | 'refund' | 'refund_returned';
  readonly id: string;
  /** How it came or went; null of a reversal whose payment is not known. */
  readonly method: PaymentMethodKind | null;
  readonly amountMinor: number;
  /** The payment's own key; of a refund of several, null. */
  readonly paymentKey: string | null;
  readonly orderNumber: string | null;
  readonly subscriptionId: string | null;
  readonly customerId: string | null;
}

const MOVEMENTS = `
  select 'payment' as kind, key as id, method, amount_minor, key as payment_key,
    coalesce(assigned_order, order_number) as order_number
  from payments where registered_on = :day and source <> 'disputed' and part_of is null
  union all
  select 'reversal', reversals.key, method, reversals.amount_minor, payment_key, coalesce(assigned_order, order_number)
  from reversals left join payments on payments.key = payment_key where reversals.registered_on = :day
  union all
  select 'refund', id, case way when 'transfer' then 'bank_transfer' else method end, refunds.amount_minor, payment_key,
    coalesce(refunds.order_number, assigned_order, payments.order_number)
  from refunds left join payments on payments.key = payment_key
  where status = 'paid' and settled_at >= :from and settled_at < :until
  union all
  select 'refund', returns.entry_id, 'bank_transfer', refunds.amount_minor, payment_key, refunds.order_number
  from refund_returns as returns join refunds on refunds.id = refund_id where paid_at >= :from and paid_at < :until
  union all
  select 'refund_returned', returns.entry_id, 'bank_transfer', refunds.amount_minor, payment_key, refunds.order_number
  from refund_returns as returns join refunds on refunds.id = refund_id where returned_at >= :from and returned_at < :until`;

/** Payments registered on a day, what was taken back that day, and refunds paid out; each kind by its key. */
export function movementsOn(db: Db, day: PlainDate): AsyncGenerator<MovementRow> {
  return paged<MovementRow>(async (last) => {
    const { rows } = await db.raw<{ rows: MovementRow[] }>(
      `select kind, id, method, amount_minor as "amountMinor", payment_key as "paymentKey",
         movements.order_number as "orderNumber", subscription_id as "subscriptionId", customer_id as "customerId"
       from (${MOVEMENTS}) as movements left join orders on orders.number = movements.order_number
       where (kind, id collate "C") > (:kind, :id) order by kind, id collate "C" limit ${PAGE}`,
      {
        day,
        from: timestamp(instantOf(day)),
        until: timestamp(instantOf(addDays(day, 1))),
        kind: last?.kind ?? '',
        id: last?.id ?? '',
      },
    );
    return rows;
  });
}

/** An order on which something is due. */
export interface ReceivableRow {
  readonly number: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly type: OrderType;
  readonly status: 'awaiting_payment' | 'completed';
  readonly placedAt: Instant;
  /** The day of the last money that was taken back from it; null where none was. */
  readonly returnedOn: PlainDate | null;
  readonly payableMinor: number;
  readonly receivedMinor: number;
  readonly dueMinor: number;
  /** When the life last did something, on its own clock. */
  readonly updatedAt: Instant;
}

/** By number. */
export function receivables(db: Db): AsyncGenerator<ReceivableRow> {
  return paged<ReceivableRow>(async (last) => {
    const { rows } = await db.raw<{ rows: ReceivableRow[] }>(
      `select number, subscription_id as "subscriptionId", orders.customer_id as "customerId", type, orders.status,
         placed_at as "placedAt", payable_minor as "payableMinor", received_minor as "receivedMinor",
         due_minor as "dueMinor", coalesce(lives.updated_at, placed_at) as "updatedAt",
         (select max(data #>> '{reversal,registeredOn}') from timeline
          where timeline.subscription_id = orders.subscription_id and timeline.type = 'PaymentReversed'
            and data ->> 'number' = number) as "returnedOn"
       from orders left join subscriptions as lives on lives.id = orders.subscription_id
       where due_minor > 0 and orders.status in ('awaiting_payment', 'completed') and number collate "C" > ?
       order by number collate "C" limit ${PAGE}`,
      [last?.number ?? ''],
    );
    return rows;
  });
}

/** Money of customers that we hold, and for what; and what they owe us beside their orders. */
export interface HeldRow {
  readonly kind: 'credit' | 'owed' | 'refund_due' | 'unmatched';
  /** Of the customer, the refund or the payment. */
  readonly id: string;
  readonly customerId: string | null;
  readonly orderNumber: string | null;
  readonly amountMinor: number;
  /** On the wall's clock; of credit, since when there has been any; of what is owed, when something was last taken back. */
  readonly since: Instant;
  readonly reason: SetAsideReason | null;
}

const HELD = `
  select 'credit' as kind, customer_id as id, customer_id, null as order_number, balance_minor as amount_minor,
    (with steps as (
       select journal_id, recorded_at, sum(-amount_minor) over (order by journal_id, line) as balance
       from ledger_postings join ledger_journals on ledger_journals.id = journal_id
       where account = 'customer_credit:' || customer_id
     ) select min(recorded_at) from steps
     where journal_id > coalesce((select max(journal_id) from steps where balance <= 0), 0)) as since,
    null as reason
  from customer_credits where balance_minor > 0
  union all
  select 'owed', substr(account, 6), substr(account, 6), null, sum(amount_minor)::bigint,
    max(recorded_at) filter (where amount_minor > 0), null
  from ledger_postings join ledger_journals on id = journal_id
  where account like 'owed:%' group by account having sum(amount_minor) > 0
  union all
  select 'refund_due', id, customer_id, order_number, amount_minor, recorded_at, null
  from refunds where status in ('due', 'sent', 'failed')
  union all
  select 'unmatched', key, customer_id, order_number, amount_minor, since, reason from (
    select payments.key, orders.customer_id, coalesce(assigned_order, order_number) as order_number,
      places.amount_minor, unmatched_reason as reason,
      (select max(ledger_journals.recorded_at) from ledger_postings
       join ledger_journals on ledger_journals.id = journal_id
       where payment_key = payments.key and account = 'unmatched' and ledger_postings.amount_minor < 0) as since
    from payment_places as places join payments on payments.key = places.payment_key
    left join orders on orders.number = coalesce(assigned_order, order_number)
    where places.account = 'unmatched' and places.amount_minor > 0 and source <> 'disputed'
  ) as waiting`;

/** Each kind by its ids. */
export function held(db: Db): AsyncGenerator<HeldRow> {
  return paged<HeldRow>(async (last) => {
    const { rows } = await db.raw<{ rows: HeldRow[] }>(
      `select kind, id, customer_id as "customerId", order_number as "orderNumber", amount_minor as "amountMinor",
         since, reason
       from (${HELD}) as held where (kind, id collate "C") > (?, ?) order by kind, id collate "C" limit ${PAGE}`,
      [last?.kind ?? '', last?.id ?? ''],
    );
    return rows;
  });
}

/** A service that expires soon. */
export interface ExpiringRow {
  readonly id: string;
  readonly customerId: string;
  readonly expiresOn: PlainDate;
  /** What day it is for the life: the wall's, or the day of its last event where its own clock is ahead. */
  readonly today: PlainDate;
  readonly state: Subscription;
}

/** Active services that expire within so many days of their own today, those that expire first first. */
export function expiringWithin(db: Db, days: number, today: PlainDate): AsyncGenerator<ExpiringRow> {
  return paged<ExpiringRow>(async (last) => {
    const { rows } = await db.raw<{ rows: ExpiringRow[] }>(
      `select id, customer_id as "customerId", expires_on as "expiresOn", lives.today, state
       from subscriptions, lateral (
         select greatest(:today::date, (updated_at at time zone 'Europe/Rome')::date) as today
       ) as lives
       where status = 'active' and expires_on between lives.today and lives.today + :days::integer
         and expires_on >= :today::date and (expires_on, id collate "C") > (:after::date, :id)
       order by expires_on, id collate "C" limit ${PAGE}`,
      { today, days, after: last?.expiresOn ?? '1000-01-01', id: last?.id ?? '' },
    );
    return rows;
  });
}
