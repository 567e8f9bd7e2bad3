/** What reports are made of, on lives made by hand. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { recordPayment } from '../../db/payments.ts';
import { expiringWithin, held, movementsOn, receivables } from '../../db/reports.ts';
import { executeTransferList, makeTransferList } from '../../db/transferLists.ts';
import { addDays, instantOf, plainDate } from '../../domain/calendar.ts';
import { ageOf } from '../../domain/receivables.ts';
import { Life, openFresh, type TestDatabase } from './support/life.ts';
import { paid, refunded, takenBack } from './support/moves.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

const DAY = plainDate('2027-05-10');

async function allOf<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

async function active(): Promise<{ life: Life; number: string; key: string }> {
  const life = await Life.active(fresh.db);
  const number = String(life.state.finishedOrders[0]?.number);
  return { life, number, key: `bank:${number}` };
}

/** A life whose first order was placed on a day, and not paid. */
async function orderedOn(day: string): Promise<{ life: Life; number: string }> {
  const life = await Life.begin(fresh.db);
  life.now = instantOf(plainDate(day), 10);
  const number = await life.order('first_purchase');
  await life.commit();
  return { life, number };
}

describe('the movements of a day', () => {
  it('are its payments, what was taken back, and refunds paid out, each once', async () => {
    const { life, number } = await active();
    life.now = instantOf(DAY, 12);
    await paid(life, { orderNumber: number, key: 'bank:m1', amountMinor: 400 });
    await paid(life, { orderNumber: number, key: 'bank:m2', amountMinor: 500, method: 'card' });
    await paid(life, { orderNumber: number, key: 'bank:m0', amountMinor: 600, registeredOn: addDays(DAY, -1) });
    const reversal = await takenBack(life, 'bank:m1', { amountMinor: 100 });
    const { id: refund } = await refunded(life, { source: 'order', orderNumber: number }, 1000);
    await makeTransferList(fresh.db, { id: 'L-1', operatorId: 'op' }, () => '<xml/>');
    await executeTransferList(fresh.db, 'L-1', instantOf(DAY, 23));
    const whose = { orderNumber: number, subscriptionId: life.id, customerId: life.customer.id };
    const way = 'bank_transfer';
    assert.deepStrictEqual(await allOf(movementsOn(fresh.db, DAY)), [
      { kind: 'payment', id: 'bank:m1', method: way, amountMinor: 400, paymentKey: 'bank:m1', ...whose },
      { kind: 'payment', id: 'bank:m2', method: 'card', amountMinor: 500, paymentKey: 'bank:m2', ...whose },
      { kind: 'refund', id: refund, method: way, amountMinor: 1000, paymentKey: null, ...whose },
      { kind: 'reversal', id: reversal, method: way, amountMinor: 100, paymentKey: 'bank:m1', ...whose },
    ]);
    const dayBefore = await allOf(movementsOn(fresh.db, addDays(DAY, -1)));
    assert.deepStrictEqual(
      dayBefore.map(({ id }) => id),
      ['bank:m0'],
    );
    assert.deepStrictEqual(await allOf(movementsOn(fresh.db, addDays(DAY, 1))), []);
  });

  it('are all there, however many pages they fill', async () => {
    const { life } = await active();
    const day = plainDate('2027-06-01');
    const keys = Array.from({ length: 1203 }, (_, index) => `bank:many-${index}`);
    for (const key of keys) {
      const payment = life.newPayment(life.payment({ orderNumber: '1000000137', key, amountMinor: 1 }));
      await recordPayment(fresh.db, { ...payment, subscriptionId: null, registeredOn: day });
    }
    const found = (await allOf(movementsOn(fresh.db, day))).map(({ id }) => id);
    assert.deepStrictEqual(found, keys.toSorted());
  });
});

