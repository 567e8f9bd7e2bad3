import type { Knex } from 'knex';

/**
 * What a card is known by, and when it ends; methods that a customer removed are kept for the orders they paid. From now
 * on no label holds an e-mail address in clear: what is before the @ gives way to bullets, also where it was stored before.
 */
async function up(db: Knex): Promise<void> {
  await db.raw(String.raw`
    update payment_methods set label = regexp_replace(label, '([^\s@•]{0,1})[^\s@]*@', '\1•••@', 'g');
    alter table payment_methods
      add column brand text constraint payment_methods_brand check (length(brand) between 1 and 20),
      add column last4 text constraint payment_methods_last4 check (last4 ~ '^[0-9]{4}$'),
      add column valid_through date constraint payment_methods_month_end
        check (extract(day from valid_through + 1) = 1),
      add column removed_at timestamptz,
      add constraint payment_methods_masked check (label !~ '[^•]@'),
      add constraint payment_methods_card_data check (kind = 'card' or coalesce(brand, last4, valid_through::text) is null);
    create index payment_methods_customer on payment_methods (customer_id) where removed_at is null;
  `);
}

/** The labels stay masked: what they were is nowhere kept. */
async function down(db: Knex): Promise<void> {
  await db.raw(`
    drop index payment_methods_customer;
    alter table payment_methods
      drop constraint payment_methods_card_data,
      drop constraint payment_methods_masked,
      drop column removed_at,
      drop column valid_through,
      drop column last4,
      drop column brand;
  `);
}

export const paymentMethods: Knex.Migration = { up, down };
