import type { Knex } from 'knex';

const ACCOUNTS =
  'cash:(bank_transfer|postal_slip|card|paypal)|unapplied|unmatched|disputed|deferred_revenue|vat_payable|receivable:[0-9]+|customer_credit:.+';
/** What customers owe us from money taken back after its credit was used, refunds under way, and gateways' fees. */
const MORE_ACCOUNTS = 'owed:.+|refund_due:.+|fees:[a-z0-9_-]+';

/** Money taken back after it came in: by a bank, a card's holder, or an operator who corrects a mistake. */
async function up(db: Knex): Promise<void> {
  await checkAccounts(db, `${ACCOUNTS}|${MORE_ACCOUNTS}`);
  await db.raw(`
    create table reversals (
      key text primary key,
      source text not null check (position(':' in source) = 0),
      external_id text not null,
      -- No reference: a reversal may be told before its payment.
      payment_key text not null,
      amount_minor bigint not null check (amount_minor between 1 and 1000000000),
      registered_on date not null,
      received_at timestamptz not null,
      reason text not null check (reason in ('called_back', 'chargeback', 'correction')),
      subscription_id text,
      heard_sequence integer,
      placed_minor bigint constraint reversals_placed_within check (placed_minor between 0 and amount_minor),
      recorded_at timestamptz not null default now(),
      unique (source, external_id),
      constraint reversals_heard_by_someone check (
        heard_sequence is null or (subscription_id is not null and placed_minor is not null)
      )
    );
    create index reversals_payment on reversals (payment_key);
    create index reversals_unplaced on reversals (recorded_at) where placed_minor is null;
    create index reversals_in_excess on reversals (recorded_at) where placed_minor < amount_minor;
    create trigger reversals_append_only before delete or truncate on reversals
      for each statement execute function refuse_change();
    create trigger reversals_content_append_only
      before update of key, source, external_id, payment_key, amount_minor, registered_on, received_at, reason
      on reversals for each statement execute function refuse_change();
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw('drop table reversals');
  await checkAccounts(db, ACCOUNTS);
}

async function checkAccounts(db: Knex, accounts: string): Promise<void> {
  await db.raw(`
    alter table ledger_postings drop constraint ledger_postings_account_check,
      add constraint ledger_postings_account_check check (account ~ '^(${accounts})$')
  `);
}

export const reversals: Knex.Migration = { up, down };
