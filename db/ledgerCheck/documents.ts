/** The checks of what goes back and of invoices. */
import type { Queries } from './differences.ts';

export const DOCUMENT_QUERIES: Queries = {
  reversals_are_booked: [
    // What left by a payment: back to its cash, or out of what was merely claimed.
    `with gone as (
       select payment_key, sum(amount_minor)::bigint as amount_minor from payment_places
       where account like 'cash:%' or account = 'disputed' group by payment_key
     ), meant as (
       select payment_key, sum(amount_minor)::bigint as amount_minor from (
         select payment_key, placed_minor as amount_minor from reversals where placed_minor > 0
         union all
         select part ->> 'key', (part ->> 'amountMinor')::bigint from refunds, jsonb_array_elements(parts) as part
         where source = 'order' and status = 'paid'
         union all
         select payment_key, amount_minor from refunds where source = 'payment' and status = 'paid'
         union all
         -- Given away in parts, each a payment of its own.
         select part_of, amount_minor from payments where part_of is not null
       ) as parts group by payment_key
     )
     select 'payment ' || coalesce(meant.payment_key, gone.payment_key) as subject, 'taken back or refunded of it' as what,
       coalesce(meant.amount_minor, 0) as expected, coalesce(gone.amount_minor, 0) as found
     from meant full join gone on gone.payment_key = meant.payment_key
     where coalesce(meant.amount_minor, 0) <> coalesce(gone.amount_minor, 0)`,
    `select 'payment ' || key as subject, 'refunds of it beyond what came in' as what, payments.amount_minor as expected,
       refunded as found
     from payments join (
       select payment_key, sum(amount_minor)::bigint as refunded from (
         select payment_key, amount_minor from refunds where source = 'payment' and status <> 'withdrawn'
         union all
         select part ->> 'key', (part ->> 'amountMinor')::bigint from refunds, jsonb_array_elements(parts) as part
         where source = 'order' and status <> 'withdrawn'
       ) as parts group by payment_key
     ) as given on given.payment_key = key where refunded > payments.amount_minor`,
  ],
  events_are_booked: [
    // What a withdrawn refund brought back may have been taken since, by the ledger alone.
    `select 'event ' || heard_sequence || ' of ' || subscription_id || ', PaymentReversed' as subject,
       'taken out by its journal' as what, placed_minor as expected, taken as found
     from (
       select heard_sequence, subscription_id, placed_minor, (
         select coalesce(-sum(amount_minor), 0)::bigint from ledger_journals as journals join ledger_postings on journal_id = id
         where journals.subscription_id = reversals.subscription_id and journals.sequence = heard_sequence
           and payment_key is not null and (account like 'cash:%' or account = 'disputed')
       ) as taken, (
         select coalesce(sum(amount_minor), 0)::bigint from ledger_journals join ledger_postings on journal_id = id
         where kind = 'RefundWithdrawn' and ledger_postings.payment_key = reversals.payment_key
           and account like 'refund\\_due:%'
       ) as came_back
       from reversals where heard_sequence is not null
     ) as told
     where placed_minor - taken not between 0 and came_back`,
    `select 'event ' || sequence || ' of ' || timeline.subscription_id || ', ' || type as subject, 'what it tells of' as what,
       coalesce(data #>> '{reversal,key}', data ->> 'refundId') as expected, null::text as found
     from timeline where type in ('PaymentReversed', 'RefundMade') and not exists (
       select from reversals where key = data #>> '{reversal,key}'
         and amount_minor = (data #>> '{reversal,amountMinor}')::bigint
     ) and not exists (
       select from refunds where id = data ->> 'refundId' and refunds.amount_minor = (data ->> 'amountMinor')::bigint
     )`,
  ],
  refunds_are_booked: [
    `with booked as (
       select substr(account, 12) as id, -sum(amount_minor)::bigint as balance from ledger_postings
       where account like 'refund\\_due:%' group by account
     )
     select 'refund ' || coalesce(refunds.id, booked.id) as subject,
       case when refunds.id is null then 'owed for no known refund' else 'still to be paid out' end as what,
       case when status in ('due', 'sent', 'failed') then amount_minor else 0 end as expected,
       coalesce(balance, 0) as found
     from refunds full join booked on booked.id = refunds.id
     where coalesce(balance, 0) <> case when status in ('due', 'sent', 'failed') then amount_minor else 0 end`,
  ],
  orders_hold_refunds: [
    `select 'order ' || number as subject, 'refunded' as what, coalesce(given, 0) as expected, refunded_minor as found
     from orders left join (
       select order_number, sum(amount_minor)::bigint as given from refunds where source = 'order' group by order_number
     ) as refunds on refunds.order_number = number
     where refunded_minor <> coalesce(given, 0)`,
    `select 'order ' || number as subject, 'refunded beyond its price' as what, payable_minor as expected,
       refunded_minor as found
     from orders where refunded_minor > payable_minor`,
  ],
  debts_are_booked: [
    `select 'customer ' || substr(account, 6) as subject, 'owed below zero' as what, 0::bigint as expected,
       sum(amount_minor)::bigint as found
     from ledger_postings where account like 'owed:%' group by account having sum(amount_minor) < 0`,
    `select 'journal ' || id as subject, 'what it makes of a debt' as what,
       case kind when 'DebtSettled' then 'less' when 'PaymentReversed' then 'more' when 'ReversalPlaced' then 'more' end
         as expected,
       case when amount_minor > 0 then 'more' else 'less' end as found
     from ledger_postings join ledger_journals on id = journal_id where account like 'owed:%'
       and (amount_minor > 0) is distinct from
         case when kind in ('PaymentReversed', 'ReversalPlaced') then true when kind = 'DebtSettled' then false end`,
  ],
  payments_in_parts: [
    `select 'payment ' || whole.key as subject, 'of its parts, ' || part.key || ': method and date' as what,
       whole.method || ' ' || whole.registered_on as expected, part.method || ' ' || part.registered_on as found
     from payments as part join payments as whole on whole.key = part.part_of
     where (part.method, part.registered_on) is distinct from (whole.method, whole.registered_on)`,
    `select 'payment ' || whole.key as subject, 'its parts, at most' as what, whole.amount_minor as expected,
       sum(part.amount_minor)::bigint as found
     from payments as part join payments as whole on whole.key = part.part_of
     group by whole.key having sum(part.amount_minor) > whole.amount_minor`,
  ],
  fees_are_booked: [
    `with kept as (
       select 'fees:' || gateway as account, sum(amount_minor)::bigint as amount_minor from gateway_fees group by gateway
     ), booked as (
       select account, sum(amount_minor)::bigint as amount_minor from ledger_postings
       where account like 'fees:%' group by account
     )
     select coalesce(kept.account, booked.account) as subject, 'kept of payments' as what,
       coalesce(kept.amount_minor, 0) as expected, coalesce(booked.amount_minor, 0) as found
     from kept full join booked on booked.account = kept.account
     where coalesce(kept.amount_minor, 0) <> coalesce(booked.amount_minor, 0)`,
  ],
  invoices_numbered: [
    `select 'invoices of ' || coalesce(series.year, issued.year) as subject, 'numbers, from the first to the last' as what,
       '1 to ' || coalesce(last_number, 0) as expected, coalesce(smallest || ' to ' || largest || ', ' || count || ' of them', 'none') as found
     from invoice_series as series full join (
       select year, min(number) as smallest, max(number) as largest, count(*) as count from invoices group by year
     ) as issued on issued.year = series.year
     where smallest is distinct from 1 or largest is distinct from last_number or count is distinct from last_number`,
    `select 'invoice ' || id as subject, 'dated before the one ahead of it' as what, '>= ' || earlier as expected,
       date::text as found
     from (select id, date, lag(date) over (partition by year order by number) as earlier from invoices) as dated
     where date < earlier`,
  ],
  invoices_are_orders: [
    `select 'invoice ' || invoices.id as subject, 'its total, by order ' || orders.number as what,
       orders.payable_minor - surplus as expected, invoices.payable_minor as found
     from invoices join orders on orders.number = order_number
     cross join lateral (
       select coalesce(sum((data ->> 'amountMinor')::bigint), 0) as surplus from timeline
       where timeline.subscription_id = orders.subscription_id and type = 'SurplusCredited'
         and data ->> 'number' = orders.number
     ) as sold
     where kind = 'invoice' and invoices.payable_minor <> orders.payable_minor - surplus`,
    `select 'invoice ' || invoices.id as subject, part.what, part.expected, part.found
     from invoices join orders on orders.number = order_number
     cross join lateral (values
       ('its net, by order ' || orders.number, (priced ->> 'netMinor')::bigint, net_minor),
       ('its VAT, by order ' || orders.number, (priced ->> 'vatMinor')::bigint, vat_minor)
     ) as part (what, expected, found)
     where kind = 'invoice' and part.expected <> part.found and invoices.payable_minor = orders.payable_minor`,
    `select coalesce('invoice ' || invoice.id, 'order ' || notes.order_number) as subject,
       'taken back by credit notes, at most' as what,
       invoice.payable_minor as expected, sum(notes.payable_minor)::bigint as found
     from invoices as notes left join invoices as invoice
       on invoice.order_number = notes.order_number and invoice.kind = 'invoice'
     where notes.kind = 'credit_note'
     group by notes.order_number, invoice.id, invoice.payable_minor
     having coalesce(sum(notes.payable_minor) > invoice.payable_minor, true)`,
    `select 'order ' || coalesce(asked.order_number, refunds.order_number) as subject,
       case kind when 'invoice' then 'invoice' else 'credit note' end || ' said to be issued' as what, '1' as expected,
       '0' as found
     from invoice_requests as asked left join refunds on refunds.id = asked.refund_id
     where asked.status = 'issued' and not exists (
       select from invoices where invoices.kind = asked.kind
         and invoices.order_number = coalesce(asked.order_number, refunds.order_number)
         and invoices.refund_id is not distinct from asked.refund_id
     )`,
  ],
};
