/** What Stripe's messages did not bring is found: by its list of events, and past their thirty days by charge and refund. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { exclusively } from '../../db/exclusive.ts';
import type { FakeIntent } from '../support/stripeFake.ts';
import { customerWithAccount } from './support/accounts.ts';
import { eventually, type Json } from './support/api.ts';
import { untilStatus } from './support/customers.ts';
import { chargedOrder, deliver, SECRETS, startStripeApi, type StripeApi } from './support/stripe.ts';

const DAY_S = 86_400;

let world: StripeApi;
before(async () => {
  world = await startStripeApi();
});
after(() => world.stop());
beforeEach(async () => {
  world.stripe.events.length = 0;
  world.stripe.refunds.length = 0;
  await world.api.db('stripe_catch_up').delete();
});

const now = (): number => Math.floor(Date.now() / 1000);
const catchUp = () => world.api.post('/v1/gateway/catch-up', {});

let events = 0;

/** An event of which no message came. */
function unheard(type: string, object: Json, created = now() - 60): string {
  events += 1;
  const id = `evt_unheard${events}`;
  world.stripe.events.push({ id, type, created, ...{ object: 'event', data: { object } } });
  return id;
}

/** An order whose charge waited at the bank and went through there, which nobody told us. */
async function confirmed(): Promise<{ order: Json; intent: FakeIntent }> {
  const order = await chargedOrder(world, 'authentication');
  await eventually(
    'the bank’s question',
    () => world.api.get(`/v1/orders/${String(order['number'])}`),
    ({ body }) => JSON.stringify(body).includes('payments/confirm'),
  );
  const intent = world.stripe.intents.find(({ metadata }) => metadata['orderNumber'] === order['number']);
  assert.ok(intent);
  world.stripe.succeed(intent);
  return { order, intent };
}

async function paymentsOf(order: Json): Promise<unknown[]> {
  return world.api.db('payments').where('order_number', String(order['number']));
}

async function eventRow(id: string): Promise<Json | undefined> {
  return (await world.api.db('stripe_events').where({ id }).first()) as Json | undefined;
}

async function caughtUpTo(daysAgo: number): Promise<void> {
  const at = new Date(Date.now() - daysAgo * DAY_S * 1000);
  await world.api.db('stripe_catch_up').insert({ caught_up_to: at, finished_at: at }).onConflict('id').merge();
}

