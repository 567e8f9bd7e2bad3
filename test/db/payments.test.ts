import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { creditOf, ledgerBalances, paymentPlaces } from '../../db/ledger.ts';
import { findOrder, nextOrderNumber } from '../../db/orders.ts';
import {
  factOf,
  findPayment,
  InsufficientCreditError,
  listPayments,
  recordPayment,
  setAsidePayment,
  unheardPayments,
  unsettledPayments,
  type NewPayment,
} from '../../db/payments.ts';
import { plainDate, type Instant } from '../../domain/calendar.ts';
import type { PaymentFact } from '../../domain/commands.ts';
import { Life, openFresh, START, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

const EARLIER = (Date.now() - 3_600_000) as Instant;
const LATER = (Date.now() + 3_600_000) as Instant;

/** A life with an unpaid first order of 3050 cents, and a payment of it written down but not heard of. */
async function recorded(changes: Partial<NewPayment> = {}) {
  const { life, number } = await Life.ordered(fresh.db);
  const payment = { ...life.newPayment(life.payment({ orderNumber: number })), ...changes };
  await recordPayment(fresh.db, payment);
  return { life, number, payment };
}

function places(key: string) {
  return paymentPlaces(fresh.db, key);
}

async function hear(life: Life, payment: PaymentFact): Promise<void> {
  life.do({ type: 'RecordPayment', payment });
  await life.commit();
}

describe('money that arrives', () => {
  it('is written down once, and waits to be applied', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const payment = life.newPayment(life.payment({ orderNumber: number }));
    const first = await recordPayment(fresh.db, payment);
    const again = await recordPayment(fresh.db, payment);
    assert.deepStrictEqual([first.kind, again.kind], ['new', 'same']);
    assert.deepStrictEqual(again.payment, first.payment);
    const { recordedAt, ...row } = first.payment;
    assert.deepStrictEqual(row, { ...payment, assignedTo: null, heardSequence: null, unmatchedReason: null });
    assert.ok(Math.abs(recordedAt - Date.now()) < 60_000);
    assert.deepStrictEqual(await places(payment.key), [{ account: 'unapplied', amountMinor: 3050 }]);
  });

  it('is new for exactly one of those who record it at the same time', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const payment = life.newPayment(life.payment({ orderNumber: number }));
    const answers = await Promise.all(Array.from({ length: 8 }, () => recordPayment(fresh.db, payment)));
    assert.deepStrictEqual(answers.map(({ kind }) => kind).toSorted(), [
      'new',
      'same',
      'same',
      'same',
      'same',
      'same',
      'same',
      'same',
    ]);
    assert.deepStrictEqual(await places(payment.key), [{ account: 'unapplied', amountMinor: 3050 }]);
  });

  const OTHERWISE: Partial<NewPayment>[] = [
    { amountMinor: 3051 },
    { orderNumber: '1000000161' },
    { registeredOn: plainDate('2027-03-05') },
    { method: 'postal_slip' },
  ];
  for (const change of OTHERWISE) {
    it(`is different when the same id comes with another ${Object.keys(change)[0]}, and nothing changes`, async () => {
      const { payment } = await recorded();
      const known = await findPayment(fresh.db, payment.key);
      const answer = await recordPayment(fresh.db, { ...payment, ...change });
      assert.deepStrictEqual(answer, { kind: 'different', payment: known });
      assert.deepStrictEqual(await findPayment(fresh.db, payment.key), known);
    });
  }

  it('is the same whenever it was received and whatever method it stored', async () => {
    const { payment } = await recorded();
    const storedMethod = { methodId: 'pm_1', kind: 'card' } as const;
    const answer = await recordPayment(fresh.db, { ...payment, receivedAt: LATER, storedMethod });
    assert.strictEqual(answer.kind, 'same');
  });

  it('is not recorded under a key that is not its own', async () => {
    const { payment } = await recorded();
    await assert.rejects(recordPayment(fresh.db, { ...payment, key: 'bank:other' }), TypeError);
  });

  it('waits for an operator at once when there is no such order', async () => {
    const orderNumber = await nextOrderNumber(fresh.db);
    const { life, payment } = await recorded();
    const unknown = {
      ...payment,
      orderNumber,
      subscriptionId: null,
      key: `bank:${orderNumber}`,
      externalId: orderNumber,
    };
    const answer = await recordPayment(fresh.db, unknown);
    assert.deepStrictEqual([answer.kind, answer.payment.unmatchedReason], ['new', 'unknown_order']);
    assert.deepStrictEqual(await places(unknown.key), [{ account: 'unmatched', amountMinor: 3050 }]);
    assert.deepStrictEqual(
      (await unheardPayments(fresh.db, life.id, [])).map(({ key }) => key),
      [payment.key],
    );
  });
});

