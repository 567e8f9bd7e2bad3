/** Payments in parts, debts that are settled, refunds that come back: the ledger agrees at every step, and names damage. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { owedBy, useCredit } from '../../db/credit.ts';
import { settleWithCredit, settleWithPayment } from '../../db/debts.ts';
import { creditOf, paymentPlaces } from '../../db/ledger.ts';
import { findOrder } from '../../db/orders.ts';
import { listParts, takePart } from '../../db/parts.ts';
import { factOf, findPayment, recordPayment } from '../../db/payments.ts';
import { insertReversal } from '../../db/reversals.ts';
import { Damage } from './support/damage.ts';
import { openFresh, type Life } from './support/life.ts';
import { paid, takenBack } from './support/moves.ts';

let damage: Damage;
let close: () => Promise<void>;
before(async () => {
  const fresh = await openFresh();
  damage = new Damage(fresh.db);
  close = () => fresh.close();
});
after(() => close());

/** Money for nobody, in the ledger as waiting. */
async function stray(life: Life, amountMinor: number): Promise<string> {
  const key = `bank:stray-${life.id}`;
  const fact = { ...life.payment({ orderNumber: '1000000137', key }), amountMinor };
  await recordPayment(damage.db, { ...life.newPayment(fact), subscriptionId: null });
  return key;
}

async function ordered(life: Life): Promise<string> {
  const number = await life.order('renewal');
  await life.commit();
  return number;
}

describe('a payment in parts', () => {
  it('agrees at every step: taken, told, taken back', async () => {
    const { life, number } = await damage.agreeing();
    const renewal = await ordered(life);
    const key = await stray(life, 5000);
    const wanted = { orderNumber: renewal, subscriptionId: life.id, amountMinor: 3050, at: life.now };
    const part = await takePart(damage.db, key, wanted);
    assert.ok(part !== null);
    assert.strictEqual(part.key, `part:${key}/1`);
    assert.deepStrictEqual(await damage.found(), []);
    life.do({ type: 'RecordPayment', payment: factOf(part) });
    await life.commit();
    assert.deepStrictEqual(await damage.found(), []);
    assert.strictEqual((await findOrder(damage.db, renewal))?.status, 'completed');
    assert.strictEqual(await takePart(damage.db, key, wanted), null, 'there is not as much left');
    await takenBack(life, part.key, { amountMinor: 3050 });
    assert.deepStrictEqual(await damage.found(), []);
    const last = await takePart(damage.db, key, { ...wanted, orderNumber: number, amountMinor: 1950 });
    assert.deepStrictEqual(
      (await listParts(damage.db, key)).map((one) => one.key),
      [part.key, last?.key],
    );
    assert.deepStrictEqual(await paymentPlaces(damage.db, key), [{ account: 'cash:bank_transfer', amountMinor: 5000 }]);
    assert.deepStrictEqual(await damage.found(), []);
  });

  it('is not taken of what is just being taken back, nor of what does not wait', async () => {
    const { life, key: used } = await damage.agreeing();
    const renewal = await ordered(life);
    const key = await stray(life, 900);
    const wanted = { orderNumber: renewal, subscriptionId: life.id, amountMinor: 100, at: life.now };
    await insertReversal(damage.db, {
      ...{ key: `bank:back-${life.id}`, source: 'bank', externalId: `back-${life.id}`, paymentKey: key },
      ...{ amountMinor: 900, registeredOn: life.today, receivedAt: life.now, reason: 'called_back' },
    });
    assert.strictEqual(await takePart(damage.db, key, wanted), null);
    assert.strictEqual(await takePart(damage.db, used, wanted), null);
    assert.strictEqual(await takePart(damage.db, 'bank:none', wanted), null);
  });

  it('is found damaged where its parts are more than it, or of another day', async () => {
    const { life, key } = await damage.agreeing();
    await paid(life, { orderNumber: await ordered(life), key: `bank:more-${life.id}` });
    assert.deepStrictEqual(await damage.found(), []);
    await damage.plant(`update payments set part_of = ?, registered_on = registered_on - 1 where key = ?`, [
      key,
      `bank:more-${life.id}`,
    ]);
    await damage.plant('update payments set amount_minor = 1 where key = ?', [key]);
    const told = (await damage.found()).filter(([check]) => check === 'payments_in_parts');
    assert.deepStrictEqual(
      told.map(([, subject, what]) => [subject, what]),
      [
        [`payment ${key}`, `of its parts, bank:more-${life.id}: method and date`],
        [`payment ${key}`, 'its parts, at most'],
      ],
    );
  });
});

describe('a debt', () => {
  /** Credit of 20.00, used for a renewal, then taken back. */
  async function owing(): Promise<Life> {
    const { life, number } = await damage.agreeing();
    const key = `bank:twice-${life.id}`;
    await paid(life, { orderNumber: number, key, amountMinor: 2000 });
    const renewal = await findOrder(damage.db, await ordered(life));
    assert.ok(renewal !== null);
    const used = await useCredit(damage.db, renewal, life.now);
    assert.ok(used !== null);
    life.do({ type: 'RecordPayment', payment: factOf(used) });
    await life.commit();
    await takenBack(life, key, { amountMinor: 2000 });
    assert.strictEqual(await owedBy(damage.db, life.customer.id), 2000);
    return life;
  }

  it('is settled once, whoever settles it at once, and agrees', async () => {
    const life = await owing();
    const { id: customerId } = life.customer;
    const key = await stray(life, 9000);
    const settle = () => settleWithPayment(damage.db, key, { customerId, amountMinor: 1500, at: life.now });
    const settled = await Promise.all([settle(), settle(), settleWithCredit(damage.db, customerId, life.now)]);
    assert.deepStrictEqual(settled.toSorted(), [0, 1500, 500].toSorted());
    assert.deepStrictEqual([await owedBy(damage.db, customerId), await creditOf(damage.db, customerId)], [0, 0]);
    assert.deepStrictEqual(await damage.found(), []);
    assert.strictEqual(await settle(), 0);
    assert.strictEqual((await findPayment(damage.db, key))?.subscriptionId, null);
  });

  it('is found damaged where nothing was taken back for it', async () => {
    const life = await owing();
    const journal: { id: number } = await damage
      .db('ledger_journals')
      .join('ledger_postings', 'journal_id', 'id')
      .where({ account: `owed:${life.customer.id}` })
      .first('id');
    await damage.plant(`update ledger_journals set kind = 'PaymentApplied' where id = ?`, [journal.id]);
    const told = (await damage.found()).filter(([check]) => check === 'debts_are_booked');
    assert.deepStrictEqual(told, [
      ['debts_are_booked', `journal ${journal.id}`, 'what it makes of a debt', null, 'more'],
    ]);
  });
});
