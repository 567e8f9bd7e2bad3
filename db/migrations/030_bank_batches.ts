import type { Knex } from 'knex';

/** Finds sums that were booked whole, the parts of sums, and the files that tell a movement: asked of each into an account. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create index bank_entries_sums on bank_entries (account, booked_on) where (entry #> '{batch}') is not null;
    create index bank_entries_parts on bank_entries (account, (entry #>> '{partOf,cents}'), booked_on)
      where (entry #>> '{partOf,cents}') is not null;
    create index bank_entries_batches on bank_entries (account, (entry #>> '{names,batchReference}'), booked_on)
      where (entry #>> '{names,batchReference}') is not null;
    create index bank_file_entries_entry on bank_file_entries (entry_id, file_id);
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop index bank_entries_sums, bank_entries_parts, bank_entries_batches, bank_file_entries_entry');
}

export const bankBatches: Knex.Migration = { up, down };