describe('money not heard of', () => {
  it('is found for its subscription, but for the keys it knows', async () => {
    const { life, payment } = await recorded();
    const row = await findPayment(fresh.db, payment.key);
    assert.ok(row);
    assert.deepStrictEqual(await unheardPayments(fresh.db, life.id, ['bank:other']), [factOf(row)]);
    assert.deepStrictEqual(await unheardPayments(fresh.db, life.id, ['bank:other', payment.key]), []);
    assert.deepStrictEqual(await unheardPayments(fresh.db, 'sub_other', []), []);
    await hear(life, factOf(row));
    assert.deepStrictEqual(await unheardPayments(fresh.db, life.id, []), []);
  });

  it('is found by the sweeper once it is old enough', async () => {
    const { life, payment } = await recorded();
    const isMine = ({ key }: { key: string }): boolean => key === payment.key;
    assert.strictEqual((await unsettledPayments(fresh.db, LATER, 1000)).filter(isMine).length, 1);
    assert.strictEqual((await unsettledPayments(fresh.db, EARLIER, 1000)).length, 0);
    assert.strictEqual((await unsettledPayments(fresh.db, LATER, 1)).length, 1);
    await hear(life, payment);
    assert.strictEqual((await unsettledPayments(fresh.db, LATER, 1000)).filter(isMine).length, 0);
  });

  it('can be left to an operator when its subscription has ended', async () => {
    const { payment } = await recorded();
    assert.strictEqual(await setAsidePayment(fresh.db, payment.key, 'subscription_ended', START), true);
    assert.strictEqual(await setAsidePayment(fresh.db, payment.key, 'subscription_ended', START), false);
    assert.strictEqual(await setAsidePayment(fresh.db, 'bank:nothing', 'subscription_ended', START), false);
    assert.deepStrictEqual(await places(payment.key), [{ account: 'unmatched', amountMinor: 3050 }]);
    assert.strictEqual((await findPayment(fresh.db, payment.key))?.unmatchedReason, 'subscription_ended');
    const unsettled = await unsettledPayments(fresh.db, LATER, 1000);
    assert.ok(!unsettled.some(({ key }) => key === payment.key));
  });

  it('is applied all the same when its subscription hears of it after that', async () => {
    const { life, number, payment } = await recorded();
    await setAsidePayment(fresh.db, payment.key, 'subscription_ended', START);
    await hear(life, payment);
    assert.deepStrictEqual(await places(payment.key), [{ account: `receivable:${number}`, amountMinor: 3050 }]);
    assert.strictEqual((await findPayment(fresh.db, payment.key))?.unmatchedReason, null);
  });
});

describe('money that was heard of', () => {
  it('is split between its order and the credit of the customer', async () => {
    const { life, number, payment } = await recorded({ amountMinor: 4000 });
    await hear(life, payment);
    assert.deepStrictEqual(await places(payment.key), [
      { account: `customer_credit:${life.customer.id}`, amountMinor: 950 },
      { account: `receivable:${number}`, amountMinor: 3050 },
    ]);
    assert.strictEqual(await creditOf(fresh.db, life.customer.id), 950);
  });

  it('leaves its order for an operator when the order is cancelled', async () => {
    const { life, number, payment } = await recorded({ amountMinor: 1000 });
    await hear(life, payment);
    life.do({ type: 'CancelOrder', number });
    await life.commit();
    assert.deepStrictEqual(await places(payment.key), [{ account: 'unmatched', amountMinor: 1000 }]);
    assert.strictEqual((await findPayment(fresh.db, payment.key))?.unmatchedReason, 'order_cancelled');
    const order = await findOrder(fresh.db, number);
    assert.deepStrictEqual([order?.status, order?.receivedMinor, order?.dueMinor], ['cancelled', 0, 0]);
  });

  it('is written down by the commit when an operator sent it by hand', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const payment = life.payment({ orderNumber: number, key: 'operator:slip-1' });
    await hear(life, payment);
    const row = await findPayment(fresh.db, payment.key);
    assert.deepStrictEqual([row?.source, row?.externalId, row?.heardSequence], ['operator', 'slip-1', 2]);
    assert.deepStrictEqual(await places(payment.key), [{ account: `receivable:${number}`, amountMinor: 3050 }]);
    assert.strictEqual((await recordPayment(fresh.db, life.newPayment(payment))).kind, 'same');
  });

  it('is listed with its subscription', async () => {
    const { life, payment } = await recorded();
    await hear(life, payment);
    assert.deepStrictEqual(
      (await listPayments(fresh.db, life.id)).map(({ key }) => key),
      [payment.key],
    );
  });
});