describe('catching up with Stripe', () => {
  it('finds money whose message never came, once, and a message that comes after all changes nothing', async () => {
    const { order, intent } = await confirmed();
    const id = unheard('payment_intent.succeeded', { id: intent.id });
    const first = await catchUp();
    assert.equal(first.status, 200, JSON.stringify(first.body));
    assert.deepEqual(first.body['heard'], { booked: 1 });
    await untilStatus(world.api, String(order['subscriptionId']), 'active');
    const again = await catchUp();
    assert.deepEqual([again.body['heard'], again.body['gap']], [{}, null]);
    const { webhookSecret: secret } = SECRETS;
    const sent = world.stripe.message('payment_intent.succeeded', { id: intent.id }, { at: Date.now(), secret, id });
    assert.equal((await deliver(world, sent)).body['outcome'], 'booked');
    assert.equal((await paymentsOf(order)).length, 1);
  });

  it('takes refunds, disputes and registrations too, over several pages, newest first or not', async () => {
    const { order, intent } = await confirmed();
    unheard('charge.dispute.funds_withdrawn', { id: String(intent.charge?.id).replace('ch_', 'du_') }, now() - 200);
    for (let more = 0; more < 230; more++)
      unheard('charge.updated', { id: `ch_${more}`, payment_intent: null }, now() - 150);
    unheard('payment_intent.succeeded', { id: intent.id }, now() - 100);
    const { body } = await catchUp();
    assert.deepEqual([body['events'], body['heard']], [232, { booked: 2, ignored: 230 }]);
    await eventually(
      'both',
      () => world.api.db('reversals').where('payment_key', `stripe:${intent.id}`),
      (rows) => (rows as Json[])[0]?.['placed_minor'] === 3050,
    );
    assert.equal((await paymentsOf(order)).length, 1);
  });

  it('takes a refund made by hand that is listed, as the newer one, before its charge', async () => {
    const { order, intent } = await confirmed();
    unheard('payment_intent.succeeded', { id: intent.id }, now() - 200);
    const { id } = world.stripe.refundByHand(intent, 1000);
    unheard('refund.created', { id, metadata: {} }, now() - 100);
    assert.deepEqual((await catchUp()).body['heard'], { booked: 2 });
    const { body } = await world.api.get(`/v1/refunds?orderNumber=${String(order['number'])}`);
    assert.equal((body['refunds'] as Json[]).length, 1);
    assert.equal((await paymentsOf(order)).length, 1);
  });

  it('is not held up by what Stripe will not do: the rest is taken, and that stays in the queue', async () => {
    const refunded = await confirmed();
    const { id } = world.stripe.refundByHand(refunded.intent, 1000);
    world.stripe.refused.add(id);
    const { order, intent } = await confirmed();
    unheard('payment_intent.succeeded', { id: intent.id }, now() - 200);
    const stuck = unheard('refund.created', { id, metadata: {} }, now() - 100);
    for (const failed of [1, 1]) {
      const { status, body } = await catchUp();
      assert.deepEqual([status, body['failed']], [200, failed], JSON.stringify(body));
    }
    assert.equal((await paymentsOf(order)).length, 1);
    assert.equal((await eventRow(stuck))?.['outcome'], 'received');
    world.stripe.refused.delete(id);
    assert.deepEqual((await catchUp()).body['heard'], { booked: 1 });
  });

  it('begins where it ended, and no earlier than Stripe remembers', async () => {
    await caughtUpTo(2);
    const old = unheard('invoice.paid', { id: 'in_1' }, now() - DAY_S);
    const before = unheard('charge.updated', { id: 'ch_a', payment_intent: null }, now() - 3 * DAY_S);
    const since = unheard('charge.updated', { id: 'ch_b', payment_intent: null }, now() - DAY_S);
    await catchUp();
    assert.deepEqual([await eventRow(old), await eventRow(before)], [undefined, undefined]);
    assert.equal((await eventRow(since))?.['outcome'], 'ignored');
    const [row]: Json[] = await world.api.db('stripe_catch_up').select('caught_up_to');
    assert.ok(Number(row?.['caught_up_to']) > Date.now() - 60_000);
  });

  it('goes on with what a crash left half-way, and with what failed', async () => {
    const { order, intent } = await confirmed();
    const id = unheard('payment_intent.succeeded', { id: intent.id }, now() - 3 * 3600);
    await world.api
      .db('stripe_events')
      .insert({ id, type: 'payment_intent.succeeded', received_at: new Date(), outcome: 'received' });
    await caughtUpTo(0);
    assert.deepEqual((await catchUp()).body['heard'], { booked: 1 });
    assert.equal((await paymentsOf(order)).length, 1);
  });

  it('ends where Stripe is away, and begins at the same place when it is back', async () => {
    const { order, intent } = await confirmed();
    await caughtUpTo(1);
    unheard('payment_intent.succeeded', { id: intent.id });
    world.stripe.isAway = true;
    try {
      const { status, body } = await catchUp();
      assert.deepEqual([status, body['code']], [503, 'temporarily_unavailable']);
    } finally {
      world.stripe.isAway = false;
    }
    const [row]: Json[] = await world.api.db('stripe_catch_up').select('caught_up_to');
    assert.ok(Number(row?.['caught_up_to']) < Date.now() - (DAY_S - 60) * 1000);
    assert.deepEqual((await catchUp()).body['heard'], { booked: 1 });
    assert.equal((await paymentsOf(order)).length, 1);
  });

  it('finds what is older than any event by charge and refund, and tells an operator of the time in between', async () => {
    const { order, intent } = await confirmed();
    Object.assign(intent, { created: now() - 35 * DAY_S });
    const others = await confirmed();
    Object.assign(others.intent, { created: now() - 35 * DAY_S, metadata: { shop: 'elsewhere' } });
    await caughtUpTo(40);
    const { body } = await catchUp();
    assert.equal((body['gap'] as Json)['found'], 1);
    assert.equal((await paymentsOf(order)).length, 1);
    assert.equal((await paymentsOf(others.order)).length, 0);
    const queue = await world.api.get('/v1/queue?kind=gateway_event&limit=200');
    const item = (queue.body['items'] as Json[]).find(
      ({ details }) => (details as Json)['reason'] === 'events_forgotten',
    );
    assert.equal((item?.['details'] as Json)['found'], 1);
  });

  it('is not held up by an old charge that Stripe will not tell of', async () => {
    const [refused, told] = [await confirmed(), await confirmed()];
    for (const { intent } of [refused, told]) Object.assign(intent, { created: now() - 36 * DAY_S });
    world.stripe.refused.add(refused.intent.id);
    await caughtUpTo(38);
    const { status } = await catchUp();
    world.stripe.refused.clear();
    assert.equal(status, 200);
    assert.deepEqual([(await paymentsOf(refused.order)).length, (await paymentsOf(told.order)).length], [0, 1]);
  });

  it('is done by one at a time', async () => {
    const { status, body } =
      (await exclusively(world.api.db, 'rinnovo stripe events', () => catchUp())) ?? assert.fail();
    assert.deepEqual([status, body['code']], [409, 'catch_up_running']);
    const answers = await Promise.all([catchUp(), catchUp()]);
    assert.ok(answers.some((each) => each.status === 200));
    assert.ok(answers.every((each) => [200, 409].includes(each.status)));
  });

  it('is for operators alone', async () => {
    const { token } = await customerWithAccount(world.api);
    assert.equal((await world.api.as(token).post('/v1/gateway/catch-up', {})).status, 403);
    assert.equal((await world.api.as(null).post('/v1/gateway/catch-up', {})).status, 401);
  });
});
