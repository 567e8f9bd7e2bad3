import type { Knex } from 'knex';

/**
 * Finds the money that names an order, or was given to it: asked by whoever looks at what went back of an order. The index
 * of entries by payment is written at once: a queue of what is still to be written would be read whole by each look-up.
 */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create index payments_of_order on payments ((coalesce(assigned_order, order_number)));
    alter index bank_entries_payments set (fastupdate = off);
    select gin_clean_pending_list('bank_entries_payments');
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop index payments_of_order; alter index bank_entries_payments reset (fastupdate);');
}

export const moneyOfOrders: Knex.Migration = { up, down };