describe("an operator's signal", () => {
  it('assigns money that waited as unmatched to the order it was meant for', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const meant = life.payment({ orderNumber: number });
    const orderNumber = await nextOrderNumber(fresh.db);
    await recordPayment(fresh.db, { ...life.newPayment(meant), orderNumber, subscriptionId: null });
    await hear(life, meant);
    assert.deepStrictEqual(await places(meant.key), [{ account: `receivable:${number}`, amountMinor: 3050 }]);
    const row = await findPayment(fresh.db, meant.key);
    assert.deepStrictEqual([row?.subscriptionId, row?.orderNumber], [life.id, orderNumber]);
  });

  it('for money of another subscription is disputed, and the money stays where it is', async () => {
    const { life, number, payment } = await recorded();
    const other = await Life.ordered(fresh.db);
    await hear(other.life, { ...payment, orderNumber: other.number });
    const disputed = await listPayments(fresh.db, other.life.id);
    assert.deepStrictEqual(
      disputed.map(({ source, amountMinor }) => [source, amountMinor]),
      [['disputed', 3050]],
    );
    assert.deepStrictEqual(await places(payment.key), [{ account: 'unapplied', amountMinor: 3050 }]);
    await hear(life, payment);
    assert.deepStrictEqual(await places(payment.key), [{ account: `receivable:${number}`, amountMinor: 3050 }]);
    assert.strictEqual((await ledgerBalances(fresh.db))['disputed'], 3050);
  });

  it('for another amount than what is recorded is disputed, and what is recorded waits for an operator', async () => {
    const { life, number, payment } = await recorded();
    await hear(life, { ...payment, amountMinor: 1000 });
    assert.strictEqual((await findOrder(fresh.db, number))?.receivedMinor, 1000);
    await hear(life, payment);
    assert.deepStrictEqual(await places(payment.key), [{ account: 'unmatched', amountMinor: 3050 }]);
    assert.strictEqual((await findPayment(fresh.db, payment.key))?.unmatchedReason, 'conflict');
    assert.ok(!(await unsettledPayments(fresh.db, LATER, 1000)).some(({ key }) => key === payment.key));
    // What was disputed can still be given back.
    life.do({ type: 'CancelOrder', number });
    await life.commit();
    const disputed = (await listPayments(fresh.db, life.id)).find(({ source }) => source === 'disputed');
    assert.deepStrictEqual(await places(disputed?.key ?? ''), [{ account: 'unmatched', amountMinor: 1000 }]);
  });
});

describe("the customer's credit", () => {
  /** A life with 950 cents of credit and an unpaid renewal. */
  async function withCredit() {
    const { life, number, payment } = await recorded({ amountMinor: 4000 });
    await hear(life, payment);
    life.do({ type: 'RecordActivation', username: 'rn1' });
    const renewal = await life.order('renewal');
    await life.commit();
    const use = (amountMinor: number): NewPayment =>
      life.newPayment(
        life.payment({ orderNumber: renewal, key: `credit:${renewal}-${amountMinor}`, amountMinor, method: 'credit' }),
      );
    return { life, number, renewal, use };
  }

  it('pays an order, and is less for it', async () => {
    const { life, renewal, use } = await withCredit();
    await recordPayment(fresh.db, use(900));
    assert.strictEqual(await creditOf(fresh.db, life.customer.id), 50);
    await hear(life, use(900));
    assert.deepStrictEqual(await places(use(900).key), [{ account: `receivable:${renewal}`, amountMinor: 900 }]);
  });

  it('comes back when the order is cancelled', async () => {
    const { life, renewal, use } = await withCredit();
    await recordPayment(fresh.db, use(900));
    await hear(life, use(900));
    life.do({ type: 'CancelOrder', number: renewal });
    await life.commit();
    assert.strictEqual(await creditOf(fresh.db, life.customer.id), 950);
    assert.deepStrictEqual(await places(use(900).key), [
      { account: `customer_credit:${life.customer.id}`, amountMinor: 900 },
    ]);
  });

  it('is never used beyond what there is, not even at the same time', async () => {
    const { life, use } = await withCredit();
    await assert.rejects(recordPayment(fresh.db, use(951)), InsufficientCreditError);
    assert.strictEqual(await findPayment(fresh.db, use(951).key), null);
    const both = await Promise.allSettled([recordPayment(fresh.db, use(500)), recordPayment(fresh.db, use(600))]);
    assert.deepStrictEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.ok([350, 450].includes(await creditOf(fresh.db, life.customer.id)));
  });

  it('claimed by a signal that the ledger cannot cover is disputed', async () => {
    const { life, use } = await withCredit();
    await hear(life, use(2000));
    assert.strictEqual(await creditOf(fresh.db, life.customer.id), 950);
  });

  it('is used for an order that exists only', async () => {
    const { use } = await withCredit();
    await assert.rejects(
      recordPayment(fresh.db, { ...use(100), orderNumber: await nextOrderNumber(fresh.db) }),
      TypeError,
    );
  });
});
