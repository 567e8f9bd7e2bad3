import type { Knex } from 'knex';

/** The read model of each life, its timeline, and the outbox of what the customer is told. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table subscriptions (
      id text primary key,
      customer_id text not null references customers,
      product text not null,
      status text not null check (status in (
        'awaiting_payment', 'awaiting_activation', 'activation_failed', 'active', 'expired', 'terminated', 'closed'
      )),
      expires_on date,
      next_deadline_at timestamptz,
      auto_renewal boolean not null,
      sequence integer not null check (sequence > 0),
      state jsonb not null,
      username text,
      updated_at timestamptz not null,
      created_at timestamptz not null default now(),
      constraint subscriptions_state_is_its_own check (
        state ->> 'id' = id and (state ->> 'sequence')::integer = sequence
        and state #>> '{phase,status}' = status and state ->> 'customerRef' = customer_id
      ),
      constraint subscriptions_expire check (status not in ('active', 'expired') or expires_on is not null)
    );
    create index subscriptions_customer on subscriptions (customer_id);
    create index subscriptions_status on subscriptions (status, next_deadline_at);

    create table timeline (
      subscription_id text not null references subscriptions,
      sequence integer not null check (sequence > 0),
      at timestamptz not null,
      type text not null,
      data jsonb not null,
      recorded_at timestamptz not null default now(),
      primary key (subscription_id, sequence)
    );

    create table messages (
      id bigint primary key generated always as identity,
      subscription_id text not null,
      sequence integer not null,
      at timestamptz not null,
      kind text not null,
      occasion text not null,
      payload jsonb not null,
      status text not null default 'queued' check (status in ('queued', 'sent', 'suppressed')),
      created_at timestamptz not null default now(),
      sent_at timestamptz,
      unique (subscription_id, occasion),
      foreign key (subscription_id, sequence) references timeline,
      constraint messages_sent check ((status = 'sent') = (sent_at is not null))
    );
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop table messages, timeline, subscriptions');
}

export const subscriptions: Knex.Migration = { up, down };
