/** What an operator gives money that waits to: all of it, parts of it, what is left of it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eventually, startApi, type TestApi } from './support/api.ts';
import { camt, freshReference, importedOne, OUR_IBAN } from './support/bankFiles.ts';
import { activeService, untilStatus } from './support/customers.ts';
import {
  assign,
  cents,
  comesTo,
  eur,
  payment,
  placesOf,
  stray,
  takeBack,
  unpaid,
  unpaidRenewal,
  waiting,
} from './support/matching.ts';
import { stopProved } from './support/stopProved.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => stopProved(api));

const PAID = { order: ['completed', 3050, 0], service: 'active', told: ['payment_received', 'activation'] } as const;

describe('what is left of a payment', () => {
  const before: [what: string, take: (key: string) => Promise<unknown>][] = [
    ['partly taken back', (key) => takeBack(api, key, 1000)],
    [
      'partly refunded',
      async (key) => {
        const body = { paymentKey: key, amount: eur(1000), reason: 'sent too much', iban: OUR_IBAN, holder: 'Ada' };
        const { status, body: made } = await api.post('/v1/refunds', body, { 'idempotency-key': randomUUID() });
        assert.equal(status, 201, JSON.stringify(made));
      },
    ],
  ];
  for (const [what, take] of before) {
    it(`that was ${what} is assigned: the order is paid with the rest`, async () => {
      const key = await stray(api, 4050);
      await take(key);
      assert.deepStrictEqual((await waiting(api, key))?.deeds, ['assign', 'refund']);
      const order = await unpaid(api);
      const given = await assign(api, key, { orderNumber: order.number });
      assert.deepStrictEqual([given.status, given.body['partOf']], [202, key], JSON.stringify(given.body));
      const part = String(given.body['key']);
      await comesTo(api, order, [part], { ...PAID, money: { order: 3050 } });
      assert.equal(await waiting(api, key), null);
      const again = await assign(api, key, { orderNumber: order.number });
      assert.deepStrictEqual([again.status, again.body['key']], [200, part]);
      const parts = [{ key: part, orderNumber: order.number, amount: eur(3050) }];
      assert.deepStrictEqual((await api.get(payment(key))).body['parts'], parts);
    });
  }

  it('that an order let go is assigned once more', async () => {
    const key = await stray(api, 4050);
    const { id } = await activeService(api);
    const first = await unpaidRenewal(api, id, { years: 2 });
    const { body } = await assign(api, key, { orderNumber: first.number, amount: eur(2000) });
    await comesTo(api, first, [String(body['key'])], {
      money: { order: 2000 },
      order: ['awaiting_payment', 2000, 4100],
      service: 'active',
      told: ['part_payment'],
    });
    await api.post(`/v1/orders/${first.number}/cancel`);
    const part = String(body['key']);
    await eventually(
      'the part waits',
      () => waiting(api, part),
      (item) => item !== null,
    );
    const second = await unpaidRenewal(api, id);
    const half = await assign(api, part, { orderNumber: second.number, amount: eur(1500) });
    assert.equal(half.status, 202, JSON.stringify(half.body));
    const last = await assign(api, part, { orderNumber: second.number });
    assert.deepStrictEqual([last.status, cents(last.body['amount'])], [202, 500], JSON.stringify(last.body));
    const rest = await assign(api, key, { orderNumber: second.number, amount: eur(1050) });
    assert.equal(rest.status, 202, JSON.stringify(rest.body));
    await eventually(
      'the order paid',
      () => api.get(`/v1/orders/${second.number}`),
      (answer) => answer.body['status'] === 'completed',
    );
    assert.deepStrictEqual(
      [(await api.get(payment(part))).body['status'], await placesOf(api, key)],
      ['assigned', { cash: 3050, unmatched: 1000 }],
    );
  });
});

describe('a payment given in parts', () => {
  it('pays an order each, and is no more than it was', async () => {
    const [one, other] = [await unpaid(api), await unpaid(api)];
    const key = await stray(api, 6200);
    const first = await assign(api, key, { orderNumber: one.number, amount: eur(3050) });
    const tooMuch = await assign(api, key, { orderNumber: other.number, amount: eur(3151) });
    assert.deepStrictEqual(
      [tooMuch.status, tooMuch.body['code'], tooMuch.body['available']],
      [409, 'payment_not_waiting', eur(3150)],
    );
    const said = await assign(api, key, { orderNumber: one.number, amount: eur(3050) });
    assert.deepStrictEqual([first.status, said.status, said.body['key']], [202, 200, first.body['key']]);
    const second = await assign(api, key, { orderNumber: other.number });
    await comesTo(api, one, [String(first.body['key'])], { ...PAID, money: { order: 3050 } });
    await comesTo(api, other, [String(second.body['key'])], { ...PAID, money: { order: 3050, credit: 100 } });
    assert.equal((await api.get(payment(key))).body['status'], 'assigned');
    assert.equal(await waiting(api, key), null);
  });

  it('at once by two operators is given once', async () => {
    const orders = [await unpaid(api), await unpaid(api), await unpaid(api)];
    const key = await stray(api, 3050 + 3049);
    const given = await Promise.all(
      orders.map(({ number }) => assign(api, key, { orderNumber: number, amount: eur(3050) })),
    );
    assert.deepStrictEqual(given.map(({ status }) => status).toSorted(), [202, 409, 409]);
    assert.deepStrictEqual(await placesOf(api, key), { cash: 3050, unmatched: 3049 });
  });

  it('is given once where the same is asked for twice at once', async () => {
    const order = await unpaid(api);
    const key = await stray(api, 6200);
    const wanted = { orderNumber: order.number, amount: eur(2000) };
    const given = await Promise.all([assign(api, key, wanted), assign(api, key, wanted), assign(api, key, wanted)]);
    assert.equal(new Set(given.map(({ body }) => body['key'])).size, 1, JSON.stringify(given.map(({ body }) => body)));
    assert.deepStrictEqual(await placesOf(api, key), { cash: 2000, unmatched: 4200 });
  });

  it('may be given to an order again once another operator has given that part to another', async () => {
    const { id } = await activeService(api);
    const [one, other] = [await unpaidRenewal(api, id), await unpaid(api)];
    const key = await stray(api, 6100);
    const first = await assign(api, key, { orderNumber: one.number, amount: eur(2000) });
    await api.post(`/v1/orders/${one.number}/cancel`);
    const part = String(first.body['key']);
    await eventually(
      'the part waits',
      () => waiting(api, part),
      (item) => item !== null,
    );
    assert.equal((await assign(api, part, { orderNumber: other.number })).status, 202);
    const said = await assign(api, key, { orderNumber: one.number, amount: eur(2000) });
    assert.deepStrictEqual([said.status, said.body['code']], [409, 'payment_not_assignable']);
  });

  it('is taken back in all its parts where the bank calls its transfer back', async () => {
    const [one, other] = [await unpaid(api), await unpaid(api)];
    const reference = freshReference();
    const entry = await importedOne(api, camt([{ cents: 6100, text: 'due ordini', reference }]));
    const key = entry.paymentKeys[0] ?? '';
    const first = await assign(api, key, { orderNumber: one.number, amount: eur(3050) });
    await assign(api, key, { orderNumber: other.number });
    for (const order of [one, other]) await untilStatus(api, order.subscriptionId, 'active');
    const back = await importedOne(api, camt([{ cents: 6100, side: 'DBIT', reversal: true, reference }]));
    assert.deepStrictEqual([back.outcome, back.reversalKeys.length], ['reversal', 2], JSON.stringify(back));
    for (const order of [one, other])
      await comesTo(api, order, order === one ? [String(first.body['key'])] : [], {
        money: order === one ? { 'cash:bank_transfer': 3050 } : {},
        order: ['completed', 0, 3050],
        service: 'active',
        told: ['payment_received', 'activation', 'payment_returned'],
      });
    const { body } = await api.get('/v1/queue?kind=reversal_excess');
    assert.deepStrictEqual(body['items'], []);
  });

  it('is taken back in all its parts also where the bank names nothing but an order', async () => {
    const gone = await unpaid(api);
    await api.post(`/v1/orders/${gone.number}/cancel`);
    const key = await stray(api, 6200, gone.number);
    await eventually(
      'the payment waits',
      () => waiting(api, key),
      (item) => item !== null,
    );
    const order = await unpaid(api);
    const { body } = await assign(api, key, { orderNumber: order.number, amount: eur(3050) });
    await untilStatus(api, order.subscriptionId, 'active');
    const other = await unpaid(api);
    const rest = await assign(api, key, { orderNumber: other.number });
    await untilStatus(api, other.subscriptionId, 'active');
    const text = `storno ordine ${gone.number}`;
    const back = await importedOne(api, camt([{ cents: 6200, side: 'DBIT', reversal: true, text }]));
    assert.deepStrictEqual([back.outcome, back.reversalKeys.length], ['reversal', 2], JSON.stringify(back));
    for (const part of [body, rest.body])
      await eventually(
        'the part is out',
        () => api.get(payment(String(part['key']))),
        (answer) => answer.body['status'] === 'returned',
      );
  });

  it('is refused what is neither an order nor a customer, or both', async () => {
    const key = await stray(api, 100);
    const { number, customerId } = await unpaid(api);
    const refused = [
      await assign(api, key, {}),
      await assign(api, key, { orderNumber: number, customerId }),
      await assign(api, key, { orderNumber: number, amount: eur(0) }),
      await assign(api, key, { customerId: 'cus_none' }),
      await assign(api, key, { customerId }),
    ];
    assert.deepStrictEqual(
      refused.map(({ status, body }) => [status, body['code']]),
      [
        [400, 'invalid_input'],
        [400, 'invalid_input'],
        [400, 'invalid_input'],
        [422, 'customer_unknown'],
        [409, 'payment_not_assignable'],
      ],
    );
    assert.deepStrictEqual(await placesOf(api, key), { unmatched: 100 });
  });
});
