import { Logger, runMigrations } from 'graphile-worker';
import type { Knex } from 'knex';
import { addressOf } from './database.ts';
import { customers } from './migrations/001_customers.ts';
import { subscriptions } from './migrations/002_subscriptions.ts';
import { orders } from './migrations/003_orders.ts';
import { ledger } from './migrations/004_ledger.ts';
import { api } from './migrations/005_api.ts';
import { sandboxGateway } from './migrations/006_sandbox_gateway.ts';
import { accounts } from './migrations/007_accounts.ts';
import { holders } from './migrations/008_holders.ts';
import { paymentMethods } from './migrations/009_payment_methods.ts';
import { catalogues } from './migrations/010_catalogues.ts';
import { queue } from './migrations/011_queue.ts';
import { reversals } from './migrations/020_reversals.ts';
import { refunds } from './migrations/021_refunds.ts';
import { bankEntries } from './migrations/022_bank_entries.ts';
import { stripe } from './migrations/023_stripe.ts';
import { invoices } from './migrations/024_invoices.ts';
import { reports } from './migrations/025_reports.ts';
import { lateInvoices } from './migrations/028_late_invoices.ts';
import { bankDoubles } from './migrations/029_bank_doubles.ts';
import { bankBatches } from './migrations/030_bank_batches.ts';
import { moneyOfOrders } from './migrations/031_money_of_orders.ts';
import { matching } from './migrations/026_matching.ts';
import { stripeSetups } from './migrations/027_stripe_setups.ts';

/** Named without a file's extension: what runs as .ts here may run as .js elsewhere. */
const MIGRATIONS: Readonly<Record<string, Knex.Migration>> = {
  '001_customers': customers,
  '002_subscriptions': subscriptions,
  '003_orders': orders,
  '004_ledger': ledger,
  '005_api': api,
  '006_sandbox_gateway': sandboxGateway,
  '007_accounts': accounts,
  '008_holders': holders,
  '009_payment_methods': paymentMethods,
  '010_catalogues': catalogues,
  '011_queue': queue,
  '020_reversals': reversals,
  '021_refunds': refunds,
  '022_bank_entries': bankEntries,
  '023_stripe': stripe,
  '024_invoices': invoices,
  '025_reports': reports,
  '028_late_invoices': lateInvoices,
  '026_matching': matching,
  '027_stripe_setups': stripeSetups,
  '029_bank_doubles': bankDoubles,
  '030_bank_batches': bankBatches,
  '031_money_of_orders': moneyOfOrders,
};

export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve(Object.keys(MIGRATIONS)),
  getMigrationName: (name) => name,
  getMigration: (name) => Promise.resolve(MIGRATIONS[name] as Knex.Migration),
};

const JOB_QUEUE_SCHEMA = 'graphile_worker';
const silent = new Logger(() => () => {});

/**
 * Brings the schema, and the job queue's, to the newest version; returns the names of the migrations that ran. All of
 * ours run in one transaction: it happens whole or not at all. A second process waits for the first and finds nothing to do.
 */
export async function migrateUp(db: Knex): Promise<string[]> {
  return alone(db, async (trx) => {
    await runMigrations({ connectionString: addressOf(db), maxPoolSize: 1, noHandleSignals: true, logger: silent });
    const [, names] = (await trx.migrate.latest({ migrationSource })) as [number, string[]];
    return names;
  });
}

/** Takes everything down to an empty database, with all that is in it. */
export async function rollbackAll(db: Knex): Promise<void> {
  await alone(db, async (trx) => {
    await trx.migrate.rollback({ migrationSource }, true);
    await trx.schema.dropTableIfExists('knex_migrations').dropTableIfExists('knex_migrations_lock');
    await trx.raw('drop schema if exists ?? cascade', [JOB_QUEUE_SCHEMA]);
  });
}

/** Under a lock that ends with its transaction, so that a process that dies in the middle locks nobody out. */
async function alone<Result>(db: Knex, run: (trx: Knex.Transaction) => Promise<Result>): Promise<Result> {
  return db.transaction(async (trx) => {
    // Waiting for another process to finish takes as long as it takes.
    await trx.raw(
      'set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0',
    );
    await trx.raw("select pg_advisory_xact_lock(hashtextextended('rinnovo migrations', 0))");
    return run(trx);
  });
}
