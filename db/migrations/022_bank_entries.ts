import type { Knex } from 'knex';

/** Files that banks gave us, the movements in them, each once however often it comes, and what became of it. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table bank_files (
      id text primary key,
      digest text not null unique check (digest ~ '^[0-9a-f]{64}$'),
      name text,
      format text not null,
      version text,
      statements integer not null check (statements >= 0),
      warnings jsonb not null,
      received_at timestamptz not null,
      received_by text not null check (received_by <> ''),
      -- Null while not every entry has been dealt with: a process died in between.
      finished_at timestamptz
    );
    create index bank_files_newest on bank_files (received_at desc, id desc);
    create index bank_files_unfinished on bank_files (received_at) where finished_at is null;

    create table bank_entries (
      id text primary key,
      account text not null,
      -- SHA-256 of what the movement is known by.
      identity text not null check (identity ~ '^[0-9a-f]{64}$'),
      file_id text not null references bank_files,
      place text not null,
      method text not null check (method in ('bank_transfer', 'postal_slip')),
      entry jsonb not null,
      amount_minor bigint check (amount_minor >= 0),
      is_credit boolean not null,
      booked_on date,
      bank_reference text,
      end_to_end_id text,
      -- 'pending': not dealt with yet.
      outcome text not null check (outcome in ('pending', 'ignored', 'matched', 'unmatched', 'reversal', 'waiting')),
      why text,
      payment_keys text[] not null default '{}',
      reversal_keys text[] not null default '{}',
      candidates jsonb not null default '[]',
      recorded_at timestamptz not null default now(),
      decided_at timestamptz,
      unique (account, identity),
      constraint bank_entries_decided check ((outcome = 'pending') = (decided_at is null)),
      constraint bank_entries_booked check ((outcome in ('matched', 'unmatched')) = (payment_keys <> '{}')),
      constraint bank_entries_taken_back check ((outcome = 'reversal') = (reversal_keys <> '{}')),
      constraint bank_entries_explained check (outcome not in ('ignored', 'unmatched', 'waiting') or why is not null)
    );
    create index bank_entries_waiting on bank_entries (recorded_at) where outcome = 'waiting';
    create index bank_entries_reference on bank_entries (bank_reference) where is_credit and bank_reference is not null;
    create index bank_entries_end_to_end on bank_entries (end_to_end_id) where is_credit and end_to_end_id is not null;
    create index bank_entries_payments on bank_entries using gin (payment_keys);
    create trigger bank_entries_append_only before delete or truncate on bank_entries
      for each statement execute function refuse_change();
    create trigger bank_entries_content_append_only
      before update of id, account, identity, file_id, place, method, entry, amount_minor, is_credit, booked_on
      on bank_entries for each statement execute function refuse_change();

    create table bank_file_entries (
      file_id text not null references bank_files,
      position integer not null check (position > 0),
      place text not null,
      entry_id text not null references bank_entries,
      primary key (file_id, position)
    );
    create trigger bank_file_entries_append_only before delete or truncate on bank_file_entries
      for each statement execute function refuse_change();

    create index orders_asking on orders (due_minor) where due_minor > 0;
    create index payments_by_order on payments (order_number);
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw(`
    drop index payments_by_order, orders_asking;
    drop table bank_file_entries, bank_entries, bank_files;
  `);
}

export const bankEntries: Knex.Migration = { up, down };
