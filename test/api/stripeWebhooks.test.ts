import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ledgerBalances } from '../../db/ledger.ts';
import type { FakeIntent } from '../support/stripeFake.ts';
import { eventually, type Json } from './support/api.ts';
import { untilStatus } from './support/customers.ts';
import { chargedOrder, deliver, SECRETS, startStripeApi, type StripeApi } from './support/stripe.ts';

const SECRET = SECRETS.webhookSecret;

let world: StripeApi;
before(async () => {
  world = await startStripeApi();
});
after(() => world.stop());

const intentOf = (order: Json): FakeIntent => {
  const intent = world.stripe.intents.find(({ metadata }) => metadata['orderNumber'] === order['number']);
  assert.ok(intent, 'nothing was charged');
  return intent;
};

const message = (
  type: string,
  object: Json,
  { at = Date.now(), secret = SECRET, id = undefined as string | undefined } = {},
) => world.stripe.message(type, object, { at, secret, ...(id === undefined ? {} : { id }) });

const succeeded = (intent: FakeIntent) => message('payment_intent.succeeded', world.stripe.told(intent));

async function eventRow(id: string): Promise<Json | undefined> {
  return (await world.api.db('stripe_events').where({ id }).first()) as Json | undefined;
}

async function paymentsOf(order: Json): Promise<Json[]> {
  return (await world.api.db('payments').where('order_number', String(order['number']))) as Json[];
}

/** An order whose charge waits at the bank. */
async function waitingOrder(): Promise<{ order: Json; intent: FakeIntent }> {
  const order = await chargedOrder(world, 'authentication');
  const { body } = await eventually(
    'the bank’s question',
    () => world.api.get(`/v1/orders/${String(order['number'])}`),
    (answer) => JSON.stringify(answer.body['charges'] ?? answer.body).includes('payments/confirm'),
  );
  return { order: body, intent: intentOf(order) };
}

describe('a message that says it is of Stripe', () => {
  const valid = () => message('payment_intent.succeeded', { id: 'pi_none', object: 'payment_intent' });
  const headerAt = (headers: Record<string, string>, value: string) => ({ ...headers, 'stripe-signature': value });

  async function refused(sent: { body: string; headers: Record<string, string>; id: string }, code: string) {
    const answer = await deliver(world, sent);
    assert.deepEqual([answer.status, answer.body['code']], [400, code], JSON.stringify(answer.body));
    assert.equal(await eventRow(sent.id), undefined);
  }

  it('is refused with another secret, without a signature, or with a broken one', async () => {
    await refused(message('payment_intent.succeeded', { id: 'pi_1' }, { secret: 'whsec_2' }), 'signature_wrong');
    const { body, headers, id } = valid();
    for (const value of ['', 'nonsense', 't=,v1=', 't=1', `${headers['stripe-signature']}0`])
      await refused({ id, body, headers: headerAt(headers, value) }, 'signature_wrong');
    const { 'stripe-signature': _signature, ...bare } = headers;
    await refused({ id, body, headers: bare }, 'signature_wrong');
  });

  it('is refused with one byte changed, wherever it is', async () => {
    const { body, headers, id } = valid();
    for (let at = 0; at < body.length; at += 7) {
      const changed = `${body.slice(0, at)}${String.fromCharCode(body.charCodeAt(at) ^ 1)}${body.slice(at + 1)}`;
      await refused({ id, body: changed, headers }, 'signature_wrong');
    }
    await refused({ id, body: `${body} `, headers }, 'signature_wrong');
    await refused({ id, body: '', headers }, 'signature_wrong');
  });

  it('is refused when it was signed too long ago, and taken within the tolerance', async () => {
    await refused(message('invoice.paid', { id: 'in_1' }, { at: Date.now() - 310_000 }), 'signature_too_old');
    assert.equal(
      (await deliver(world, message('invoice.paid', { id: 'in_1' }, { at: Date.now() - 290_000 }))).status,
      200,
    );
  });

  it('is seen by operators when it is refused, counted by day, without a word of what it said', async () => {
    const { body } = await world.api.get('/v1/queue?kind=webhook_refused');
    const reasons = (body['items'] as Json[]).map(({ details }) => (details as Json)['reason']);
    assert.deepEqual(reasons.toSorted(), ['signature_too_old', 'signature_wrong']);
    assert.ok(world.api.logged.some((line) => line.includes('said to be of Stripe')));
    for (const secret of Object.values(SECRETS)) assert.ok(!world.api.logged.join('').includes(secret));
  });

  it('is taken, noted and ignored when it is of a type we do not know', async () => {
    for (const type of ['invoice.paid', 'a.type.of.next.year']) {
      const sent = message(type, { id: 'x_1', customer_details: { email: 'ada@example.com' } });
      const answer = await deliver(world, sent);
      assert.deepEqual([answer.status, answer.body['outcome']], [200, 'ignored']);
      const row = await eventRow(sent.id);
      assert.deepEqual([row?.['type'], row?.['outcome'], row?.['facts']], [type, 'ignored', { id: 'x_1' }]);
    }
  });

  it('has no other method, and a size', async () => {
    assert.equal((await world.api.get('/v1/webhooks/stripe')).status, 405);
    const { body, headers } = message('invoice.paid', { id: 'x'.repeat(1_100_000) });
    assert.equal((await deliver(world, { body, headers })).status, 413);
  });
});

