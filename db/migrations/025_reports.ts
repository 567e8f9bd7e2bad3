import type { Knex } from 'knex';

/** The ways in for reports: what happened on a day, what is still due, who has credit, what expires when. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create index payments_registered on payments (registered_on, key collate "C");
    create index reversals_registered on reversals (registered_on, key collate "C");
    create index refunds_paid on refunds (settled_at) where status = 'paid';
    create index orders_due on orders (number collate "C")
      where due_minor > 0 and status in ('awaiting_payment', 'completed');
    create index customer_credits_held on customer_credits (customer_id collate "C") where balance_minor > 0;
    create index subscriptions_expiring on subscriptions (expires_on, id collate "C") where status = 'active';
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw(`
    drop index payments_registered, reversals_registered, refunds_paid, orders_due, customer_credits_held,
      subscriptions_expiring;
  `);
}

export const reports: Knex.Migration = { up, down };
