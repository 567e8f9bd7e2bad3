import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openDatabase } from '../../db/database.ts';
import { migrateUp, migrationSource, rollbackAll } from '../../db/migrations.ts';
import { openFresh, type TestDatabase } from './support/life.ts';

/** All of them, in order. */
const NAMES = [
  '001_customers',
  '002_subscriptions',
  '003_orders',
  '004_ledger',
  '005_api',
  '006_sandbox_gateway',
  '007_accounts',
  '008_holders',
  '009_payment_methods',
  '010_catalogues',
  '011_queue',
  '020_reversals',
  '021_refunds',
  '022_bank_entries',
  '023_stripe',
  '024_invoices',
  '025_reports',
  '028_late_invoices',
  '026_matching',
  '027_stripe_setups',
  '029_bank_doubles',
  '030_bank_batches',
  '031_money_of_orders',
];

describe('the migrations', () => {
  let fresh: TestDatabase;
  before(async () => {
    fresh = await openFresh();
  });
  after(() => fresh.close());

  /** Names of all tables, sequences, functions, triggers and schemas that are not Postgres's own. */
  async function objects(): Promise<string[]> {
    const { rows } = await fresh.db.raw<{ rows: { name: string }[] }>(`
      select 'relation ' || c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = relnamespace
        where n.nspname !~ '^(pg_|information_schema)'
      union all select 'function ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = pronamespace
        where n.nspname !~ '^(pg_|information_schema)'
      union all select 'constraint ' || conname || ' on ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
        from pg_constraint where conrelid <> 0 and connamespace::regnamespace::text !~ '^(pg_|information_schema)'
      union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
      union all select 'schema ' || nspname from pg_namespace where nspname !~ '^(pg_|information_schema)'
      order by 1`);
    return rows.map(({ name }) => name);
  }

  it('go up, down to nothing, and up again to the same', async () => {
    const up = await objects();
    assert.ok(up.length > 100);
    await rollbackAll(fresh.db);
    assert.deepStrictEqual(await objects(), ['schema public']);
    const names = await migrateUp(fresh.db);
    assert.deepStrictEqual(names, await migrationSource.getMigrations([]));
    assert.deepStrictEqual(await objects(), up);
    assert.deepStrictEqual(await migrateUp(fresh.db), []);
  });

  it('are named without the extension of a file', async () => {
    const rows: { name: string }[] = await fresh.db('knex_migrations').select('name').orderBy('id');
    assert.deepStrictEqual(
      rows.map(({ name }) => name),
      NAMES,
    );
  });

  it('run once when two processes migrate at the same time', async () => {
    await rollbackAll(fresh.db);
    const others = [openDatabase(fresh.url), openDatabase(fresh.url), openDatabase(fresh.url)];
    const ran = await Promise.all(others.map((db) => migrateUp(db)));
    await Promise.all(others.map((db) => db.destroy()));
    assert.deepStrictEqual(
      ran.map((names) => names.length).toSorted((a, b) => a - b),
      [0, 0, NAMES.length],
    );
  });

  it('leave nothing and lock nobody out when the process dies in the middle', async () => {
    await rollbackAll(fresh.db);
    const dying = openDatabase(fresh.url);
    const half = dying.transaction(async (trx) => {
      await trx.migrate.up({ migrationSource });
      await trx.raw('select pg_terminate_backend(pg_backend_pid())');
    });
    await assert.rejects(half);
    await dying.destroy();
    assert.deepStrictEqual(await objects(), ['schema public']);
    assert.strictEqual((await migrateUp(fresh.db)).length, NAMES.length);
  });

  it('come as a process that is configured by DATABASE_URL alone', async () => {
    const run = (env: NodeJS.ProcessEnv) =>
      promisify(execFile)(process.execPath, ['db/migrate.ts'], {
        env: { PATH: process.env['PATH'], TZ: 'UTC', ...env },
      });
    const { stdout } = await run({ DATABASE_URL: fresh.url });
    assert.strictEqual(stdout, 'The schema is up to date.\n');
    await assert.rejects(run({}), { code: 2 });
    await assert.rejects(run({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' }), { code: 1 });
  });
});
