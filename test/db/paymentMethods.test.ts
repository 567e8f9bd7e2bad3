import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createCustomer } from '../../db/customers.ts';
import type { Db } from '../../db/database.ts';
import { migrationSource } from '../../db/migrations.ts';
import {
  findMethod,
  keepMethod,
  readWallet,
  removeMethod,
  storedMethodOf,
  storeMethod,
  type NewPaymentMethod,
} from '../../db/paymentMethods.ts';
import { instant, plainDate } from '../../domain/calendar.ts';
import { aCustomer, openFresh, type TestDatabase } from './support/life.ts';

const NOW = instant('2027-03-04T09:00:00+01:00');
const END = plainDate('2028-12-31');

describe('a wallet', () => {
  let fresh: TestDatabase;
  let db: Db;
  before(async () => {
    fresh = await openFresh();
    db = fresh.db;
  });
  after(() => fresh.close());

  async function aCard(changes: Partial<NewPaymentMethod> = {}): Promise<NewPaymentMethod> {
    const { id: customerId } = await createCustomer(db, aCustomer());
    const card = { brand: 'Visa', last4: '4242', validThrough: END };
    return { customerId, kind: 'card', token: 'tok_1', label: 'Visa •••• 4242, 12/28', ...card, ...changes };
  }

  it('holds what was told of each method, in the order of their registration, and of nobody else', async () => {
    const card = await aCard();
    await storeMethod(db, await aCard());
    const first = await storeMethod(db, card);
    const second = await storeMethod(db, {
      customerId: card.customerId,
      kind: 'paypal',
      token: 'tok_1',
      label: 'm•••@example.com',
    });
    const { methods, lives } = await readWallet(db, card.customerId);
    assert.deepStrictEqual(
      methods.map(({ usedBy, ...method }) => [usedBy, method]),
      [
        [[], first],
        [[], second],
      ],
    );
    assert.deepStrictEqual(lives, []);
    assert.deepStrictEqual(storedMethodOf(first), { methodId: first.methodId, kind: 'card', validThrough: END });
    assert.deepStrictEqual(storedMethodOf(second), { methodId: second.methodId, kind: 'paypal' });
  });

  it('keeps what it knows of a method that comes again without it, and takes what is new', async () => {
    const card = await aCard();
    const { methodId } = await storeMethod(db, card);
    await storeMethod(db, { customerId: card.customerId, kind: 'card', token: 'tok_1', label: null });
    const later = plainDate('2031-01-31');
    const again = await storeMethod(db, { ...card, label: null, brand: null, last4: null, validThrough: later });
    assert.deepStrictEqual(
      [again.methodId, again.label, again.brand, again.last4, again.validThrough],
      [methodId, 'Visa •••• 4242, 12/28', 'Visa', '4242', later],
    );
  });

  it('names a method of which nothing was told by its kind', async () => {
    const { customerId } = await aCard();
    const card = await storeMethod(db, { customerId, kind: 'card', token: 'tok_1', label: null });
    const paypal = await storeMethod(db, { customerId, kind: 'paypal', token: 'tok_1', label: null });
    assert.deepStrictEqual([card.label, paypal.label], ['Carta', 'PayPal']);
  });

  it('gives a method away, which stays readable, and takes it back where it is stored or paid with again', async () => {
    const card = await aCard();
    const { customerId } = card;
    const { methodId } = await storeMethod(db, card);
    const isShown = async (): Promise<boolean> => (await readWallet(db, customerId)).methods.length > 0;
    assert.deepStrictEqual(await removeMethod(db, customerId, methodId, NOW), { kind: 'removed' });
    assert.deepStrictEqual(await removeMethod(db, customerId, methodId, NOW), { kind: 'removed' });
    assert.equal(await isShown(), false);
    assert.equal((await findMethod(db, methodId))?.removedAt, NOW);
    assert.equal((await storeMethod(db, card)).methodId, methodId);
    assert.equal(await isShown(), true);
    await removeMethod(db, customerId, methodId, NOW);
    await keepMethod(db, methodId);
    assert.equal(await isShown(), true);
  });

  it('gives away nothing of somebody else', async () => {
    const { methodId, customerId } = await storeMethod(db, await aCard());
    const other = await aCard();
    assert.deepStrictEqual(await removeMethod(db, other.customerId, methodId, NOW), { kind: 'unknown' });
    assert.deepStrictEqual(await removeMethod(db, customerId, 'pm_none', NOW), { kind: 'unknown' });
  });

  it('refuses addresses in clear, and card data that cannot be', async () => {
    const card = await aCard();
    for (const [changes, constraint] of [
      [{ label: 'mario@example.com' }, 'payment_methods_masked'],
      [{ brand: '' }, 'payment_methods_brand'],
      [{ last4: '42424' }, 'payment_methods_last4'],
      [{ validThrough: plainDate('2028-12-30') }, 'payment_methods_month_end'],
      [{ kind: 'paypal' }, 'payment_methods_card_data'],
    ] as const) {
      await assert.rejects(storeMethod(db, { ...card, ...changes }), { constraint });
    }
  });
});

describe('the migration of payment methods', () => {
  it('masks the addresses that were stored in clear', async () => {
    const fresh = await openFresh();
    try {
      const { db } = fresh;
      const { id: customerId } = await createCustomer(db, aCustomer());
      const names = await migrationSource.getMigrations([]);
      const from = names.indexOf('009_payment_methods');
      for (const name of names.slice(from).toReversed()) await db.migrate.down({ migrationSource, name });
      const labels = ['mario.rossi@example.com', 'Visa 4242', '@paypal', 'è già m•••@example.com', 'a@b c@d'];
      await db('payment_methods').insert(
        labels.map((label, index) => ({
          id: `pm_${index}`,
          customer_id: customerId,
          kind: 'paypal',
          token: `tok_${index}`,
          label,
        })),
      );
      await db.migrate.latest({ migrationSource });
      const rows: { label: string }[] = await db('payment_methods').orderBy('id').select('label');
      assert.deepStrictEqual(
        rows.map(({ label }) => label),
        ['m•••@example.com', 'Visa 4242', '•••@paypal', 'è già m•••@example.com', 'a•••@b c•••@d'],
      );
    } finally {
      await fresh.close();
    }
  });
});
