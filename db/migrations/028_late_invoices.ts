import type { Knex } from 'knex';

/** Orders completed before there were invoices: theirs bear the day on which somebody asked for them. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    -- Null of what is asked for as it happens: its own day counts.
    alter table invoice_requests add column asked_on date,
      add constraint invoice_requests_asked_for check (asked_on is null or kind = 'invoice');
    create index orders_completed on orders (completed_on, number) where status = 'completed' and payable_minor > 0;
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('alter table invoice_requests drop column asked_on; drop index orders_completed;');
}

export const lateInvoices: Knex.Migration = { up, down };