describe('receivables', () => {
  it('are the orders on which something is due, unpaid, committed or returned', async () => {
    const unpaid = await orderedOn('2027-01-20');
    await paid(unpaid.life, { orderNumber: unpaid.number, key: 'bank:part', amountMinor: 1000 });
    const cancelled = await orderedOn('2027-01-21');
    cancelled.life.do({ type: 'CancelOrder', number: cancelled.number });
    await cancelled.life.commit();
    const returned = await active();
    await takenBack(returned.life, returned.key, { amountMinor: 3050, registeredOn: plainDate('2027-04-02') });
    const rows = await allOf(receivables(fresh.db));
    assert.deepStrictEqual(
      rows.map(({ number, status, returnedOn, receivedMinor, dueMinor }) => [
        number,
        status,
        returnedOn,
        receivedMinor,
        dueMinor,
      ]),
      [
        [unpaid.number, 'awaiting_payment', null, 1000, 2050],
        [returned.number, 'completed', '2027-04-02', 0, 3050],
      ],
    );
    assert.strictEqual(rows[0]?.placedAt, instantOf(plainDate('2027-01-20'), 10));
  });

  for (const [until, days, age] of [
    ['2027-01-20', 0, '0-30'],
    ['2027-02-19', 30, '0-30'],
    ['2027-02-20', 31, '31-60'],
    ['2027-03-21', 60, '31-60'],
    ['2027-03-22', 61, '61-90'],
    ['2027-04-20', 90, '61-90'],
    ['2027-04-21', 91, '>90'],
    ['2027-01-01', 0, '0-30'],
  ] as const) {
    it(`of 20 January are ${age} days old on ${until}`, () => {
      assert.deepStrictEqual(ageOf(plainDate('2027-01-20'), plainDate(until)), { days, age });
    });
  }
});

describe('what is held', () => {
  it('is credit, since there was any, unmatched money and refunds to be paid', async () => {
    const { life, number } = await active();
    await paid(life, { orderNumber: number, key: 'bank:h1', amountMinor: 500 });
    const once = await recordedAt('bank:h1');
    await paid(life, { orderNumber: number, key: 'bank:h2', amountMinor: 200 });
    const mine = async () => (await allOf(held(fresh.db))).filter(({ customerId }) => customerId === life.customer.id);
    const credit = {
      kind: 'credit',
      id: life.customer.id,
      customerId: life.customer.id,
      orderNumber: null,
      reason: null,
    };
    assert.deepStrictEqual(await mine(), [{ ...credit, amountMinor: 700, since: once }]);
    const spent = await refunded(life, { source: 'credit', customerId: life.customer.id }, 700);
    await paid(life, { orderNumber: number, key: 'bank:h3', amountMinor: 50 });
    const rows = await mine();
    assert.deepStrictEqual(
      rows.map(({ kind, id, amountMinor }) => [kind, id, amountMinor]),
      [
        ['credit', life.customer.id, 50],
        ['refund_due', spent.id, 700],
      ],
    );
    assert.strictEqual(rows[0]?.since, await recordedAt('bank:h3'));
  });

  it('is unmatched money with its reason, as much as waits', async () => {
    const { life, number } = await orderedOn('2027-03-01');
    await paid(life, { orderNumber: number, key: 'bank:w1', amountMinor: 1000 });
    life.do({ type: 'CancelOrder', number });
    await life.commit();
    await refunded(life, { source: 'payment', paymentKey: 'bank:w1' }, 300);
    const rows = (await allOf(held(fresh.db))).filter(({ orderNumber }) => orderNumber === number);
    assert.deepStrictEqual(
      rows.map(({ kind, id, amountMinor, reason, customerId }) => [kind, id, amountMinor, reason, customerId]),
      [['unmatched', 'bank:w1', 700, 'order_cancelled', life.customer.id]],
    );
  });

  async function recordedAt(key: string): Promise<number> {
    const row: { at: number } = await fresh
      .db('ledger_postings')
      .join('ledger_journals', 'id', 'journal_id')
      .where({ payment_key: key })
      .whereLike('account', 'customer_credit:%')
      .first('recorded_at as at');
    return row.at;
  }
});

describe('services that expire', () => {
  it('are those within the days asked for, by the later of the wall’s day and their own', async () => {
    const ids = async (days: number, today: string) =>
      (await allOf(expiringWithin(fresh.db, days, plainDate(today)))).map(({ id }) => id);
    const { life } = await active(); // expires on 2028-03-04
    assert.ok(!(await ids(90, '2027-12-04')).includes(life.id));
    assert.ok((await ids(91, '2027-12-04')).includes(life.id));
    assert.ok((await ids(0, '2028-03-04')).includes(life.id));
    assert.ok(!(await ids(90, '2028-03-05')).includes(life.id));
    const ahead = await active();
    ahead.life.now = instantOf(plainDate('2028-01-10'), 9);
    ahead.life.do({ type: 'ReportUsage', usedBytes: 5 });
    await ahead.life.commit();
    const found = await ids(60, '2027-05-01');
    assert.deepStrictEqual([found.includes(ahead.life.id), found.includes(life.id)], [true, false]);
  });
});
