/** What was taken back, refunded and invoiced agrees; and damage to it is named by its check, with ids and amounts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { heldMoney } from '../../db/heldMoney.ts';
import { creditOf, paymentPlaces } from '../../db/ledger.ts';
import { recordPayment } from '../../db/payments.ts';
import { noteOf, withdrawRefund, type NewRefund } from '../../db/refunding.ts';
import { findRefund } from '../../db/refunds.ts';
import { findReversal, placeReversal, reversalFactOf } from '../../db/reversals.ts';
import { executeTransferList, makeTransferList } from '../../db/transferLists.ts';
import { issueAll } from '../support/invoicing.ts';
import { Damage } from './support/damage.ts';
import { openFresh, START } from './support/life.ts';
import { paid, refunded, takenBack } from './support/moves.ts';

let damage: Damage;
let close: () => Promise<void>;
before(async () => {
  const fresh = await openFresh();
  damage = new Damage(fresh.db);
  close = () => fresh.close();
});
after(() => close());

const order = (orderNumber: string): NewRefund['from'] => ({ source: 'order', orderNumber });

describe('money that goes back', () => {
  it('agrees at every step of a refund, also before its life has heard', async () => {
    const { life, number } = await damage.agreeing();
    const refund = await refunded(life, order(number), 1000, 'not told');
    assert.deepStrictEqual(await damage.found(), []);
    life.do({ type: 'NoteRefund', refund: noteOf(refund) });
    await life.commit();
    assert.deepStrictEqual(await damage.found(), []);
    const other = await refunded(life, order(number), 500);
    await withdrawRefund(damage.db, refund.id, START);
    assert.deepStrictEqual(await damage.found(), []);
    const unmatched = {
      ...life.newPayment(life.payment({ orderNumber: '1000000137', key: 'bank:stray' })),
      subscriptionId: null,
    };
    await recordPayment(damage.db, unmatched);
    await refunded(life, { source: 'payment', paymentKey: 'bank:stray' }, 50);
    await refunded(life, { source: 'credit', customerId: life.customer.id }, 300);
    assert.deepStrictEqual(await damage.found(), []);
    await makeTransferList(damage.db, { id: 'L-1', operatorId: 'op' }, () => '<xml/>');
    await executeTransferList(damage.db, 'L-1', START);
    assert.deepStrictEqual(await damage.found(), []);
    assert.strictEqual((await findRefund(damage.db, other.id))?.status, 'paid');
  });

  it('agrees when money is taken back of an order whose refund its life has not heard of', async () => {
    const { life, key, number } = await damage.agreeing();
    const refund = await refunded(life, order(number), 3000, 'not told');
    await takenBack(life, key, { amountMinor: 3050 });
    assert.deepStrictEqual(await damage.found(), []);
    life.do({ type: 'NoteRefund', refund: noteOf(refund) });
    await life.commit();
    assert.deepStrictEqual(await damage.found(), []);
  });

  it('agrees when money is taken back, and when its life has ended and hears no more', async () => {
    const { life, key, number } = await damage.agreeing();
    await takenBack(life, key, { amountMinor: 1000 });
    assert.deepStrictEqual(await damage.found(), []);
    await paid(life, { orderNumber: number, key: `bank:again-${number}`, amountMinor: 1000 });
    assert.deepStrictEqual(await damage.found(), []);
    const last = await refunded(life, order(number), 100, 'not told');
    life.do({ type: 'EndService', refund: noteOf(last) });
    await life.commit();
    const unheard = await takenBack(life, key, { amountMinor: 500 }, 'not told');
    await placeReversal(damage.db, unheard, START);
    assert.deepStrictEqual(await damage.found(), []);
  });

  it('agrees when a refund is withdrawn whose payment was taken back: its money is not there any more', async () => {
    const { life, key, number } = await damage.agreeing();
    const refund = await refunded(life, order(number), 3050);
    const reversal = await takenBack(life, key, { amountMinor: 3050 });
    assert.strictEqual((await findReversal(damage.db, reversal))?.placedMinor, 0);
    await withdrawRefund(damage.db, refund.id, START);
    assert.strictEqual((await findReversal(damage.db, reversal))?.placedMinor, 3050);
    assert.strictEqual(await creditOf(damage.db, life.customer.id), 0);
    assert.deepStrictEqual(await damage.found(), []);
  });

  it('agrees when it was money that waited, and only part of it was taken back', async () => {
    const { life } = await damage.agreeing();
    const key = `bank:stray-${life.id}`;
    const unmatched = { ...life.newPayment(life.payment({ orderNumber: '1000000137', key })), subscriptionId: null };
    await recordPayment(damage.db, unmatched);
    const refund = await refunded(life, { source: 'payment', paymentKey: key }, 3050);
    const reversal = await takenBack(life, key, { amountMinor: 1000 }, 'not told');
    await placeReversal(damage.db, reversal, START);
    await withdrawRefund(damage.db, refund.id, START);
    assert.deepStrictEqual(await paymentPlaces(damage.db, key), [
      { account: 'cash:bank_transfer', amountMinor: 1000 },
      { account: 'unmatched', amountMinor: 2050 },
    ]);
    assert.deepStrictEqual(await damage.found(), []);
  });

  it('agrees when the ledger was quicker than its ended life to take money back', async () => {
    const { life, key, number } = await damage.agreeing();
    const last = await refunded(life, order(number), 100, 'not told');
    life.do({ type: 'EndService', refund: noteOf(last) });
    await life.commit();
    const name = await takenBack(life, key, { amountMinor: 500 }, 'not told');
    const { held } = await heldMoney(damage.db, { subscriptionId: life.id, key: name, paymentKey: key });
    const reversal = await findReversal(damage.db, name);
    assert.ok(reversal);
    life.do({ type: 'RecordReversal', reversal: reversalFactOf(reversal), held });
    await placeReversal(damage.db, name, START);
    await life.commit();
    assert.deepStrictEqual(await damage.found(), []);
  });
});

describe('damage', () => {
  it('of a refund: it is said to be paid, and is still owed', async () => {
    const { life, number, key } = await damage.agreeing();
    const { id } = await refunded(life, order(number), 1000);
    await damage.plant(
      `update refunds set way = 'original', iban = null, payment_key = ?, status = 'paid', settled_at = now() where id = ?`,
      [key, id],
    );
    assert.deepStrictEqual(await damage.found(), [
      ['reversals_are_booked', `payment ${key}`, 'taken back or refunded of it', 1000, 0],
      ['refunds_are_booked', `refund ${id}`, 'still to be paid out', 0, 1000],
    ]);
  });

  it('of a refund: more of the order went back than it says', async () => {
    const { life, number } = await damage.agreeing();
    await refunded(life, order(number), 1000);
    await damage.plant('update orders set refunded_minor = 900, due_minor = 100 where number = ?', [number]);
    assert.deepStrictEqual(await damage.found(), [
      ['receivable_is_due', `order ${number}`, 'owed by the ledger', 100, 0],
      ['orders_hold_refunds', `order ${number}`, 'refunded', 1000, 900],
      ['orders_follow_timeline', `order ${number}`, 'due', 0, 100],
    ]);
  });

  it('of a refund: its event tells of one that nobody knows', async () => {
    const { life, number } = await damage.agreeing();
    const { id } = await refunded(life, order(number), 1000);
    await damage.plant(
      `update timeline set data = jsonb_set(data, '{amountMinor}', '1100') where subscription_id = ? and type = 'RefundMade'`,
      [life.id],
    );
    const told = await damage.found();
    const sequence = life.state.sequence;
    assert.deepStrictEqual(told[0], [
      'events_are_booked',
      `event ${sequence} of ${life.id}, RefundMade`,
      'what it tells of',
      id,
      null,
    ]);
  });

  it('of a reversal: it says to have taken what never left', async () => {
    const { life, key } = await damage.agreeing();
    const reversal = await takenBack(life, key, { amountMinor: 1000 });
    await damage.plant('update reversals set placed_minor = 400 where key = ?', [reversal]);
    assert.deepStrictEqual(await damage.found(), [
      ['reversals_are_booked', `payment ${key}`, 'taken back or refunded of it', 400, 1000],
      [
        'events_are_booked',
        `event ${life.state.sequence} of ${life.id}, PaymentReversed`,
        'taken out by its journal',
        400,
        1000,
      ],
    ]);
  });

  it('of a credit note: it takes back more than the invoice was', async () => {
    const { life, number } = await damage.agreeing();
    await refunded(life, order(number), 1000);
    const issued = await issueAll(damage.db);
    const [invoice, note] = ['invoice', 'credit_note'].map((kind) =>
      issued.find((one) => one.orderNumber === number && one.kind === kind),
    );
    assert.deepStrictEqual(await damage.found(), []);
    await damage.plant('update invoices set payable_minor = 4000 where id = ?', [String(note?.id)]);
    assert.deepStrictEqual(await damage.found(), [
      ['invoices_are_orders', `invoice ${invoice?.id}`, 'taken back by credit notes, at most', 3050, 4000],
    ]);
  });

  it('of an invoice: its amounts are not its order’s, its number leaves a gap, it is gone', async () => {
    const { number: orderNumber } = await damage.agreeing();
    await damage.agreeing();
    const issued = await issueAll(damage.db);
    const invoice = issued.find((one) => one.orderNumber === orderNumber);
    assert.ok(invoice !== undefined);
    assert.deepStrictEqual(await damage.found(), []);
    const { year, id, number } = invoice;
    await damage.plant(
      'update invoices set net_minor = net_minor + 1, payable_minor = payable_minor + 2 where id = ?',
      [id],
    );
    const told = await damage.found();
    assert.deepStrictEqual(told, [
      ['invoices_are_orders', `invoice ${id}`, `its total, by order ${orderNumber}`, 3050, 3052],
    ]);
    await damage.plant('update invoices set payable_minor = payable_minor - 2 where id = ?', [id]);
    assert.deepStrictEqual(await damage.found(), [
      ['invoices_are_orders', `invoice ${id}`, `its net, by order ${orderNumber}`, 2500, 2501],
    ]);
    await damage.plant(`update invoices set date = date + 30 where id = ?`, [id]);
    const [backwards] = await damage.found();
    assert.deepStrictEqual(backwards?.slice(0, 3), [
      'invoices_numbered',
      `invoice ${year}-${number + 1}`,
      'dated before the one ahead of it',
    ]);
    await damage.plant('delete from invoices where id = ?', [id]);
    assert.deepStrictEqual(await damage.found(), [
      [
        'invoices_numbered',
        `invoices of ${year}`,
        'numbers, from the first to the last',
        `1 to ${number + 1}`,
        `1 to ${number + 1}, ${number} of them`,
      ],
      ['invoices_are_orders', `order ${orderNumber}`, 'invoice said to be issued', '1', '0'],
    ]);
  });
});
