import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { FakeIntent, FakeSession } from '../support/stripeFake.ts';
import { eventually, startApi, type Json } from './support/api.ts';
import { createCustomer, firstOrder, untilStatus } from './support/customers.ts';
import { chargedOrder, customerWith, deliver, SECRETS, startStripeApi, type StripeApi } from './support/stripe.ts';

let world: StripeApi;
before(async () => {
  world = await startStripeApi();
});
after(() => world.stop());

describe('the gateway', () => {
  it('tells a browser what it needs to register a card, and nothing that is secret', async () => {
    const { body } = await world.api.as(null).get('/v1/gateway');
    const setups = '/v1/customers/{id}/payment-method-setups';
    assert.deepEqual(body, {
      name: 'stripe',
      publishableKey: 'pk_test_1',
      setups,
      types: ['card', 'paypal'],
      cards: [],
      paypal: [],
    });
  });
});

describe('a card', () => {
  it('is registered through a setup, and shown as Stripe knows it', async () => {
    const { method } = await customerWith(world, 'approved');
    const { brand, last4, validThrough, label, type } = method;
    assert.deepEqual(
      { brand, last4, validThrough, label, type },
      { brand: 'Visa', last4: '4242', validThrough: '2042-04', label: 'Visa •••• 4242, 04/42', type: 'card' },
    );
    assert.doesNotMatch(JSON.stringify(method), /pm_fake|cus_fake/);
  });

  it('is what Stripe says, whatever the customer says', async () => {
    const { customerId } = await customerWith(world, 'approved');
    const customer = world.stripe.customers.at(-1) ?? '';
    const { paymentMethod: token } = world.stripe.register('approved', { customer });
    const told = { brand: 'Amex', last4: '0001', validThrough: '2049-01', label: 'Mine' };
    const { body } = await world.api.post(`/v1/customers/${customerId}/payment-methods`, {
      type: 'card',
      token,
      ...told,
    });
    assert.deepEqual([body['brand'], body['last4'], body['validThrough']], ['Visa', '4242', '2042-04']);
  });

  it('is one customer at Stripe for each of ours, however often they begin', async () => {
    const customerId = await createCustomer(world.api);
    const before = world.stripe.customers.length;
    const begin = () => world.api.post(`/v1/customers/${customerId}/payment-method-setups`, {});
    const answers = await Promise.all([begin(), begin(), begin()]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201],
    );
    assert.equal(world.stripe.customers.length, before + 1);
    assert.deepEqual(Object.keys(answers[0]?.body ?? {}).toSorted(), ['clientSecret', 'publishableKey']);
  });

  it('of somebody else, of another kind, or that is not there, is refused', async () => {
    const one = await customerWith(world, 'approved');
    const other = await customerWith(world, 'approved');
    const fresh = await createCustomer(world.api);
    for (const [customerId, type, token] of [
      [other.customerId, 'card', one.paymentMethod],
      [fresh, 'card', one.paymentMethod],
      [one.customerId, 'paypal', one.paymentMethod],
      [one.customerId, 'card', 'pm_none'],
      [one.customerId, 'card', 'tok_approved'],
      [one.customerId, 'card', `${world.stripe.customers[0]}:${one.paymentMethod}`],
    ]) {
      const { status, body } = await world.api.post(`/v1/customers/${customerId}/payment-methods`, { type, token });
      assert.deepEqual([status, body['code']], [422, 'method_unknown'], token);
      assert.equal((body['errors'] as Json[])[0]?.['field'], 'token');
    }
    const paymentMethod = { type: 'card', token: one.paymentMethod };
    const { status, body } = await firstOrder(world.api, { customerId: other.customerId, paymentMethod });
    assert.deepEqual([status, (body['errors'] as Json[])[0]?.['field']], [422, 'paymentMethod.token']);
  });

  it('cannot be registered while Stripe is away, or where another gateway is in use', async () => {
    const customerId = await createCustomer(world.api);
    const begin = () => world.api.post(`/v1/customers/${customerId}/payment-method-setups`, {});
    world.stripe.isAway = true;
    try {
      const { status, body } = await begin();
      assert.deepEqual([status, body['code']], [503, 'temporarily_unavailable']);
    } finally {
      world.stripe.isAway = false;
    }
    assert.equal((await begin()).status, 201);
    const sandbox = await startApi({ beside: world.api });
    try {
      const { status, body } = await sandbox.post(`/v1/customers/${customerId}/payment-method-setups`, {});
      assert.deepEqual([status, body['code']], [409, 'method_setup_not_offered']);
      assert.equal((await sandbox.as(null).post('/v1/webhooks/stripe', {})).status, 401);
    } finally {
      await sandbox.stop();
    }
  });
});

