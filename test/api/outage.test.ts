/** What goes on while a dependency is away, and what waits for it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openDatabase } from '../../db/database.ts';
import { eventually, startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder } from './support/customers.ts';

let api: TestApi;
/** The same, but Temporal is nowhere. */
let alone: TestApi;
before(async () => {
  api = await startApi();
  alone = await startApi({ beside: api, address: '127.0.0.1:1' });
});
after(async () => {
  await alone.stop();
  await api.stop();
});

function assertUnavailable({ status, headers, body }: Answer): void {
  assert.deepStrictEqual(
    [status, body['code'], headers.get('retry-after')],
    [503, 'temporarily_unavailable', '5'],
    JSON.stringify(body),
  );
}

const renewal = (subscriptionId: string): Json => ({
  type: 'renewal',
  subscriptionId,
  years: 1,
  acceptedTerms: ACCEPTED,
  paymentMethod: { type: 'bank_transfer' },
});

describe('while Temporal is away', () => {
  it('a payment is taken, and applied once it is back', async () => {
    const { body: order } = await firstOrder(api);
    const payment = {
      orderNumber: order['number'],
      amount: order['due'],
      method: 'bank_transfer',
      registeredOn: order['placedOn'],
      externalId: `away-${String(order['number'])}`,
    };
    const taken = await alone.post('/v1/payments', payment);
    assert.deepStrictEqual([taken.status, taken.body['status']], [202, 'received']);
    assert.ok(alone.logged.some((line) => line.includes('waits to be told')));
    // Whoever asks again, or the sweeper, tells the subscription.
    const again = await api.post('/v1/payments', payment);
    assert.equal(again.status, 200);
    await eventually(
      'the payment',
      () => alone.get(`/v1/payments/${String(taken.body['key'])}`),
      ({ body }) => body['status'] === 'applied',
    );
  });

  it('a payment for an order nobody knows is taken, too', async () => {
    const taken = await alone.post('/v1/payments', {
      orderNumber: '1000000137',
      amount: { amountMinor: 1, currency: 'EUR' },
      method: 'bank_transfer',
      registeredOn: '2026-11-20',
      externalId: 'away-unknown',
    });
    assert.deepStrictEqual([taken.status, taken.body['status']], [202, 'unmatched']);
  });

  it('a subscription is read as it was last written down, and says so', async () => {
    const { id, view } = await activeService(api);
    const { status, body } = await alone.get(`/v1/subscriptions/${id}`);
    assert.equal(status, 200);
    const { source, asOf, ...rest } = body;
    const { source: live, asOf: liveAsOf, ...liveRest } = view;
    assert.deepStrictEqual([source, live], ['read_model', 'workflow']);
    assert.ok(Date.parse(String(asOf)) <= Date.parse(String(liveAsOf)));
    assert.deepStrictEqual(rest, liveRest);
    assert.equal((await alone.get(`/v1/subscriptions/${id}/timeline`)).status, 200);
  });

  it('a subscription nobody ever wrote down cannot be told from one just begun', async () => {
    assertUnavailable(await alone.get('/v1/subscriptions/sub_nobody'));
  });

  it('a change is not possible: try again', async () => {
    const { id, order } = await activeService(api);
    assertUnavailable(await alone.put(`/v1/subscriptions/${id}/usage`, { usedBytes: 1 }));
    assertUnavailable(await alone.post(`/v1/orders/${String(order['number'])}/cancel`));
    assertUnavailable(await alone.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P1D' }));
    assertUnavailable(await alone.post('/v1/orders', renewal(id)));
  });

  it('a first order is not placed; its replay places it once Temporal is back', async () => {
    const customerId = await createCustomer(api);
    const key = { 'idempotency-key': 'placed-later' };
    assertUnavailable(await firstOrder(alone, { customerId }, key));
    const other = await firstOrder(api, { customerId });
    assert.deepStrictEqual([other.status, other.body['code']], [409, 'purchase_in_progress']);
    const placed = await firstOrder(api, { customerId }, key);
    assert.deepStrictEqual([placed.status, placed.body['status']], [201, 'awaiting_payment']);
    const rows: unknown[] = await api.db('orders').where({ customer_id: customerId });
    assert.equal(rows.length, 1);
  });

  it('customers, quotes of first purchases and the catalogue go on', async () => {
    const customerId = await createCustomer(alone);
    const quoted = await alone.post('/v1/quotes', { type: 'first_purchase', customerId, product: 'fe', years: 1 });
    assert.equal(quoted.status, 200);
    assert.equal((await alone.get('/v1/catalog')).status, 200);
  });
});

describe('while no worker runs', () => {
  it('a subscription is read as last written down, a payment is taken, a change waits', async () => {
    const { id, order } = await activeService(api);
    // A queue that nobody works off: a life begun there is never heard.
    const unheard = await startApi({ worker: false });
    try {
      assertUnavailable(await firstOrder(unheard));
      const rows = await unheard.db('orders').first('number', 'status');
      assert.equal(rows.status, 'reserved');
      const taken = await unheard.post('/v1/payments', {
        orderNumber: rows.number,
        amount: { amountMinor: 3050, currency: 'EUR' },
        method: 'bank_transfer',
        registeredOn: order['placedOn'],
        externalId: 'unheard',
      });
      assert.deepStrictEqual([taken.status, taken.body['status']], [202, 'received']);
    } finally {
      await unheard.stop();
    }
    assert.equal((await api.get(`/v1/subscriptions/${id}`)).body['source'], 'workflow');
  });
});

describe('while Postgres is away', () => {
  it('everything but health waits, and readiness says what is missing', async () => {
    const blind = await startApi({
      beside: api,
      change: (context) => ({ ...context, db: openDatabase('postgres://nobody@127.0.0.1:1/none', { poolSize: 1 }) }),
    });
    try {
      assert.equal((await blind.get('/healthz')).status, 200);
      const ready = await blind.get('/readyz');
      assertUnavailable(ready);
      assert.equal(ready.body['detail'], 'Postgres cannot be reached.');
      assertUnavailable(await blind.get('/v1/orders/1000000137'));
    } finally {
      await blind.stop();
    }
  });
});
