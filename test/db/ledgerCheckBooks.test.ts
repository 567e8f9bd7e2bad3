/** Damage to the books, planted past the tables' own guards: each kind is named by its check, with ids and amounts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { recordPayment } from '../../db/payments.ts';
import { Damage } from './support/damage.ts';
import { openFresh } from './support/life.ts';

let damage: Damage;
let close: () => Promise<void>;
before(async () => {
  const fresh = await openFresh();
  damage = new Damage(fresh.db);
  close = () => fresh.close();
});
after(() => close());

describe('damage', () => {
  it('of a journal: its postings do not sum to zero', async () => {
    const { life, number } = await damage.agreeing();
    const id = await damage.journalOf(life, 'OrderPlaced');
    await damage.plant(
      `update ledger_postings set amount_minor = -2400 where journal_id = ? and account = 'deferred_revenue'`,
      [id],
    );
    const rest = 'receivable:';
    const told = await damage.found();
    assert.deepStrictEqual(told.slice(0, 2), [
      ['journals_balance', `journal ${id}`, 'sum of its postings', 0, 100],
      ['ledger_balances', 'the ledger', 'sum of all postings', 0, 100],
    ]);
    assert.deepStrictEqual(told.slice(2), [
      [
        'events_are_booked',
        `event 1 of ${life.id}, OrderPlaced`,
        'journal',
        `deferred_revenue -25.00, ${rest}${number} 30.50, vat_payable -5.50`,
        `deferred_revenue -24.00, ${rest}${number} 30.50, vat_payable -5.50`,
      ],
    ]);
    await damage.plant(
      `update ledger_postings set amount_minor = -2500 where journal_id = ? and account = 'deferred_revenue'`,
      [id],
    );
    assert.deepStrictEqual(await damage.found(), []);
  });

  it('of a journal: it has no postings, or they no journal', async () => {
    const { life } = await damage.agreeing();
    await damage.plant(`insert into ledger_journals (kind, at, subscription_id) values ('Nothing', now(), ?)`, [
      life.id,
    ]);
    const empty = await damage.journalOf(life, 'Nothing');
    await damage.plant(
      `insert into ledger_postings values (1000000, 1, 'unapplied', 7, 'EUR', null), (1000000, 2, 'unmatched', -7, 'EUR', null)`,
    );
    assert.deepStrictEqual(await damage.found(), [
      ['journals_balance', 'journal 1000000', 'postings without a journal', 0, 0],
      ['journals_balance', `journal ${empty}`, 'no postings', 0, null],
    ]);
  });

  it('of a payment: it was never booked', async () => {
    const { life } = await damage.agreeing();
    const payment = life.newPayment(life.payment({ orderNumber: '1000000137', key: 'bank:ghost', amountMinor: 500 }));
    await damage.plant(
      `insert into payments (key, source, external_id, order_number, amount_minor, currency, method, registered_on, received_at, unmatched_reason)
       values (?, ?, ?, '1000000137', 500, 'EUR', 'bank_transfer', '2027-03-04', now(), 'unknown_order')`,
      [payment.key, payment.source, payment.externalId],
    );
    assert.deepStrictEqual(await damage.found(), [
      ['payments_received', 'payment bank:ghost', 'journals by which it was received', '1', '0'],
      ['places_add_up', 'payment bank:ghost', 'sum of its places', 500, 0],
    ]);
  });

  it('of a payment: its amount is another than was booked', async () => {
    const { life, key } = await damage.agreeing();
    await damage.plant('update payments set amount_minor = 3051 where key = ?', [key]);
    const heard = `event 2 of ${life.id}`;
    assert.deepStrictEqual(await damage.found(), [
      ['payments_received', `payment ${key}`, 'journals by which it was received', '1', '0'],
      ['places_add_up', `payment ${key}`, 'sum of its places', 3051, 3050],
      [
        'payments_were_told',
        `payment ${key}`,
        heard,
        `PaymentReceived ${key}, 3051 by bank_transfer`,
        `PaymentReceived ${key}, 3050 by bank_transfer`,
      ],
    ]);
  });

  it('of a payment’s places: money is elsewhere than was posted, or there is more of it', async () => {
    const { number, key } = await damage.agreeing();
    await damage.plant(`update payment_places set account = 'unmatched' where payment_key = ? and amount_minor > 0`, [
      key,
    ]);
    assert.deepStrictEqual(await damage.found(), [
      ['places_follow_postings', `payment ${key}`, `its money in receivable:${number}`, 3050, 0],
      ['places_follow_postings', `payment ${key}`, 'its money in unmatched', 0, 3050],
      ['orders_hold_received', `order ${number}`, 'received', 0, 3050],
    ]);
    await damage.plant(
      `update payment_places set account = ?, amount_minor = 3060 where payment_key = ? and amount_minor > 0`,
      [`receivable:${number}`, key],
    );
    assert.deepStrictEqual(await damage.found(), [
      ['places_follow_postings', `payment ${key}`, `its money in receivable:${number}`, 3050, 3060],
      ['places_add_up', `payment ${key}`, 'sum of its places', 3050, 3060],
      ['orders_hold_received', `order ${number}`, 'received', 3060, 3050],
    ]);
  });

  it('of a payment’s judgement: it is said to have been heard, and still waits', async () => {
    const { life } = await damage.agreeing();
    const key = 'bank:forgotten';
    await recordPayment(damage.db, life.newPayment(life.payment({ orderNumber: '1000000137', key, amountMinor: 700 })));
    assert.deepStrictEqual(await damage.found(), []);
    await damage.plant('update payments set heard_sequence = 2 where key = ?', [key]);
    const [first, second, ...rest] = await damage.found();
    assert.deepStrictEqual(first, ['payments_judged', `payment ${key}`, 'waiting to be judged, though it was', 0, 700]);
    assert.deepStrictEqual(second?.slice(0, 3), ['payments_were_told', `payment ${key}`, `event 2 of ${life.id}`]);
    assert.deepStrictEqual(rest, []);
  });

  it('of a customer’s credit: it is not what was posted', async () => {
    const { life, number } = await damage.agreeing();
    const twice = life.payment({ orderNumber: number, key: `bank:again-${number}`, amountMinor: 1000 });
    await recordPayment(damage.db, life.newPayment(twice));
    life.do({ type: 'RecordPayment', payment: twice });
    await life.commit();
    assert.deepStrictEqual(await damage.found(), []);
    await damage.plant('update customer_credits set balance_minor = 900 where customer_id = ?', [life.customer.id]);
    assert.deepStrictEqual(await damage.found(), [
      ['credit_follows_postings', `customer ${life.customer.id}`, 'credit', 1000, 900],
    ]);
  });
});