describe('a card registered on Stripe’s own page', () => {
  async function begun(): Promise<{ customerId: string; path: string; id: string; session: FakeSession }> {
    const customerId = await createCustomer(world.api);
    const setups = `/v1/customers/${customerId}/payment-method-setups`;
    const { status, body } = await world.api.post(setups, { type: 'card', returnTo: '/orders/1000000137/pay' });
    assert.equal(status, 201, JSON.stringify(body));
    const session = world.stripe.sessions.at(-1);
    assert.ok(session);
    assert.deepEqual(body, { setupId: session.id, continueAt: `${world.stripe.url}/pay/${session.id}` });
    return { customerId, path: `${setups}/${session.id}`, id: session.id, session };
  }

  const wallet = async (customerId: string): Promise<Json[]> =>
    (await world.api.get(`/v1/customers/${customerId}/payment-methods`)).body['paymentMethods'] as Json[];

  async function heard(id: string): Promise<unknown> {
    const at = { at: Date.now(), secret: SECRETS.webhookSecret };
    const sent = world.stripe.message(
      'checkout.session.completed',
      { id, object: 'checkout.session', mode: 'setup' },
      at,
    );
    return (await deliver(world, sent)).body['outcome'];
  }

  it('is in the wallet once its customer came back, and once only', async () => {
    const { customerId, path, session } = await begun();
    assert.equal((await world.api.get(path)).body['status'], 'open');
    assert.equal((await world.api.post(`${path}/completion`, {})).body['status'], 'open');
    world.stripe.complete(session);
    const complete = await world.api.get(path);
    assert.deepEqual([complete.body['status'], complete.body['continueAt']], ['complete', null]);
    assert.deepEqual(await wallet(customerId), []);
    const done = await Promise.all([1, 2, 3].map(() => world.api.post(`${path}/completion`, {})));
    const [method, ...others] = await wallet(customerId);
    assert.deepEqual(others, []);
    for (const { body } of done)
      assert.deepEqual(
        [body['status'], body['methodId'], body['returnTo']],
        ['registered', method?.['methodId'], '/orders/1000000137/pay'],
      );
  });

  it('is in the wallet where its customer does not come back, and stays out of it once it was removed', async () => {
    const { customerId, path, id, session } = await begun();
    assert.equal(await heard(id), 'ignored');
    world.stripe.complete(session);
    assert.equal(await heard(id), 'noted');
    const [method] = await wallet(customerId);
    assert.equal(method?.['brand'], 'Visa');
    await world.api.send('DELETE', `/v1/customers/${customerId}/payment-methods/${String(method?.['methodId'])}`);
    assert.equal(await heard(id), 'noted');
    await world.api.post(`${path}/completion`, {});
    assert.deepEqual(await wallet(customerId), []);
  });

  it('is nobody else’s to see or to take, and leads nowhere but to our own pages', async () => {
    const { path, id, session } = await begun();
    world.stripe.complete(session);
    const other = await createCustomer(world.api);
    for (const wrong of [
      `/v1/customers/${other}/payment-method-setups/${id}`,
      path.replace(id, 'cs_none'),
      path.replace(id, 'x'),
    ]) {
      const { status, body } = await world.api.get(wrong);
      assert.deepEqual([status, body['code']], [404, 'method_setup_unknown'], wrong);
      assert.equal((await world.api.post(`${wrong}/completion`, {})).status, 404);
    }
    assert.equal(await heard('cs_of_another_program'), 'ignored');
    for (const returnTo of ['https://evil.example', '//evil.example', 'orders', '/\\evil.example', '/a b', '/#x']) {
      const { status } = await world.api.post(`/v1/customers/${other}/payment-method-setups`, { returnTo });
      assert.equal(status, 400, returnTo);
    }
  });

  it('was not registered where its page was left or given up', async () => {
    const { path, session } = await begun();
    session.status = 'expired';
    const { body } = await world.api.post(`${path}/completion`, {});
    assert.deepEqual([body['status'], body['methodId']], ['failed', null]);
  });
});

