import type { Knex } from 'knex';

/**
 * Money that goes back. What the tables refuse by themselves: a refund changed after it was decided, one in two lists,
 * one paid that nobody was told of, and, by the places of 004, more than there is.
 */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table transfer_lists (
      id text primary key check (id ~ '^[A-Za-z0-9-]{1,35}$'),
      xml text not null,
      transfers integer not null check (transfers > 0),
      sum_minor bigint not null check (sum_minor > 0),
      currency text not null check (currency = 'EUR'),
      status text not null default 'made' check (status in ('made', 'executed', 'cancelled')),
      operator_id text not null,
      created_at timestamptz not null default now(),
      downloaded_at timestamptz,
      settled_at timestamptz,
      constraint transfer_lists_settled check ((status = 'made') = (settled_at is null))
    );
    create trigger transfer_lists_append_only before delete or truncate on transfer_lists
      for each statement execute function refuse_change();
    create trigger transfer_lists_content_append_only
      before update of id, xml, transfers, sum_minor, currency, operator_id, created_at on transfer_lists
      for each statement execute function refuse_change();

    create table refunds (
      id text primary key check (id ~ '^ref_[0-9a-f-]{36}$'),
      source text not null check (source in ('order', 'payment', 'credit')),
      order_number text references orders,
      -- The payment that goes back, where it is a single one.
      payment_key text references payments,
      customer_id text references customers,
      subscription_id text,
      amount_minor bigint not null check (amount_minor between 1 and 1000000000),
      net_minor bigint,
      vat_minor bigint,
      currency text not null check (currency = 'EUR'),
      effect text not null check (effect in ('keep', 'end')),
      reason text not null check (reason <> ''),
      way text not null check (way in ('original', 'transfer')),
      holder text,
      iban text,
      status text not null default 'due' check (status in ('due', 'sent', 'paid', 'failed', 'withdrawn')),
      failure text,
      list_id text references transfer_lists,
      gateway_refund_id text,
      -- Its service knows of it, or has nobody left to know: only then is it paid out.
      told boolean not null,
      parts jsonb not null,
      requested_at timestamptz not null,
      operator_id text not null,
      recorded_at timestamptz not null default now(),
      settled_at timestamptz,
      constraint refunds_source check (case source
        when 'order' then order_number is not null and subscription_id is not null and net_minor + vat_minor = amount_minor
          and net_minor is not null and vat_minor is not null
        when 'payment' then payment_key is not null and effect = 'keep' and net_minor is null and vat_minor is null
        else customer_id is not null and payment_key is null and effect = 'keep' and net_minor is null and vat_minor is null
      end),
      constraint refunds_way check (case way
        when 'transfer' then iban is not null and holder is not null
        else payment_key is not null and iban is null and list_id is null
      end),
      constraint refunds_told_before_paid check (told or status = 'due'),
      constraint refunds_settled check ((status in ('paid', 'withdrawn')) = (settled_at is not null)),
      constraint refunds_failed check ((status = 'failed') <= (failure is not null)),
      constraint refunds_in_list check ((list_id is not null) = (way = 'transfer' and status in ('sent', 'paid')))
    );
    create index refunds_order on refunds (order_number);
    create index refunds_payment on refunds (payment_key);
    create index refunds_customer on refunds (customer_id);
    create index refunds_list on refunds (list_id);
    create index refunds_open on refunds (recorded_at) where status in ('due', 'sent', 'failed');
    create index refunds_untold on refunds (recorded_at) where not told;
    create trigger refunds_append_only before delete or truncate on refunds
      for each statement execute function refuse_change();
    create trigger refunds_content_append_only
      before update of id, source, order_number, payment_key, customer_id, subscription_id, amount_minor, net_minor,
        vat_minor, currency, effect, reason, parts, requested_at, operator_id, recorded_at
      on refunds for each statement execute function refuse_change();

    alter table orders
      add refunded_minor bigint not null default 0 constraint orders_refunded_in_range
        check (refunded_minor between 0 and payable_minor),
      drop constraint orders_add_up,
      add constraint orders_add_up check (
        case when status in ('refused', 'cancelled') then due_minor = 0
          else received_minor + due_minor + refunded_minor = payable_minor end
      );

    create table sandbox_gateway.refunds (
      idempotency_key text primary key,
      capture_id text not null,
      amount_minor bigint not null check (amount_minor > 0),
      outcome text not null check (outcome in ('refunded', 'refused')),
      reason text,
      settled_at timestamptz not null
    );
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw(`
    drop table sandbox_gateway.refunds;
    alter table orders drop constraint orders_add_up, drop column refunded_minor,
      add constraint orders_add_up check (
        case when status in ('refused', 'cancelled') then due_minor = 0 else received_minor + due_minor = payable_minor end
      );
    drop table refunds, transfer_lists;
  `);
}

export const refunds: Knex.Migration = { up, down };
