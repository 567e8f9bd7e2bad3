import type { Knex } from 'knex';

/**
 * What follows a bank's file: refunds seen paid and coming back, and payments that are given away in parts. What the
 * tables refuse by themselves: an entry of a refund that names none, and a return told twice.
 */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    -- 'refund': a refund of ours that the bank paid, or that came back.
    alter table bank_entries
      add refund_id text references refunds,
      drop constraint bank_entries_outcome_check,
      add constraint bank_entries_outcome_check
        check (outcome in ('pending', 'ignored', 'matched', 'unmatched', 'reversal', 'refund', 'waiting')),
      add constraint bank_entries_refund check (outcome <> 'refund' or (refund_id is not null and why is not null));
    create index bank_entries_refunds on bank_entries (refund_id) where refund_id is not null;

    -- A transfer may be seen though its list was given up; one that came back is failed, and paid anew.
    alter table refunds
      drop constraint refunds_in_list,
      add constraint refunds_in_list check (case
        when way = 'transfer' and status = 'sent' then list_id is not null
        when way = 'transfer' and status = 'paid' then true
        else list_id is null
      end);

    create table refund_returns (
      entry_id text primary key references bank_entries,
      refund_id text not null references refunds,
      paid_at timestamptz not null,
      returned_at timestamptz not null,
      recorded_at timestamptz not null default now()
    );
    create index refund_returns_refund on refund_returns (refund_id);
    create trigger refund_returns_append_only before update or delete or truncate on refund_returns
      for each statement execute function refuse_change();

    -- Part of a payment that an operator gave away: a payment of its own, whose money left the other by its cash.
    alter table payments add part_of text references payments;
    create index payments_parts on payments (part_of) where part_of is not null;
    create index ledger_postings_owed on ledger_postings (account) where account like 'owed:%';
    create trigger payments_part_append_only before update of part_of on payments
      for each statement execute function refuse_change();
  `);
}

/** What only this version knows is put as the one before it would have left it. */
async function down(db: Knex): Promise<void> {
  await db.raw(`
    drop index ledger_postings_owed;
    drop trigger payments_part_append_only on payments;
    alter table payments drop column part_of;
    drop table refund_returns;
    update refunds set list_id = (select id from transfer_lists order by created_at limit 1)
      where way = 'transfer' and status = 'paid' and list_id is null;
    alter table refunds
      drop constraint refunds_in_list,
      add constraint refunds_in_list check ((list_id is not null) = (way = 'transfer' and status in ('sent', 'paid')));
    update bank_entries set outcome = 'ignored', why = 'debit' where outcome = 'refund';
    alter table bank_entries
      drop constraint bank_entries_refund,
      drop constraint bank_entries_outcome_check,
      add constraint bank_entries_outcome_check
        check (outcome in ('pending', 'ignored', 'matched', 'unmatched', 'reversal', 'waiting')),
      drop column refund_id;
  `);
}

export const matching: Knex.Migration = { up, down };
