import type { Knex } from 'knex';

/** Finds the movements of one account, amount and day: asked of each entry, whether another file told of it before. */
async function up(db: Knex): Promise<void> {
  await db.raw('create index bank_entries_alike on bank_entries (account, amount_minor, booked_on)');
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop index bank_entries_alike');
}

export const bankDoubles: Knex.Migration = { up, down };
