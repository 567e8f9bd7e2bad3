/** What a customer reads of their order's money that has left again. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { customerWithAccount } from './support/accounts.ts';
import { eventually, startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { activeService, firstOrder, today, transfer } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const IBAN = 'IT60X0542811101000000123456';
const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

async function refund(body: Json): Promise<Json> {
  const whole = { reason: 'between ourselves', ...body };
  const answer = await api.post('/v1/refunds', whole, { 'idempotency-key': randomUUID() });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

async function takenBack(order: Json, key: string, amountMinor: number): Promise<void> {
  const { status, body } = await api.post(`/v1/payments/${encodeURIComponent(key)}/reversals`, {
    externalId: `back-${key}`,
    source: 'bank',
    amount: eur(amountMinor),
    registeredOn: await today(api, String(order['subscriptionId'])),
    reason: 'called_back',
  });
  assert.equal(status, 202, JSON.stringify(body));
}

const returnsOf = ({ number }: Json): string => `/v1/orders/${String(number)}/returns`;

async function untilReturned(order: Json, many: number): Promise<Json> {
  const isSo = ({ body }: Answer): boolean =>
    (body['refunds'] as Json[]).length + (body['reversals'] as Json[]).length === many;
  return (await eventually(`${many} returns`, () => api.get(returnsOf(order)), isSo)).body;
}

describe('the returns of an order', () => {
  it('are none at first', async () => {
    const { body: order } = await firstOrder(api);
    assert.deepStrictEqual((await api.get(returnsOf(order))).body, { refunds: [], reversals: [] });
  });

  it('are its refunds, without whose account it is, who decided it, and why', async () => {
    const { customerId, token } = await customerWithAccount(api);
    const { order } = await activeService(api, { customerId });
    const made = await refund({ orderNumber: order['number'], amount: eur(1220), iban: IBAN, holder: 'Ada Rossi' });
    const { status, body } = await api.as(token).get(returnsOf(order));
    assert.equal(status, 200);
    assert.deepStrictEqual(body['refunds'], [
      {
        id: made['id'],
        amount: eur(1220),
        way: 'transfer',
        ibanEnding: '3456',
        status: 'due',
        requestedAt: made['requestedAt'],
        settledAt: null,
      },
    ]);
  });

  it('are its refunds to the card, until they are paid', async () => {
    const { order } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    await refund({ orderNumber: order['number'], amount: eur(500) });
    const { refunds } = await untilReturned(order, 1);
    const [shown] = refunds as Json[];
    assert.deepStrictEqual([shown?.['way'], shown?.['ibanEnding'], shown?.['amount']], ['original', null, eur(500)]);
  });

  it('are what was taken back of its payments, and the refund of what waited', async () => {
    const { order } = await activeService(api);
    const key = `api:transfer-${String(order['number'])}`;
    await takenBack(order, key, 1000);
    const { reversals } = await untilReturned(order, 1);
    const registeredOn = await today(api, String(order['subscriptionId']));
    assert.deepStrictEqual(reversals, [{ amount: eur(1000), registeredOn, reason: 'called_back' }]);

    const { body: dropped } = await firstOrder(api);
    await api.post(`/v1/orders/${String(dropped['number'])}/cancel`, {});
    const late = await transfer(api, dropped);
    await eventually(
      'the payment to wait',
      () => api.get(`/v1/payments/${encodeURIComponent(String(late.body['key']))}`),
      ({ body }) => body['status'] === 'unmatched',
    );
    await refund({ paymentKey: late.body['key'], amount: eur(3050), iban: IBAN, holder: 'Ada Rossi' });
    const { refunds } = await untilReturned(dropped, 1);
    assert.deepStrictEqual((refunds as Json[])[0]?.['amount'], eur(3050));
  });
});

describe('a quote', () => {
  it('says how many days before the expiry auto-renewal would charge', async () => {
    const { body: first } = await api.post('/v1/quotes', { type: 'first_purchase', product: 'fe', years: 1 });
    assert.equal(first['chargeDaysBefore'], 7);
    const { id } = await activeService(api);
    const { body: renewal } = await api.post('/v1/quotes', { type: 'renewal', subscriptionId: id, years: 1 });
    assert.equal(renewal['chargeDaysBefore'], 7);
  });
});