describe('a charge that succeeded', () => {
  it('is the payment that the charge itself entered, whichever is first', async () => {
    const order = await chargedOrder(world, 'approved');
    await untilStatus(world.api, String(order['subscriptionId']), 'active');
    const answer = await deliver(world, succeeded(intentOf(order)));
    assert.deepEqual([answer.status, answer.body['outcome']], [200, 'booked']);
    assert.deepEqual(
      (await paymentsOf(order)).map(({ key, amount_minor: amount }) => [key, amount]),
      [[`stripe:${intentOf(order).id}`, 3050]],
    );
  });

  it('is heard of before the charge’s own answer, which was lost', async () => {
    const order = await chargedOrder(world, 'lost_after');
    await eventually(
      'the charge',
      () => Promise.resolve(world.stripe.intents),
      (all) => all.some(({ metadata }) => metadata['orderNumber'] === order['number']),
    );
    assert.equal((await deliver(world, succeeded(intentOf(order)))).status, 200);
    await untilStatus(world.api, String(order['subscriptionId']), 'active');
    assert.equal((await paymentsOf(order)).length, 1);
  });

  it('counts once however often, and however many at once, it is told', async () => {
    const { order, intent } = await waitingOrder();
    world.stripe.succeed(intent);
    const sent = succeeded(intent);
    const answers = await Promise.all(
      [sent, sent, succeeded(intent), succeeded(intent), sent].map((each) => deliver(world, each)),
    );
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body['outcome']]),
      answers.map(() => [200, 'booked']),
    );
    await untilStatus(world.api, String(order['subscriptionId']), 'active');
    assert.equal((await deliver(world, sent)).body['outcome'], 'booked');
    assert.equal((await paymentsOf(order)).length, 1);
    assert.equal((await world.api.db('stripe_events').where({ id: sent.id })).length, 1);
  });

  it('stores the method, as a first order charged at once does', async () => {
    const { order, intent } = await waitingOrder();
    world.stripe.succeed(intent);
    await deliver(world, succeeded(intent));
    const view = await untilStatus(world.api, String(order['subscriptionId']), 'active');
    assert.equal((view['autoRenewal'] as Json)['on'], true);
  });

  it('is looked up and not believed: an event that comes before its time books nothing', async () => {
    const { order, intent } = await waitingOrder();
    const early = message('payment_intent.succeeded', { ...world.stripe.told(intent), status: 'succeeded' });
    assert.equal((await deliver(world, early)).body['outcome'], 'kept');
    assert.deepEqual(await paymentsOf(order), []);
    world.stripe.succeed(intent);
    // Sent again, now that it is true.
    assert.equal((await deliver(world, early)).body['outcome'], 'booked');
    assert.equal((await paymentsOf(order)).length, 1);
  });

  it('told after its failure, or its failure after it, moves the same', async () => {
    const { order, intent } = await waitingOrder();
    const failed = () => message('payment_intent.payment_failed', world.stripe.told(intent));
    assert.equal((await deliver(world, failed())).body['outcome'], 'noted');
    assert.deepEqual(await paymentsOf(order), []);
    world.stripe.succeed(intent);
    assert.equal((await deliver(world, succeeded(intent))).body['outcome'], 'booked');
    assert.equal((await deliver(world, failed())).body['outcome'], 'noted');
    assert.equal((await paymentsOf(order)).length, 1);
  });

  it('of another program on the same account is not ours', async () => {
    const { intent } = await waitingOrder();
    const other: FakeIntent = { ...intent, id: 'pi_other', metadata: { shop: 'elsewhere' } };
    world.stripe.intents.push(other);
    world.stripe.succeed(other);
    assert.equal((await deliver(world, succeeded(other))).body['outcome'], 'ignored');
  });

  it('in another currency is kept for an operator, and not booked', async () => {
    const { order, intent } = await waitingOrder();
    world.stripe.succeed(intent);
    intent.currency = 'usd';
    const sent = succeeded(intent);
    assert.equal((await deliver(world, sent)).body['outcome'], 'kept');
    assert.deepEqual(await paymentsOf(order), []);
    const { body } = await world.api.get('/v1/queue?kind=gateway_event');
    const item = (body['items'] as Json[]).find(({ id }) => id === sent.id);
    assert.equal((item?.['details'] as Json)['reason'], 'amount_mismatch');
    const seen = await world.api.post(`/v1/queue/gateway_event/${sent.id}/acknowledgement`, { note: 'Asked Stripe.' });
    assert.equal(seen.status, 200, JSON.stringify(seen.body));
  });

  it('for an order that is not there waits as unmatched', async () => {
    const { intent } = await waitingOrder();
    const lost: FakeIntent = {
      ...intent,
      id: 'pi_lost',
      metadata: { ...intent.metadata, orderNumber: '999999999999' },
    };
    world.stripe.intents.push(lost);
    world.stripe.succeed(lost);
    assert.equal((await deliver(world, succeeded(lost))).body['outcome'], 'booked');
    const { body } = await world.api.get('/v1/payments/stripe%3Api_lost');
    assert.deepEqual([body['status'], body['unmatchedReason']], ['unmatched', 'unknown_order']);
  });

  it('cannot be looked up while Stripe is away: the event is to be sent again', async () => {
    const { order, intent } = await waitingOrder();
    world.stripe.succeed(intent);
    const sent = succeeded(intent);
    world.stripe.isAway = true;
    try {
      assert.equal((await deliver(world, sent)).status, 503);
    } finally {
      world.stripe.isAway = false;
    }
    assert.deepEqual(await paymentsOf(order), []);
    assert.equal((await eventRow(sent.id))?.['outcome'], 'received');
    assert.equal((await deliver(world, sent)).body['outcome'], 'booked');
    assert.equal((await paymentsOf(order)).length, 1);
  });
});

