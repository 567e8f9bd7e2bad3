import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ledgerBalances } from '../../db/ledger.ts';
import { eventually, startApi, type Json, type TestApi } from './support/api.ts';
import { activeService, firstOrder, today, transfer, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

async function untilPayment(key: unknown, status: string): Promise<Json> {
  const { body } = await eventually(
    `payment ${status}`,
    () => api.get(`/v1/payments/${encodeURIComponent(String(key))}`),
    (answer) => answer.body['status'] === status,
  );
  return body;
}

describe('a payment', () => {
  it('is taken, applied to its order and found again', async () => {
    const { body: order } = await firstOrder(api);
    const taken = await transfer(api, order, { externalId: 'CRO/0001-2026' });
    assert.equal(taken.status, 202, JSON.stringify(taken.body));
    assert.equal(taken.body['key'], 'api:CRO/0001-2026');
    const applied = await untilPayment(taken.body['key'], 'applied');
    assert.deepStrictEqual(
      [applied['orderNumber'], applied['amount'], applied['method'], applied['unmatchedReason'], applied['places']],
      [
        order['number'],
        eur(3050),
        'bank_transfer',
        null,
        [{ account: `receivable:${String(order['number'])}`, amount: eur(3050) }],
      ],
    );
    await untilStatus(api, String(order['subscriptionId']), 'active');
  });

  it('heard again is answered with what it was, and counts once', async () => {
    const { body: order } = await firstOrder(api);
    const first = await transfer(api, order);
    await untilPayment(first.body['key'], 'applied');
    const again = await transfer(api, order, { amount: eur(3050) });
    assert.equal(again.status, 200);
    assert.deepStrictEqual([again.body['key'], again.body['status']], [first.body['key'], 'applied']);
    const { body } = await api.get(`/v1/orders/${String(order['number'])}`);
    assert.deepStrictEqual([body['received'], body['due']], [eur(3050), eur(0)]);
  });

  it('heard again with other content is refused and noted; the first content stands', async () => {
    const { body: order } = await firstOrder(api);
    const first = await transfer(api, order, { amount: eur(1000) });
    const other = await transfer(api, order, { amount: eur(2000) });
    assert.deepStrictEqual([other.status, other.body['code']], [409, 'payment_conflict']);
    assert.ok(api.logged.some((line) => line.includes('other content') && line.includes(String(first.body['key']))));
    assert.deepStrictEqual((await untilPayment(first.body['key'], 'applied'))['amount'], eur(1000));
  });

  it('of less leaves the order unpaid; the rest completes it', async () => {
    const { body: order } = await firstOrder(api);
    await transfer(api, order, { amount: eur(3049), externalId: `part-${String(order['number'])}` });
    await eventually(
      'the part',
      () => api.get(`/v1/orders/${String(order['number'])}`),
      ({ body }) => (body['due'] as Json)['amountMinor'] === 1,
    );
    const { body: view } = await api.get(`/v1/subscriptions/${String(order['subscriptionId'])}`);
    assert.equal(view['status'], 'awaiting_payment');
    await transfer(api, order, { amount: eur(1) });
    await untilStatus(api, String(order['subscriptionId']), 'active');
  });

  it('of more completes the order, the rest is customer credit', async () => {
    const { body: order } = await firstOrder(api);
    const taken = await transfer(api, order, { amount: eur(4000) });
    await untilStatus(api, String(order['subscriptionId']), 'active');
    const { places } = await untilPayment(taken.body['key'], 'applied');
    assert.deepStrictEqual(places, [
      { account: `customer_credit:${String(order['customerId'])}`, amount: eur(950) },
      { account: `receivable:${String(order['number'])}`, amount: eur(3050) },
    ]);
  });

  it('for an order number written with blanks finds its order', async () => {
    const { body: order } = await firstOrder(api);
    const number = String(order['number']);
    const { body } = await transfer(api, order, { orderNumber: `${number.slice(0, 4)} ${number.slice(4)}` });
    assert.equal(body['orderNumber'], number);
  });

  for (const [about, orderNumber] of [
    ['an order that does not exist', '1000000137'],
    ['a number with a digit missing', '100000013'],
    ['no number at all', 'saldo fattura'],
  ] as const) {
    it(`for ${about} is kept for an operator`, async () => {
      const taken = await api.post('/v1/payments', {
        orderNumber,
        amount: eur(3050),
        method: 'postal_slip',
        registeredOn: '2026-11-20',
        externalId: `lost-${orderNumber.replaceAll(' ', '-')}`,
      });
      assert.equal(taken.status, 202, JSON.stringify(taken.body));
      const { status, unmatchedReason, subscriptionId, places } = taken.body;
      assert.deepStrictEqual(
        [status, unmatchedReason, subscriptionId, places],
        ['unmatched', 'unknown_order', null, [{ account: 'unmatched', amount: eur(3050) }]],
      );
    });
  }

  it('for a cancelled order is kept for an operator', async () => {
    const { id } = await activeService(api);
    const placed = await api.post('/v1/orders', {
      type: 'renewal',
      subscriptionId: id,
      years: 1,
      acceptedTerms: { terms: true, unfairTerms: true, privacy: true },
      paymentMethod: { type: 'bank_transfer' },
    });
    await api.post(`/v1/orders/${String(placed.body['number'])}/cancel`);
    const taken = await transfer(api, placed.body);
    assert.equal(taken.status, 202);
    assert.equal((await untilPayment(taken.body['key'], 'unmatched'))['unmatchedReason'], 'order_cancelled');
  });

  it('for a service that has ended is kept for an operator at once, with the reason', async () => {
    const { id, order } = await activeService(api);
    const renewal = await api.post('/v1/orders', {
      type: 'renewal',
      subscriptionId: id,
      years: 1,
      acceptedTerms: { terms: true, unfairTerms: true, privacy: true },
      paymentMethod: { type: 'bank_transfer' },
    });
    const { body: end } = await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P2Y' });
    assert.equal(end['ended'], true);
    const endedOn = String(end['now']).slice(0, 10);
    const late = await transfer(api, renewal.body, { registeredOn: endedOn, externalId: 'late', amount: eur(3050) });
    assert.deepStrictEqual(
      [late.status, late.body['status'], late.body['unmatchedReason']],
      [202, 'unmatched', 'registered_after_last_day'],
    );
    const inTime = await transfer(api, renewal.body, {
      registeredOn: String(order['placedOn']),
      externalId: 'in-time',
      amount: eur(3050),
    });
    assert.deepStrictEqual([inTime.body['status'], inTime.body['unmatchedReason']], ['unmatched', 'heard_after_end']);
  });

  it('is dated by the life’s own clock: what is the future elsewhere is today there', async () => {
    const { id } = await activeService(api);
    await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P6M' });
    const renewal = await api.post('/v1/orders', {
      type: 'renewal',
      subscriptionId: id,
      years: 1,
      acceptedTerms: { terms: true, unfairTerms: true, privacy: true },
      paymentMethod: { type: 'bank_transfer' },
    });
    const taken = await transfer(api, renewal.body, { registeredOn: await today(api, id) });
    assert.equal(taken.status, 202, JSON.stringify(taken.body));
    await untilPayment(taken.body['key'], 'applied');
    const future = await transfer(api, renewal.body, { registeredOn: '2031-01-01', externalId: 'future' });
    assert.deepStrictEqual([future.status, future.body['code']], [422, 'registered_in_future']);
    assert.equal((await api.get('/v1/payments/api:future')).status, 404);
  });

  it('by card with a token stores it, and auto-renewal goes on with it', async () => {
    const { body: order } = await firstOrder(api);
    await transfer(api, order, { method: 'card', token: 'tok_approved', externalId: 'pos-1', source: 'pos' });
    const view = await untilStatus(api, String(order['subscriptionId']), 'active');
    assert.equal((view['autoRenewal'] as Json)['on'], true);
    assert.equal((await api.get('/v1/payments/pos:pos-1')).body['status'], 'applied');
  });
});

describe('the ledger', () => {
  it('balances after all that', async () => {
    const balances = await ledgerBalances(api.db);
    assert.equal(
      Object.values(balances).reduce((sum, balance) => sum + balance, 0),
      0,
    );
  });
});
