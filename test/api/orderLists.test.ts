import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { signIn } from './support/callers.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder, freshVatNumber, holder } from './support/customers.ts';

let api: TestApi;
let customerId: string;
let services: string[];
before(async () => {
  api = await startApi();
  customerId = await createCustomer(api);
  const first = await activeService(api, { customerId });
  const { language: _language, ...another } = holder({ vatNumber: freshVatNumber() });
  const second = await activeService(api, { customerId, holder: another });
  services = [first.id, second.id];
});
after(() => api.stop());

async function list(path: string, from: Pick<TestApi, 'get'> = api): Promise<Json> {
  const { status, body } = await from.get(path);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const named = (items: unknown, key: string): unknown[] => (items as Json[]).map((item) => item[key]);

async function upgrade(subscriptionId: string, changes: Json = {}): Promise<string> {
  const { status, body } = await api.post('/v1/orders', {
    type: 'upgrade',
    subscriptionId,
    add: { space: 1 },
    acceptedTerms: ACCEPTED,
    paymentMethod: { type: 'bank_transfer' },
    ...changes,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['number']);
}

describe('a customer’s services', () => {
  it('are listed newest first, each as it is shown alone', async () => {
    const { subscriptions } = await list(`/v1/customers/${customerId}/subscriptions`);
    assert.deepStrictEqual(named(subscriptions, 'id'), services.toReversed());
    const { body } = await api.get(`/v1/subscriptions/${String(services[1])}`);
    const [shown] = subscriptions as Json[];
    const { asOf: _asOf, ...alone } = body;
    assert.deepStrictEqual({ ...shown, asOf: undefined }, { ...alone, asOf: undefined });
  });

  it('are none for who has none', async () => {
    assert.deepStrictEqual(await list(`/v1/customers/${await createCustomer(api)}/subscriptions`), {
      subscriptions: [],
    });
  });

  it('are seen by the customer, one of them by its own credentials, and by nobody else', async () => {
    const path = `/v1/customers/${customerId}/subscriptions`;
    const owner = await signIn(api, customerId);
    assert.equal(((await list(path, owner))['subscriptions'] as Json[]).length, 2);
    const service = await signIn(api, customerId, services[0]);
    assert.deepStrictEqual(named((await list(path, service))['subscriptions'], 'id'), [services[0]]);
    const stranger = await signIn(api, await createCustomer(api));
    for (const answer of [await stranger.get(path), await api.get('/v1/customers/cus_nobody/subscriptions')])
      assert.deepStrictEqual([answer.status, answer.body['code']], [404, 'customer_unknown']);
  });
});

describe('a customer’s orders', () => {
  it('are listed newest first, in pages, each as it is shown alone', async () => {
    const numbers = [];
    for (let round = 0; round < 3; round += 1) {
      const number = await upgrade(String(services[round % 2]), {
        ...(round === 1 ? { paymentMethod: { type: 'card', token: 'tok_declined' } } : {}),
      });
      numbers.unshift(number);
      if (round < 2) await api.post(`/v1/orders/${number}/cancel`);
    }
    const path = `/v1/customers/${customerId}/orders`;
    const all = await list(path);
    assert.deepStrictEqual(all['next'], null);
    assert.deepStrictEqual(named(all['orders'], 'number').slice(0, 3), numbers);
    assert.deepStrictEqual(named(all['orders'], 'type').slice(2), ['upgrade', 'first_purchase', 'first_purchase']);
    for (const order of all['orders'] as Json[]) {
      const alone = await api.get(`/v1/orders/${String(order['number'])}`);
      assert.deepStrictEqual(order, alone.body);
    }
    assert.notEqual((all['orders'] as Json[])[1]?.['lastCharge'], null);

    const page = await list(`${path}?limit=2`);
    assert.deepStrictEqual([named(page['orders'], 'number'), page['next']], [numbers.slice(0, 2), numbers[1]]);
    const rest = await list(`${path}?limit=3&after=${String(page['next'])}`);
    assert.deepStrictEqual(named(rest['orders'], 'number'), named(all['orders'], 'number').slice(2));
    assert.equal(rest['next'], null);
  });

  it('leave out what was never placed', async () => {
    const other = await createCustomer(api);
    const refused = await firstOrder(api, { customerId: other, extras: { user: 5000 } });
    assert.notEqual(refused.status, 201);
    assert.deepStrictEqual(await list(`/v1/customers/${other}/orders`), { orders: [], next: null });
  });

  it('of one service are all that its credentials see', async () => {
    const service = await signIn(api, customerId, services[1]);
    const { orders } = await list(`/v1/customers/${customerId}/orders`, service);
    assert.deepStrictEqual([...new Set(named(orders, 'subscriptionId'))], [services[1]]);
    const stranger = await signIn(api, await createCustomer(api));
    assert.equal((await stranger.get(`/v1/customers/${customerId}/orders`)).status, 404);
  });

  for (const query of ['limit=0', 'limit=101', 'limit=two', 'after=1', 'after=abc', 'before=1000000161']) {
    it(`are not listed for ${query}`, async () => {
      const { status, body } = await api.get(`/v1/customers/${customerId}/orders?${query}`);
      assert.deepStrictEqual([status, body['code']], [400, 'invalid_input']);
    });
  }
});
