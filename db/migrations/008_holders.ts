import type { Knex } from 'knex';

/** Who a service is invoiced to, beside the customer who buys it; and a customer's orders in the order of their numbers. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table holders (
      -- Not a foreign key: a first order is reserved before the first commit makes its subscription.
      subscription_id text primary key,
      customer_id text not null references customers,
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
      recipient_code text,
      certified_email text,
      public_administration boolean not null,
      updated_at timestamptz not null default now(),
      constraint holders_named check (company_name is not null or (first_name is not null and last_name is not null)),
      constraint holders_identified check (tax_code is not null or vat_number is not null)
    );

    -- Until now each service was its customer's own.
    insert into holders
      select service.subscription_id, id, first_name, last_name, company_name, street, postal_code, city, province,
             country, tax_code, vat_number, phone, email, recipient_code, certified_email, public_administration, now()
      from (
        select id as subscription_id, customer_id from subscriptions
        union select subscription_id, customer_id from orders where type = 'first_purchase' and status <> 'refused'
      ) as service join customers on customers.id = service.customer_id;

    create index orders_customer on orders (customer_id, (number::bigint) desc);
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop index orders_customer; drop table holders');
}

export const holders: Knex.Migration = { up, down };