describe('money that goes back at Stripe', () => {
  async function paid(): Promise<{ order: Json; intent: FakeIntent }> {
    const order = await chargedOrder(world, 'approved');
    await untilStatus(world.api, String(order['subscriptionId']), 'active');
    return { order, intent: intentOf(order) };
  }

  it('by a dispute is taken back from what it paid, once', async () => {
    const { intent } = await paid();
    const id = String(intent.charge?.id).replace('ch_', 'du_');
    const dispute = { id, object: 'dispute', amount: 3050, currency: 'eur', payment_intent: intent.id };
    const sent = message('charge.dispute.funds_withdrawn', dispute);
    const answers = await Promise.all([deliver(world, sent), deliver(world, sent)]);
    assert.deepEqual(
      answers.map(({ body }) => body['outcome']),
      ['booked', 'booked'],
    );
    const rows: Json[] = await world.api.db('reversals').where('payment_key', `stripe:${intent.id}`);
    assert.deepEqual(
      rows.map(({ key, amount_minor: amount, reason }) => [key, amount, reason]),
      [[`stripe:${id}`, 3050, 'chargeback']],
    );
    const won = await deliver(world, message('charge.dispute.funds_reinstated', dispute));
    assert.equal(won.body['outcome'], 'booked');
  });

  it('by a refund of ours is noted; one made by hand there, or one that failed, is kept', async () => {
    const { intent } = await paid();
    const refund = { id: 're_1', object: 'refund', amount: 100, currency: 'eur', payment_intent: intent.id };
    const ours = { ...refund, metadata: { refundKey: 'refund-1' } };
    for (const [type, object, outcome] of [
      ['refund.created', ours, 'noted'],
      ['refund.updated', ours, 'noted'],
      ['charge.refunded', { id: intent.charge?.id, object: 'charge' }, 'noted'],
      ['refund.created', { ...refund, metadata: {} }, 'kept'],
      ['refund.failed', ours, 'kept'],
    ] as const)
      assert.equal((await deliver(world, message(type, object))).body['outcome'], outcome, type);
  });
});

it('in the end the ledger balances', async () => {
  const balances = await ledgerBalances(world.api.db);
  const sum = Object.values(balances as unknown as Record<string, number>).reduce(
    (total, each) => total + Number(each),
    0,
  );
  assert.equal(sum, 0);
});
