import type { Knex } from 'knex';

/** Who may log in: customers beside single services, their sessions, mailed links, and what is mailed about accounts. */
async function up(db: Knex): Promise<void> {
  await generaliseAccounts(db);
  await db.raw(`
    create table sessions (
      token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
      account_id text not null references accounts,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      expires_at timestamptz not null,
      constraint sessions_end check (expires_at > created_at)
    );
    create index sessions_account on sessions (account_id);
    create index sessions_expiry on sessions (expires_at);

    create table password_links (
      token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
      account_id text not null unique references accounts,
      purpose text not null check (purpose in ('reset', 'invitation')),
      created_at timestamptz not null,
      expires_at timestamptz not null
    );

    create table account_messages (
      id bigint primary key generated always as identity,
      account_id text not null references accounts,
      kind text not null check (kind in (
        'registration_confirmed', 'password_reset', 'invitation', 'username_reminder', 'password_changed'
      )),
      status text not null default 'queued' check (status in ('queued', 'sent', 'suppressed')),
      created_at timestamptz not null default now(),
      sent_at timestamptz,
      constraint account_messages_sent check ((status = 'sent') = (sent_at is not null))
    );
    create index account_messages_queued on account_messages (account_id, kind) where status = 'queued';
    create index customers_email on customers (lower(email));

    -- Its columns are those of the package that counts.
    create table attempts (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    );
    create index attempts_expire on attempts (expire);

    alter table idempotency_keys drop constraint idempotency_keys_api_key_id_fkey;
    alter table idempotency_keys rename column api_key_id to owner;
  `);
}

/** An account without a subscription is the customer's own, and there is one at most. */
async function generaliseAccounts(db: Knex): Promise<void> {
  await db.raw(`
    alter table accounts add column id text not null default 'acc_' || gen_random_uuid();
    alter table accounts drop constraint accounts_pkey;
    alter table accounts add primary key (id);
    alter table accounts alter column subscription_id drop not null;
    alter table accounts add constraint accounts_subscription_id_key unique (subscription_id);
    alter table accounts drop constraint accounts_username_key;
    create unique index accounts_username on accounts (lower(username));
    create unique index accounts_customer on accounts (customer_id) where subscription_id is null;
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw(`
    delete from idempotency_keys where owner not in (select id from api_keys);
    alter table idempotency_keys rename column owner to api_key_id;
    alter table idempotency_keys add constraint idempotency_keys_api_key_id_fkey
      foreign key (api_key_id) references api_keys;

    drop index customers_email;
    drop table attempts, account_messages, password_links, sessions;

    delete from accounts where subscription_id is null;
    drop index accounts_customer, accounts_username;
    alter table accounts add constraint accounts_username_key unique (username);
    alter table accounts drop constraint accounts_subscription_id_key;
    alter table accounts drop constraint accounts_pkey;
    alter table accounts add primary key (subscription_id);
    alter table accounts drop column id;
  `);
}

export const accounts: Knex.Migration = { up, down };
