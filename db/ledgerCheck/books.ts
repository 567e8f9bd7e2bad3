/** The checks of the books against themselves: each is one query that yields what differs, and nothing else. */
import type { Db } from '../database.ts';
import { DOCUMENT_QUERIES } from './documents.ts';
import { MOST_TOLD, type CheckName, type Differences, type Queries, type Value } from './differences.ts';

const BOOK_QUERIES: Queries = {
  journals_balance: [
    `select 'journal ' || coalesce(journals.id, postings.journal_id) as subject,
       case when count(journals.id) = 0 then 'postings without a journal' when count(line) = 0 then 'no postings'
         else 'sum of its postings' end as what,
       0::bigint as expected, sum(amount_minor)::bigint as found
     from ledger_journals as journals full join ledger_postings as postings on postings.journal_id = journals.id
     group by journals.id, postings.journal_id
     having count(journals.id) = 0 or count(line) = 0 or sum(amount_minor) <> 0`,
  ],
  ledger_balances: [
    `select 'the ledger' as subject, 'sum of all postings' as what, 0::bigint as expected,
       sum(amount_minor)::bigint as found
     from ledger_postings having sum(amount_minor) <> 0`,
  ],
  payments_received: [
    `select 'payment ' || payments.key as subject, 'journals by which it was received' as what, '1' as expected,
       count(source.journal_id)::text as found
     from payments
     left join lateral (
       select kept.journal_id from ledger_postings as kept
       join ledger_postings as came on came.journal_id = kept.journal_id and came.payment_key is null
       where kept.payment_key = payments.key and kept.amount_minor = -payments.amount_minor
         and came.amount_minor = payments.amount_minor
         and case when payments.source = 'disputed' then came.account = 'disputed'
           when method = 'credit' then came.account like 'customer\\_credit:%' or came.account = 'disputed'
           else came.account = 'cash:' || method end
     ) as source on true
     group by payments.key having count(source.journal_id) <> 1`,
  ],
  places_follow_postings: [
    `with booked as (
       select payment_key, account, -sum(amount_minor)::bigint as amount_minor from ledger_postings
       where payment_key is not null group by payment_key, account
     )
     select 'payment ' || coalesce(booked.payment_key, places.payment_key) as subject,
       'its money in ' || coalesce(booked.account, places.account) as what,
       coalesce(booked.amount_minor, 0) as expected, coalesce(places.amount_minor, 0) as found
     from booked full join payment_places as places
       on places.payment_key = booked.payment_key and places.account = booked.account
     where coalesce(booked.amount_minor, 0) <> coalesce(places.amount_minor, 0)`,
  ],
  places_add_up: [
    `select 'payment ' || payments.key as subject, 'sum of its places' as what, payments.amount_minor as expected,
       coalesce(sum(places.amount_minor), 0)::bigint as found
     from payments left join payment_places as places on places.payment_key = payments.key
     group by payments.key having payments.amount_minor <> coalesce(sum(places.amount_minor), 0)`,
    `select 'payment ' || payment_key as subject, 'its money in ' || account as what, 0::bigint as expected,
       amount_minor as found
     from payment_places where amount_minor < 0`,
  ],
  payments_judged: [
    // What waits to be judged waits whole; what was judged is wholly somewhere.
    `select 'payment ' || key as subject,
       case when judged then 'waiting to be judged, though it was' else 'waiting to be judged' end as what,
       case when judged then 0 else amount_minor end::bigint as expected, waiting::bigint as found
     from (
       select key, amount_minor, heard_sequence is not null or unmatched_reason is not null as judged,
         coalesce((select amount_minor from payment_places where payment_key = key and account = 'unapplied'), 0) as waiting
       from payments
     ) as money
     where waiting <> case when judged then 0 else amount_minor end`,
  ],
  credit_follows_postings: [
    `with booked as (
       select substr(account, 17) as customer_id, -sum(amount_minor)::bigint as balance_minor from ledger_postings
       where account like 'customer\\_credit:%' group by account
     )
     select 'customer ' || coalesce(booked.customer_id, credits.customer_id) as subject, 'credit' as what,
       coalesce(booked.balance_minor, 0) as expected, coalesce(credits.balance_minor, 0) as found
     from booked full join customer_credits as credits on credits.customer_id = booked.customer_id
     where coalesce(booked.balance_minor, 0) <> coalesce(credits.balance_minor, 0)`,
    `select 'customer ' || customer_id as subject, 'credit below zero' as what, 0::bigint as expected,
       balance_minor as found
     from customer_credits where balance_minor < 0`,
  ],
  receivable_is_due: [
    // A cancelled order owes nothing; while it still holds money, that much is owed back.
    `with booked as (
       select substr(account, 12) as number, sum(amount_minor)::bigint as balance from ledger_postings
       where account like 'receivable:%' group by account
     )
     select 'order ' || coalesce(orders.number, booked.number) as subject,
       case when orders.number is null then 'owed on no known order' else 'owed by the ledger' end as what,
       coalesce(expected, 0) as expected, coalesce(balance, 0) as found
     from (
       select number, case when status = 'cancelled' then -received_minor when status in ('reserved', 'refused') then 0
         else due_minor end as expected
       from orders
     ) as orders full join booked on booked.number = orders.number
     where coalesce(expected, 0) <> coalesce(balance, 0)`,
  ],
  orders_hold_received: [
    `with held as (
       select substr(account, 12) as number, sum(amount_minor)::bigint as amount_minor from payment_places
       where account like 'receivable:%' group by account
     )
     select 'order ' || coalesce(orders.number, held.number) as subject, 'received' as what,
       coalesce(held.amount_minor, 0) as expected, coalesce(orders.received_minor, 0) as found
     from orders full join held on held.number = orders.number
     where coalesce(held.amount_minor, 0) <> coalesce(orders.received_minor, 0)`,
  ],
  orders_follow_timeline: [
    `select 'order ' || number as subject, 'its subscription' as what, orders.subscription_id as expected,
       null::text as found
     from orders where status not in ('reserved', 'refused') and not exists (
       select from subscriptions where id = orders.subscription_id
     )`,
  ],
  payments_were_told: [
    `select 'payment ' || key as subject, 'event ' || heard_sequence || ' of ' || payments.subscription_id as what,
       'PaymentReceived ' || coalesce(claims_key, key) || ', ' || amount_minor || ' by ' || method as expected,
       concat_ws(', ', type || ' ' || (data #>> '{payment,key}'),
         (data #>> '{payment,amountMinor}') || ' by ' || (data #>> '{payment,method}')) as found
     from payments left join timeline
       on timeline.subscription_id = payments.subscription_id and sequence = heard_sequence
     where heard_sequence is not null and (
       type is distinct from 'PaymentReceived' or data #>> '{payment,key}' is distinct from coalesce(claims_key, key)
       or (data #>> '{payment,amountMinor}')::bigint is distinct from amount_minor
       or data #>> '{payment,method}' is distinct from method
     )`,
    `select 'event ' || sequence || ' of ' || timeline.subscription_id as subject, 'payment it tells of' as what,
       data #>> '{payment,key}' as expected, null::text as found
     from timeline where type = 'PaymentReceived' and not exists (
       select from payments where key = data #>> '{payment,key}'
     )`,
  ],
};

export async function checkBooks(trx: Db, differences: Differences): Promise<void> {
  for (const [check, queries] of [...Object.entries(BOOK_QUERIES), ...Object.entries(DOCUMENT_QUERIES)]) {
    for (const query of queries) await ask(trx, check as CheckName, query, differences);
  }
}

interface Row {
  readonly subject: string;
  readonly what: string;
  readonly expected: Value;
  readonly found: Value;
}

/** One row more than is told says that there are more. */
async function ask(trx: Db, check: CheckName, query: string, differences: Differences): Promise<void> {
  const { rows } = await trx.raw<{ rows: Row[] }>(
    `select subject, what, to_jsonb(expected) as expected, to_jsonb(found) as found from (${query}) as differing
     order by subject, what limit ${MOST_TOLD + 1}`,
  );
  for (const row of rows) differences.add({ check, ...row });
}
