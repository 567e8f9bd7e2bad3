import type { Knex } from 'knex';

/** Who buys, how they pay and log in; and one live service per tax code or VAT number. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table customers (
      id text primary key,
      first_name text,
      last_name text,
      company_name text,
      street text not null,
      postal_code text not null,
      city text not null,
      province text not null,
      country text not null,
      tax_code text,
      vat_number text,
      phone text not null,
      email text not null,
      language text not null check (language in ('it', 'en')),
      recipient_code text,
      certified_email text,
      public_administration boolean not null,
      created_at timestamptz not null default now(),
      constraint customers_named check (company_name is not null or (first_name is not null and last_name is not null)),
      constraint customers_identified check (tax_code is not null or vat_number is not null)
    );

    create table live_services (
      tax_identity text primary key check (tax_identity <> ''),
      subscription_id text not null,
      taken_at timestamptz not null default now()
    );
    create index live_services_subscription on live_services (subscription_id);

    create table payment_methods (
      id text primary key,
      customer_id text not null references customers,
      kind text not null check (kind in ('card', 'paypal')),
      token text not null,
      label text not null,
      created_at timestamptz not null default now(),
      unique (customer_id, kind, token)
    );

    create table accounts (
      subscription_id text primary key,
      customer_id text not null references customers,
      username text not null unique,
      password_hash text,
      must_change_password boolean not null default true,
      created_at timestamptz not null default now()
    );
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop table accounts, payment_methods, live_services, customers');
}

export const customers: Knex.Migration = { up, down };
