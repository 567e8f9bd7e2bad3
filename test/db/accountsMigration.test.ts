/** What stood in the database before accounts were generalised is there after, and after going back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findAccount } from '../../db/accounts.ts';
import { createApiKey } from '../../db/apiKeys.ts';
import { migrationSource, rollbackAll } from '../../db/migrations.ts';
import { openFresh, type TestDatabase } from './support/life.ts';

const BEFORE = 6;

describe('the migration of accounts', () => {
  let fresh: TestDatabase;
  before(async () => {
    fresh = await openFresh();
    await rollbackAll(fresh.db);
    for (let count = 0; count < BEFORE; count += 1) await fresh.db.migrate.up({ migrationSource });
  });
  after(() => fresh.close());

  /** Columns, constraints and indexes of the tables it touches. */
  async function shape(): Promise<string[]> {
    const { rows } = await fresh.db.raw<{ rows: { line: string }[] }>(`
      select table_name || '.' || column_name || ' ' || is_nullable as line from information_schema.columns
        where table_name in ('accounts', 'idempotency_keys')
      union all select indexdef from pg_indexes where tablename in ('accounts', 'idempotency_keys', 'customers')
      union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
        where conrelid in ('accounts'::regclass, 'idempotency_keys'::regclass)
      order by 1`);
    return rows.map(({ line }) => line);
  }

  it('keeps a service’s account and answers already given, up and down', async () => {
    const { db } = fresh;
    const former = await shape();
    await db('customers').insert({
      id: 'cus_1',
      company_name: 'Bianchi',
      street: 'Via Roma 1',
      postal_code: '00100',
      city: 'Roma',
      province: 'RM',
      country: 'IT',
      vat_number: '12345670017',
      phone: '061234567',
      email: 'a@example.com',
      language: 'it',
      public_administration: false,
    });
    const account = { customer_id: 'cus_1', username: 'rn00000001', password_hash: 'hash' };
    await db('accounts').insert({ ...account, subscription_id: 'sub_1' });
    await createApiKey(db, 'ops');
    const { id: owner } = (await db('api_keys').first('id')) as { id: string };
    await db('idempotency_keys').insert({ api_key_id: owner, key: 'k', request_hash: 'h' });

    await db.migrate.up({ migrationSource });
    const { id, ...kept } = (await findAccount(db, 'sub_1')) ?? { id: '' };
    assert.match(id, /^acc_[0-9a-f-]{36}$/);
    assert.deepStrictEqual(kept, {
      customerId: 'cus_1',
      subscriptionId: 'sub_1',
      username: 'rn00000001',
      passwordHash: 'hash',
      mustChangePassword: true,
    });
    assert.strictEqual((await db('idempotency_keys').first('owner'))?.owner, owner);
    await db('accounts').insert({ ...account, username: 'a.customer' });
    await db('idempotency_keys').insert({ owner: id, key: 'k', request_hash: 'h' });
    await db('sessions').insert({
      token_hash: 'a'.repeat(64),
      account_id: id,
      created_at: new Date(0),
      last_seen_at: new Date(0),
      expires_at: new Date(1),
    });

    await db.migrate.down({ migrationSource });
    assert.deepStrictEqual(await shape(), former);
    assert.deepStrictEqual(await db('accounts').select('subscription_id', 'username', 'password_hash'), [
      { subscription_id: 'sub_1', username: 'rn00000001', password_hash: 'hash' },
    ]);
    assert.deepStrictEqual(await db('idempotency_keys').select('api_key_id'), [{ api_key_id: owner }]);
  });
});
