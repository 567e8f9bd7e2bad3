import type { Knex } from 'knex';

/** Who may call the API, and what a repeated request is answered. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table api_keys (
      id text primary key,
      name text not null,
      key_hash text not null unique check (key_hash ~ '^[0-9a-f]{64}$'),
      created_at timestamptz not null default now()
    );

    create table idempotency_keys (
      api_key_id text not null references api_keys,
      key text not null,
      request_hash text not null,
      resume jsonb,
      status integer check (status between 100 and 599),
      body jsonb,
      created_at timestamptz not null default now(),
      completed_at timestamptz,
      primary key (api_key_id, key),
      constraint idempotency_keys_completed check ((status is null) = (completed_at is null))
    );
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop table idempotency_keys, api_keys');
}

export const api: Knex.Migration = { up, down };
