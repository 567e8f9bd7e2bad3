import type { Knex } from 'knex';

/** Every price list that was published, as it was: `json`, not `jsonb`, so that it is read back in the order it was written in. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table catalogues (
      revision integer primary key check (revision > 0),
      document json not null,
      published_at timestamptz not null default now(),
      published_by text not null check (published_by <> '')
    );
    create trigger catalogues_append_only before update or delete or truncate on catalogues
      for each statement execute function refuse_change();
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop table catalogues');
}

export const catalogues: Knex.Migration = { up, down };
