import type { Knex } from 'knex';

/**
 * Invoices and credit notes. What the tables refuse by themselves: a second invoice of an order, a second note of a
 * refund, a gap or a step back in time within a year's series, and any change to a document once it is issued.
 */
async function up(db: Knex): Promise<void> {
  await createTables(db);
  await keepSeries(db);
  await keepIssuedAsItIs(db);
}

async function createTables(db: Knex): Promise<void> {
  await db.raw(`
    create table invoice_requests (
      id bigint primary key generated always as identity,
      kind text not null check (kind in ('invoice', 'credit_note')),
      -- Null where the refund says which.
      order_number text references orders,
      refund_id text,
      status text not null default 'queued' check (status in ('queued', 'issued', 'suppressed')),
      faults jsonb,
      created_at timestamptz not null default now(),
      constraint invoice_requests_name_one check ((order_number is null) <> (refund_id is null)),
      constraint invoice_requests_refunds_are_credited check (refund_id is null or kind = 'credit_note'),
      constraint invoice_requests_once unique nulls not distinct (kind, order_number, refund_id)
    );
    create index invoice_requests_faulty on invoice_requests (created_at) where status = 'queued' and faults is not null;

    create table invoice_series (
      year integer primary key,
      last_number integer not null check (last_number > 0),
      last_date date not null check (extract(year from last_date) = year)
    );
    -- Five characters of base 36 name the file: gaps are harmless here, a repeat is not.
    create sequence invoice_progressives as integer maxvalue 60466175;

    create table invoices (
      id text primary key,
      kind text not null check (kind in ('invoice', 'credit_note')),
      year integer not null references invoice_series,
      number integer not null check (number > 0),
      date date not null,
      progressive integer not null unique,
      order_number text not null references orders,
      refund_id text unique,
      customer_id text not null references customers,
      subscription_id text not null,
      net_minor bigint not null check (net_minor >= 0),
      vat_minor bigint not null check (vat_minor >= 0),
      payable_minor bigint not null check (payable_minor > 0),
      document jsonb not null,
      xml text not null,
      file_name text not null unique,
      created_at timestamptz not null default now(),
      delivery_status text not null default 'queued' check (delivery_status in ('queued', 'delivered', 'failed')),
      delivery_attempts integer not null default 0,
      delivery_error text,
      delivered_at timestamptz,
      unique (year, number),
      constraint invoices_named check (id = year || '-' || number),
      constraint invoices_of_their_year check (extract(year from date) = year),
      constraint invoices_refunds_are_credited check (refund_id is null or kind = 'credit_note'),
      constraint invoices_delivered check ((delivery_status = 'delivered') = (delivered_at is not null))
    );
    create unique index invoices_one_an_order on invoices (order_number) where kind = 'invoice';
    create unique index invoices_one_undoing_an_order on invoices (order_number)
      where kind = 'credit_note' and refund_id is null;
    create index invoices_order on invoices (order_number);
    create index invoices_customer on invoices (customer_id, year, number);
    create index invoices_undelivered on invoices (created_at) where delivery_status <> 'delivered';
  `);
}

async function keepSeries(db: Knex): Promise<void> {
  await db.raw(`
    create function refuse_broken_series() returns trigger language plpgsql as $$
    begin
      if new.number > 1 and not exists (
        select from invoices where year = new.year and number = new.number - 1 and date <= new.date
      ) then
        raise exception 'invoice % does not follow the one before it', new.id
          using errcode = 'check_violation', constraint = 'invoices_in_series';
      end if;
      return new;
    end $$;
    create trigger invoices_in_series before insert on invoices
      for each row execute function refuse_broken_series();
  `);
}

async function keepIssuedAsItIs(db: Knex): Promise<void> {
  await db.raw(`
    create trigger invoices_append_only before delete or truncate on invoices
      for each statement execute function refuse_change();
    create trigger invoices_content_append_only
      before update of id, kind, year, number, date, progressive, order_number, refund_id, customer_id, subscription_id,
        net_minor, vat_minor, payable_minor, document, xml, file_name, created_at
      on invoices for each statement execute function refuse_change();
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw(`
    drop table invoices, invoice_series, invoice_requests;
    drop sequence invoice_progressives;
    drop function refuse_broken_series();
  `);
}

export const invoices: Knex.Migration = { up, down };
