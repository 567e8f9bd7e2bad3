import type { Knex } from 'knex';

/**
 * Registrations of cards begun on Stripe's own pages, up to when Stripe's events were caught up with, and what Stripe
 * kept of each payment for itself.
 */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table stripe_setups (
      id text primary key check (id ~ '^cs_[A-Za-z0-9_]{1,250}$'),
      customer_id text not null references customers,
      -- The page of the customer area that it was begun on, with its query.
      return_to text not null check (
        return_to like '/%' and return_to not like '//%' and length(return_to) <= 4000
      ),
      -- What came of it, once: a card that is removed later stays removed.
      method_id text references payment_methods,
      created_at timestamptz not null default now()
    );

    create table stripe_catch_up (
      id boolean primary key default true check (id),
      -- Every event made before was listed.
      caught_up_to timestamptz not null,
      finished_at timestamptz not null
    );

    create table gateway_fees (
      payment_key text primary key references payments,
      gateway text not null check (gateway ~ '^[a-z0-9_-]+$'),
      amount_minor bigint not null check (amount_minor between 1 and 1000000000),
      currency text not null check (currency = 'EUR'),
      recorded_at timestamptz not null default now()
    );
    create trigger gateway_fees_append_only before update or delete or truncate on gateway_fees
      for each statement execute function refuse_change();
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop table gateway_fees, stripe_catch_up, stripe_setups');
}

export const stripeSetups: Knex.Migration = { up, down };
