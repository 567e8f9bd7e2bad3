import type { Knex } from 'knex';

/**
 * Payments and the double-entry ledger. What the tables refuse by themselves: a payment twice, a journal that does not
 * sum to zero, a change to what was booked, money used that is not there, and a payment whose places do not add up.
 */
async function up(db: Knex): Promise<void> {
  await createTables(db);
  await keepJournalsBalanced(db);
  await keepBookedAsItIs(db);
  await trackPlaces(db);
}

async function createTables(db: Knex): Promise<void> {
  await db.raw(`
    create table payments (
      key text primary key,
      source text not null check (position(':' in source) = 0),
      external_id text not null,
      claims_key text,
      order_number text not null,
      subscription_id text,
      amount_minor bigint not null check (amount_minor between 1 and 1000000000),
      currency text not null check (currency = 'EUR'),
      method text not null check (method in ('bank_transfer', 'postal_slip', 'card', 'paypal', 'credit')),
      registered_on date not null,
      received_at timestamptz not null,
      stored_method jsonb,
      heard_sequence integer,
      unmatched_reason text,
      recorded_at timestamptz not null default now(),
      unique (source, external_id),
      constraint payments_heard_by_someone check (heard_sequence is null or subscription_id is not null)
    );
    create index payments_subscription on payments (subscription_id, key);
    create index payments_unsettled on payments (recorded_at) where heard_sequence is null and unmatched_reason is null;

    create table ledger_journals (
      id bigint primary key generated always as identity,
      kind text not null,
      at timestamptz not null,
      subscription_id text,
      sequence integer,
      recorded_at timestamptz not null default now(),
      written_in xid8 not null default pg_current_xact_id(),
      unique (subscription_id, sequence)
    );

    create table ledger_postings (
      journal_id bigint not null references ledger_journals,
      line integer not null check (line > 0),
      account text not null check (
        account ~ '^(cash:(bank_transfer|postal_slip|card|paypal)|unapplied|unmatched|disputed|deferred_revenue|vat_payable|receivable:[0-9]+|customer_credit:.+)$'
      ),
      amount_minor bigint not null check (amount_minor <> 0),
      currency text not null check (currency = 'EUR'),
      payment_key text references payments,
      primary key (journal_id, line)
    );
    create index ledger_postings_account on ledger_postings (account);
    create index ledger_postings_payment on ledger_postings (payment_key) where payment_key is not null;

    create table payment_places (
      payment_key text not null references payments,
      account text not null,
      amount_minor bigint not null constraint payment_places_not_negative check (amount_minor >= 0),
      primary key (payment_key, account)
    );

    create table customer_credits (
      customer_id text primary key references customers,
      balance_minor bigint not null constraint customer_credits_not_negative check (balance_minor >= 0)
    );
  `);
}

async function keepJournalsBalanced(db: Knex): Promise<void> {
  await db.raw(`
    create function refuse_unbalanced_journal() returns trigger language plpgsql as $$
    begin
      if (select coalesce(sum(amount_minor), 1) from ledger_postings where journal_id = new.id) <> 0 then
        raise exception 'journal % does not balance', new.id
          using errcode = 'check_violation', constraint = 'ledger_journals_balance';
      end if;
      return null;
    end $$;
    create constraint trigger ledger_journals_balance after insert on ledger_journals
      deferrable initially deferred for each row execute function refuse_unbalanced_journal();

    -- A journal is written whole, in one transaction: nothing is added to it later, balanced or not.
    create function refuse_late_posting() returns trigger language plpgsql as $$
    begin
      if not exists (select from ledger_journals where id = new.journal_id and written_in = pg_current_xact_id()) then
        raise exception 'journal % is closed', new.journal_id
          using errcode = 'check_violation', constraint = 'ledger_postings_in_time';
      end if;
      return new;
    end $$;
    create trigger ledger_postings_in_time before insert on ledger_postings
      for each row execute function refuse_late_posting();
  `);
}

async function keepBookedAsItIs(db: Knex): Promise<void> {
  await db.raw(`
    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name
        using errcode = 'check_violation', constraint = tg_table_name || '_append_only';
    end $$;
    create trigger ledger_journals_append_only before update or delete or truncate on ledger_journals
      for each statement execute function refuse_change();
    create trigger ledger_postings_append_only before update or delete or truncate on ledger_postings
      for each statement execute function refuse_change();
    create trigger timeline_append_only before update or delete or truncate on timeline
      for each statement execute function refuse_change();
    create trigger payments_append_only before delete or truncate on payments
      for each statement execute function refuse_change();
    create trigger payments_content_append_only
      before update of key, source, external_id, claims_key, order_number, amount_minor, currency, method, registered_on
      on payments for each statement execute function refuse_change();
  `);
}

async function trackPlaces(db: Knex): Promise<void> {
  await db.raw(`
    create function track_places() returns trigger language plpgsql as $$
    declare
      credited text := substring(new.account from '^customer_credit:(.+)$');
    begin
      if new.payment_key is not null then
        insert into payment_places values (new.payment_key, new.account, 0) on conflict do nothing;
        update payment_places set amount_minor = amount_minor - new.amount_minor
          where payment_key = new.payment_key and account = new.account;
      end if;
      if credited is not null then
        insert into customer_credits values (credited, 0) on conflict do nothing;
        update customer_credits set balance_minor = balance_minor - new.amount_minor where customer_id = credited;
      end if;
      return null;
    end $$;
    create trigger ledger_postings_places after insert on ledger_postings
      for each row execute function track_places();

    create function refuse_lost_money() returns trigger language plpgsql as $$
    declare
      paid text := case tg_table_name when 'payments' then to_jsonb(new) ->> 'key' else to_jsonb(new) ->> 'payment_key' end;
    begin
      if (select amount_minor from payments where key = paid)
        <> (select coalesce(sum(amount_minor), 0) from payment_places where payment_key = paid)
      then
        raise exception 'the places of payment % do not add up', paid
          using errcode = 'check_violation', constraint = 'payment_places_add_up';
      end if;
      return null;
    end $$;
    create constraint trigger payments_placed after insert on payments
      deferrable initially deferred for each row execute function refuse_lost_money();
    create constraint trigger payment_places_add_up after insert or update or delete on payment_places
      deferrable initially deferred for each row execute function refuse_lost_money();
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw(`
    drop table customer_credits, payment_places, ledger_postings, ledger_journals, payments;
    drop trigger timeline_append_only on timeline;
    drop function refuse_lost_money(), track_places(), refuse_change(), refuse_late_posting(), refuse_unbalanced_journal();
  `);
}

export const ledger: Knex.Migration = { up, down };
