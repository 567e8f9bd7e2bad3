import type { Knex } from 'knex';

/** The sandbox gateway's own memory, apart from ours. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create schema sandbox_gateway;
    create table sandbox_gateway.charges (
      idempotency_key text primary key,
      token text not null,
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null check (currency = 'EUR'),
      outcome text not null check (outcome in ('captured', 'declined', 'needs_customer')),
      reason text,
      settled_at timestamptz not null
    );
    create table sandbox_gateway.requests (
      idempotency_key text primary key,
      requests integer not null check (requests > 0)
    );
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop schema sandbox_gateway cascade');
}

export const sandboxGateway: Knex.Migration = { up, down };
