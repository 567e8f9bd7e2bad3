import type { Knex } from 'knex';

/** Who our customers are at Stripe, what Stripe told us, and how often somebody told us something that Stripe did not sign. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table stripe_customers (
      customer_id text primary key references customers,
      stripe_id text not null unique check (stripe_id ~ '^cus_[A-Za-z0-9_]+$'),
      created_at timestamptz not null default now()
    );

    create table stripe_events (
      id text primary key check (length(id) between 1 and 255),
      type text not null check (length(type) between 1 and 255),
      received_at timestamptz not null,
      -- received: not yet worked through; kept: for an operator.
      outcome text not null check (outcome in ('received', 'booked', 'noted', 'ignored', 'kept')),
      reason text,
      facts jsonb not null default '{}',
      constraint stripe_events_kept_for_a_reason check ((outcome = 'kept') = (reason is not null))
    );
    create index stripe_events_open on stripe_events (received_at) where outcome in ('received', 'kept');

    create table stripe_refusals (
      day date not null,
      reason text not null,
      refusals integer not null check (refusals > 0),
      last_at timestamptz not null,
      primary key (day, reason)
    );
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop table stripe_refusals, stripe_events, stripe_customers');
}

export const stripe: Knex.Migration = { up, down };
