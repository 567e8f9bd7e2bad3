import type { Knex } from 'knex';

/** Orders from their reservation on. Amounts in cents. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create sequence order_numbers start with 10000001;

    create table orders (
      number text primary key constraint orders_number_checks check (
        case when number ~ '^([0-9]{10}|[1-9][0-9]{10,17})$'
          then number::bigint % 97 = 1 and right(number, 2)::integer between 2 and 98 else false end
      ),
      -- Not a foreign key: an order is reserved before the first commit makes its subscription.
      subscription_id text not null,
      customer_id text not null references customers,
      type text not null check (type in ('first_purchase', 'renewal', 'upgrade', 'reactivation')),
      status text not null check (status in ('reserved', 'refused', 'awaiting_payment', 'completed', 'cancelled')),
      origin text not null check (origin in ('customer', 'auto_renewal')),
      priced jsonb not null,
      payable_minor bigint not null constraint orders_payable_in_range check (payable_minor between 0 and 1000000000),
      received_minor bigint not null constraint orders_received_in_range check (received_minor between 0 and payable_minor),
      due_minor bigint not null constraint orders_due_in_range check (due_minor between 0 and payable_minor),
      currency text not null check (currency = 'EUR'),
      acceptances jsonb,
      payment_method text,
      cycle_key text,
      renews_from date,
      refusal jsonb,
      placed_at timestamptz,
      completed_on date,
      cancelled_why text,
      created_at timestamptz not null default now(),
      constraint orders_price_is_its_own check ((priced ->> 'payableMinor')::bigint = payable_minor),
      constraint orders_placed check ((status in ('reserved', 'refused')) = (placed_at is null)),
      constraint orders_refused check ((status = 'refused') = (refusal is not null)),
      constraint orders_completed check ((status = 'completed') = (completed_on is not null)),
      constraint orders_cancelled check ((status = 'cancelled') = (cancelled_why is not null)),
      constraint orders_add_up check (
        case when status in ('refused', 'cancelled') then due_minor = 0 else received_minor + due_minor = payable_minor end
      )
    );
    create index orders_subscription on orders (subscription_id, number);
    create index orders_reserved on orders (created_at) where status = 'reserved';
    create unique index orders_one_first_purchase on orders (subscription_id)
      where type = 'first_purchase' and status <> 'refused';
    create unique index orders_one_unpaid_term on orders (subscription_id)
      where type in ('renewal', 'reactivation') and status = 'awaiting_payment';
    create unique index orders_one_unpaid_upgrade on orders (subscription_id)
      where type = 'upgrade' and status = 'awaiting_payment';
    create unique index orders_one_reservation_a_cycle on orders (subscription_id, cycle_key) where status = 'reserved';
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop table orders; drop sequence order_numbers');
}

export const orders: Knex.Migration = { up, down };