describe('a PayPal account', () => {
  it('is shown by its payer’s masked address', async () => {
    const { method } = await customerWith(world, 'approved', 'paypal');
    assert.deepEqual([method['type'], method['label']], ['paypal', 'm•••@example.com']);
  });

  it('pays a first order, which is active as soon as the charge is through', async () => {
    const { customerId, method } = await customerWith(world, 'approved', 'paypal');
    const { body } = await firstOrder(world.api, { customerId, paymentMethod: { methodId: method['methodId'] } });
    await untilStatus(world.api, String(body['subscriptionId']), 'active');
    const order = await world.api.get(`/v1/orders/${String(body['number'])}`);
    assert.deepEqual(order.body['due'], { amountMinor: 0, currency: 'EUR' });
  });
});

describe('a charge the bank asks about', () => {
  async function waiting(): Promise<{ order: Json; intent: FakeIntent; path: string }> {
    const order = await chargedOrder(world, 'authentication');
    const intent = await eventually(
      'the charge',
      () => Promise.resolve(world.stripe.intents.find(({ metadata }) => metadata['orderNumber'] === order['number'])),
      (found) => found !== undefined,
    );
    assert.ok(intent);
    const path = `/v1/confirmations/${String(order['number'])}-1`;
    await eventually(
      'the attempt',
      () => world.api.get(path),
      ({ status }) => status === 200,
    );
    return { order, intent, path };
  }

  it('is confirmed by its customer, who goes on at the bank’s page and comes back', async () => {
    const { order, intent, path } = await waiting();
    const first = await world.api.get(path);
    const shown = { orderNumber: order['number'], amount: { amountMinor: 3050, currency: 'EUR' } };
    assert.deepEqual(first.body, { ...shown, status: 'waiting', continueAt: null });
    const answer = await world.api.post(path, {});
    const continueAt = `https://hooks.stripe.test/redirect/${intent.id}`;
    assert.deepEqual(answer.body, { ...shown, status: 'waiting', continueAt });
    assert.equal(intent.returnUrl, `https://area.example/orders/${String(order['number'])}`);
    // A second click leads to the same page.
    assert.deepEqual((await world.api.post(path, {})).body, answer.body);
    world.stripe.succeed(intent);
    // Also where the webhook does not come.
    assert.equal((await world.api.post(path, {})).body['status'], 'captured');
    await untilStatus(world.api, String(order['subscriptionId']), 'active');
    const rows: unknown[] = await world.api.db('payments').where('order_number', String(order['number']));
    assert.equal(rows.length, 1);
  });

  it('is nobody else’s to see, and nothing to guess', async () => {
    const { path } = await waiting();
    assert.equal((await world.api.as(null).get(path)).status, 401);
    for (const wrong of ['/v1/confirmations/none', path.replace(/-1$/, '-2')]) {
      const { status, body } = await world.api.get(wrong);
      assert.deepEqual([status, body['code']], [404, 'confirmation_unknown']);
    }
  });

  it('is not asked for again once its order no longer waits', async () => {
    const { order, path } = await waiting();
    const cancelled = await world.api.post(`/v1/orders/${String(order['number'])}/cancel`, {});
    assert.equal(cancelled.status, 200, JSON.stringify(cancelled.body));
    const { status, body } = await world.api.post(path, {});
    assert.deepEqual([status, body['code']], [409, 'order_not_unpaid']);
  });
});
