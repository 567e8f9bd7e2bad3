/**
 * What money comes to that names no one order that can take it: an operator sees it with the orders it may be for and why,
 * and nothing is guessed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { startApi, type TestApi } from './support/api.ts';
import { camt, freshReference, importedOne, type Entry } from './support/bankFiles.ts';
import { activeService } from './support/customers.ts';
import { comesTo, unpaid, unpaidRenewal, waiting, type Unpaid } from './support/matching.ts';
import { stopProved } from './support/stopProved.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => stopProved(api));

async function transferred(cents: number, text: string): Promise<Entry> {
  return importedOne(api, camt([{ cents, text, reference: freshReference() }]));
}

function keyOf({ paymentKeys }: Entry): string {
  assert.equal(paymentKeys.length, 1);
  return paymentKeys[0] ?? '';
}

const UNTOUCHED = { order: ['awaiting_payment', 0, 3050], service: 'awaiting_payment', told: [] } as const;
const PAID = {
  money: { order: 3050 },
  order: ['completed', 3050, 0],
  service: 'active',
  told: ['payment_received', 'activation'],
} as const;

async function assign(key: string, { number }: Unpaid): Promise<void> {
  const { status, body } = await api.post(`/v1/payments/${encodeURIComponent(key)}/assignment`, {
    orderNumber: number,
  });
  assert.equal(status, 202, JSON.stringify(body));
}

describe('a transfer for two orders', () => {
  it('of what both ask for together pays both', async () => {
    const [one, other] = [await unpaid(api), await unpaid(api, { years: 2 })];
    const entry = await transferred(one.due + other.due, `ordini ${one.number} e ${other.number}`);
    assert.deepStrictEqual([entry.outcome, entry.orderNumbers], ['matched', [one.number, other.number]]);
    const [first = '', second = ''] = entry.paymentKeys;
    await comesTo(api, one, [first], PAID);
    await comesTo(api, other, [second], { ...PAID, money: { order: 6100 }, order: ['completed', 6100, 0] });
    assert.deepStrictEqual([await waiting(api, first), await waiting(api, second)], [null, null]);
  });

  it('of what one asks for, or of anything else, waits with both; assigned, it pays', async () => {
    const [one, other] = [await unpaid(api), await unpaid(api, { years: 2 })];
    const cases: [cents: number, why: RegExp][] = [
      [one.due, /names several orders, and the amount is that of one/],
      [one.due + 1, /names several orders, and the amount is neither that of one nor their sum/],
    ];
    for (const [cents, why] of cases) {
      const entry = await transferred(cents, `ordini ${one.number} e ${other.number}`);
      await comesTo(api, one, entry.paymentKeys, { ...UNTOUCHED, money: { unmatched: cents } });
      const item = await waiting(api, keyOf(entry));
      assert.match(item?.why ?? '', why);
      assert.deepStrictEqual(item?.candidates, [
        [one.number, 'named'],
        [other.number, 'named'],
      ]);
      assert.deepStrictEqual(item?.deeds, ['assign', 'refund']);
      if (cents !== one.due) continue;
      await assign(keyOf(entry), other);
      await comesTo(api, other, entry.paymentKeys, {
        money: { order: 3050 },
        order: ['awaiting_payment', 3050, 3050],
        service: 'awaiting_payment',
        told: ['part_payment'],
      });
      assert.equal(await waiting(api, keyOf(entry)), null);
    }
  });
});

describe('a number', () => {
  it('of no order, though its check digits are right, waits for an operator', async () => {
    const entry = await transferred(1234, `ordine ${orderNumberFor(89_999_999)}`);
    assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['unmatched', 'no_order_named']);
    const item = await waiting(api, keyOf(entry));
    assert.match(item?.why ?? '', /names no order/);
    assert.deepStrictEqual([item?.candidates, item?.deeds], [[], ['assign', 'refund']]);
    const { body } = await api.get(`/v1/payments/${encodeURIComponent(keyOf(entry))}`);
    const unmatched = [{ account: 'unmatched', amount: { amountMinor: 1234, currency: 'EUR' } }];
    assert.deepStrictEqual([body['status'], body['places']], ['unmatched', unmatched]);
  });

  it('of a cancelled order waits for an operator; another order of the customer can have it', async () => {
    const { id } = await activeService(api);
    const order = await unpaidRenewal(api, id);
    assert.equal((await api.post(`/v1/orders/${order.number}/cancel`)).status, 200);
    const entry = await transferred(order.due, order.number);
    assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['matched', 'needless']);
    const cancelled = { order: ['cancelled', 0, 0], service: 'active', told: [] } as const;
    await comesTo(api, order, entry.paymentKeys, { ...cancelled, money: { unmatched: 3050 } });
    assert.match((await waiting(api, keyOf(entry)))?.why ?? '', /order that the payment names was cancelled/);
    const again = await unpaidRenewal(api, id);
    assert.deepStrictEqual((await waiting(api, keyOf(entry)))?.candidates, [
      [again.number, 'same_customer_and_amount'],
    ]);
    await assign(keyOf(entry), again);
    await comesTo(api, again, entry.paymentKeys, { ...PAID, told: ['payment_received', 'renewed'] });
    assert.equal(await waiting(api, keyOf(entry)), null);
  });

  const damages: [what: string, damage: (number: string) => string][] = [
    ['a digit missing', (number) => number.slice(0, 6) + number.slice(7)],
    ['a digit wrong', (number) => `${number.slice(0, 5)}${(Number(number[5]) + 3) % 10}${number.slice(6)}`],
    ['a digit too many', (number) => `${number.slice(0, 4)}7${number.slice(4)}`],
  ];
  for (const [what, damage] of damages) {
    it(`that is damaged (${what}), with the right amount, waits with the order that was meant`, async () => {
      const order = await unpaid(api);
      const entry = await transferred(order.due, `ordine ${damage(order.number)}`);
      assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['unmatched', 'no_order_named']);
      await comesTo(api, order, entry.paymentKeys, { ...UNTOUCHED, money: { unmatched: 3050 } });
      const item = await waiting(api, keyOf(entry));
      const meant = item?.candidates.find(([number]) => number === order.number);
      assert.deepStrictEqual(meant, [order.number, 'damaged_number'], JSON.stringify(item));
      await assign(keyOf(entry), order);
      await comesTo(api, order, entry.paymentKeys, PAID);
    });
  }

  it('that is right, with a wrong amount, inside a longer number, waits with its order: it may be chance', async () => {
    const order = await unpaid(api, { years: 3 });
    const entry = await transferred(order.due - 1, `TRN 77${order.number}4181`);
    assert.deepStrictEqual([entry.outcome, entry.reason?.code], ['unmatched', 'inside_longer_number']);
    assert.deepStrictEqual((await waiting(api, keyOf(entry)))?.candidates, [[order.number, 'named']]);
  });
});
