import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createCustomer } from '../../db/customers.ts';
import { changeHolder, ensureHolder, findHolder, type Holder } from '../../db/holders.ts';
import { migrateUp, migrationSource } from '../../db/migrations.ts';
import { reserveOrder, TaxIdentityTakenError } from '../../db/orders.ts';
import { liveServiceOf } from '../../db/subscriptions.ts';
import { aCustomer, Life, openFresh, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

const FIRM: Holder = {
  companyName: 'Cartiera Verdi S.p.A.',
  address: { street: 'Via Po 3', postalCode: '10121', city: 'Torino', province: 'TO', country: 'IT' },
  vatNumber: '01234567897',
  phone: '+39 011 123456',
  email: 'fatture@cartiera.example',
  certifiedEmail: 'cartiera@pec.example',
  publicAdministration: false,
};

/** The customer's data, as a holder's. */
function asHolder(life: Life): Holder {
  const { id: _id, createdAt: _createdAt, language: _language, ...party } = life.customer;
  return party;
}

async function reservation(life: Life, holder?: Holder) {
  const { number, priced } = await life.quote('first_purchase');
  return { number, subscriptionId: life.id, customerId: life.customer.id, priced, holder };
}

describe('a first purchase', () => {
  it('for the customer writes their own data down', async () => {
    const life = await Life.begin(fresh.db, { recipientCode: 'ABC1234' });
    await reserveOrder(fresh.db, await reservation(life));
    assert.deepStrictEqual(await findHolder(fresh.db, life.id), asHolder(life));
  });

  it('for somebody else writes theirs down, and is live on their tax identities', async () => {
    const life = await Life.begin(fresh.db);
    await reserveOrder(fresh.db, await reservation(life, FIRM));
    assert.deepStrictEqual(await findHolder(fresh.db, life.id), FIRM);
    assert.strictEqual(await liveServiceOf(fresh.db, ['IT 01234567897']), life.id);
    assert.strictEqual(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), null);
    const other = await Life.begin(fresh.db, { vatNumber: '01234567897' });
    await assert.rejects(reserveOrder(fresh.db, await reservation(other)), TaxIdentityTakenError);
    assert.strictEqual(await findHolder(fresh.db, other.id), null);
  });

  it('leaves the customer’s own identity free for a service of their own', async () => {
    const customer = await createCustomer(fresh.db, aCustomer());
    const forOther = new Life(fresh.db, customer, `sub_a_${customer.id}`);
    const own = new Life(fresh.db, customer, `sub_b_${customer.id}`);
    await reserveOrder(fresh.db, await reservation(forOther, { ...FIRM, vatNumber: '00743110157' }));
    await reserveOrder(fresh.db, await reservation(own));
    assert.strictEqual(await liveServiceOf(fresh.db, [customer.taxCode ?? '']), own.id);
  });

  it('that nobody reserved is the customer’s own', async () => {
    const life = await Life.begin(fresh.db);
    const { number, priced } = await life.quote('first_purchase');
    life.do({ type: 'PlaceOrder', order: { number, priced }, pay: null });
    await life.commit();
    assert.deepStrictEqual(await findHolder(fresh.db, life.id), asHolder(life));
    assert.strictEqual(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), life.id);
  });

  it('that was reserved keeps its holder when it is placed', async () => {
    const life = await Life.begin(fresh.db);
    const holder = { ...FIRM, vatNumber: '02468013577' };
    const { number, priced, ...rest } = await reservation(life, holder);
    await reserveOrder(fresh.db, { number, priced, ...rest });
    life.do({ type: 'PlaceOrder', order: { number, priced }, pay: null });
    await life.commit();
    assert.deepStrictEqual(await findHolder(fresh.db, life.id), holder);
  });
});

describe('a holder', () => {
  it('is there once, whoever else is named later', async () => {
    const { life } = await Life.ordered(fresh.db);
    await ensureHolder(fresh.db, { subscriptionId: life.id, customerId: life.customer.id }, FIRM);
    assert.deepStrictEqual(await findHolder(fresh.db, life.id), asHolder(life));
  });

  it('changes in everything but what the service is live on', async () => {
    const { life } = await Life.ordered(fresh.db);
    const changed = await changeHolder(fresh.db, life.id, { ...FIRM, publicAdministration: true });
    const { vatNumber: _vatNumber, ...rest } = FIRM;
    assert.deepStrictEqual(changed, { ...rest, taxCode: life.customer.taxCode });
    assert.deepStrictEqual(await findHolder(fresh.db, life.id), changed);
    assert.strictEqual(await changeHolder(fresh.db, 'sub_nobody', FIRM), null);
  });
});

describe('the migration to holders', () => {
  it('makes every service there is its customer’s own, also one only reserved', async () => {
    const other = await openFresh();
    try {
      const active = await Life.active(other.db);
      const reserved = await Life.begin(other.db);
      await reserveOrder(other.db, await reservation(reserved));
      const names = await migrationSource.getMigrations([]);
      while ((await other.db.migrate.currentVersion({ migrationSource })) !== 'none') {
        const done: { name: string }[] = await other.db('knex_migrations').select('name');
        if (!done.some(({ name }) => name === '008_holders')) break;
        await other.db.migrate.down({ migrationSource });
      }
      await migrateUp(other.db);
      assert.strictEqual((await other.db('knex_migrations').select('name')).length, names.length);
      for (const life of [active, reserved])
        assert.deepStrictEqual(await findHolder(other.db, life.id), asHolder(life));
    } finally {
      await other.close();
    }
  });
});
