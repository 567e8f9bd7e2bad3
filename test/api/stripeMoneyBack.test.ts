/** Money that goes back at Stripe, and what Stripe keeps: disputes lost and won, refunds made by hand, fees. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { createStripeGateway } from '../../activities/gateway/stripe.ts';
import { payRefund } from '../../activities/payRefund.ts';
import { checkLedger } from '../../db/ledgerCheck/check.ts';
import { ledgerBalances } from '../../db/ledger.ts';
import type { Instant } from '../../domain/calendar.ts';
import type { FakeIntent } from '../support/stripeFake.ts';
import { eventually, type Json } from './support/api.ts';
import { untilStatus } from './support/customers.ts';
import { chargedOrder, deliver, SECRETS, startStripeApi, type StripeApi } from './support/stripe.ts';

let world: StripeApi;
before(async () => {
  world = await startStripeApi();
});
after(() => world.stop());

const told = (type: string, object: Json) =>
  deliver(world, world.stripe.message(type, object, { at: Date.now(), secret: SECRETS.webhookSecret }));

async function paid(): Promise<{ number: string; subscriptionId: string; intent: FakeIntent }> {
  const order = await chargedOrder(world, 'approved');
  const subscriptionId = String(order['subscriptionId']);
  await untilStatus(world.api, subscriptionId, 'active');
  const intent = world.stripe.intents.find(({ metadata }) => metadata['orderNumber'] === order['number']);
  assert.ok(intent);
  return { number: String(order['number']), subscriptionId, intent };
}

const disputeOf = (intent: FakeIntent): string => String(intent.charge?.id).replace('ch_', 'du_');
const orderOf = async (number: string): Promise<Json> => (await world.api.get(`/v1/orders/${number}`)).body;
const cents = (amount: unknown): number => (amount as { amountMinor: number }).amountMinor;
const balances = () => ledgerBalances(world.api.db);

/** What the worker's job does once the service has heard of a refund. */
async function payOut(refunds: () => Promise<Json[]>): Promise<void> {
  const due = await eventually('the service to hear', refunds, (all) => all.every(({ told }) => told === true));
  const log = pino({ level: 'silent' });
  const access = { ...SECRETS, apiBase: world.stripe.url, publicUrl: 'https://area.example' };
  const gateway = createStripeGateway({ ...access, log });
  const clock = (): Instant => Date.now() as Instant;
  for (const { id } of due) await payRefund({ db: world.api.db, gateway, log, clock }, String(id));
}

describe('a dispute', () => {
  it('that is won brings the money back, once, as a payment of its own', async () => {
    const { number, intent } = await paid();
    const before = (await balances())['cash:card'] ?? 0;
    const dispute = { id: disputeOf(intent), object: 'dispute' };
    assert.equal((await told('charge.dispute.funds_withdrawn', dispute)).body['outcome'], 'booked');
    await eventually('the money to be out', balances, (now) => now['cash:card'] === before - 3050);
    for (const _time of [1, 2]) {
      const { body } = await told('charge.dispute.funds_reinstated', dispute);
      assert.equal(body['outcome'], 'booked');
    }
    await eventually('the money to be back', balances, (now) => now['cash:card'] === before);
    const keys: Json[] = await world.api
      .db('payments')
      .where('order_number', number)
      .orderBy('recorded_at')
      .select('key');
    assert.deepEqual(
      keys.map(({ key }) => key),
      [`stripe:${intent.id}`, `stripe:${dispute.id}-reinstated`],
    );
    const payment = await world.api.get(`/v1/payments/${encodeURIComponent(`stripe:${dispute.id}-reinstated`)}`);
    assert.equal(payment.status, 200);
  });

  it('that is lost, or only opened and closed, moves nothing more', async () => {
    const { intent } = await paid();
    const dispute = { id: disputeOf(intent), object: 'dispute', status: 'lost' };
    for (const type of ['charge.dispute.created', 'charge.dispute.updated'])
      assert.equal((await told(type, dispute)).body['outcome'], 'noted');
    assert.equal((await told('charge.dispute.funds_withdrawn', dispute)).body['outcome'], 'booked');
    const rows = () => world.api.db('reversals').where('payment_key', `stripe:${intent.id}`);
    assert.equal((await rows()).length, 1);
    assert.equal((await told('charge.dispute.closed', dispute)).body['outcome'], 'noted');
    assert.equal((await rows()).length, 1);
  });

  it('over a part takes that part, and in another currency is kept for an operator', async () => {
    const { intent } = await paid();
    world.stripe.disputes.set(disputeOf(intent), { amount: 1000 });
    assert.equal((await told('charge.dispute.funds_withdrawn', { id: disputeOf(intent) })).body['outcome'], 'booked');
    const [row]: Json[] = await world.api.db('reversals').where('payment_key', `stripe:${intent.id}`);
    assert.equal(row?.['amount_minor'], 1000);
    const other = await paid();
    world.stripe.disputes.set(disputeOf(other.intent), { currency: 'usd' });
    for (const type of ['charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated'])
      assert.equal((await told(type, { id: disputeOf(other.intent) })).body['outcome'], 'kept');
    assert.deepEqual(await world.api.db('reversals').where('payment_key', `stripe:${other.intent.id}`), []);
  });
});

describe('a refund made by hand at Stripe', () => {
  it('is a refund like ours, once, whatever tells of it: the service goes on, its customer is told', async () => {
    const { number, subscriptionId, intent } = await paid();
    const cash = (await balances())['cash:card'] ?? 0;
    const made = world.stripe.refundByHand(intent, 1000);
    const object = { id: made.id, object: 'refund', metadata: {} };
    const charge = { id: intent.charge?.id, object: 'charge', payment_intent: intent.id };
    const answers = await Promise.all([
      told('refund.created', object),
      told('refund.created', object),
      told('charge.refunded', charge),
      told('refund.updated', object),
    ]);
    assert.deepEqual(
      answers.map(({ body }) => body['outcome']),
      ['booked', 'booked', 'booked', 'booked'],
    );
    const refunds = async () => (await world.api.get(`/v1/refunds?orderNumber=${number}`)).body['refunds'] as Json[];
    await payOut(refunds);
    const [refund, ...others] = await refunds();
    assert.deepEqual(others, []);
    assert.deepEqual([cents(refund?.['amount']), refund?.['effect'], refund?.['way']], [1000, 'keep', 'original']);
    assert.match(String(refund?.['reason']), new RegExp(made.id));
    // Nothing went back a second time.
    assert.equal(world.stripe.refunds.filter((each) => each.payment_intent === intent.id).length, 1);
    assert.equal((await balances())['cash:card'], cash - 1000);
    const service = await world.api.get(`/v1/subscriptions/${subscriptionId}`);
    assert.equal(service.body['status'], 'active');
    // Another one, of all that is left.
    const rest = world.stripe.refundByHand(intent, 2050);
    assert.equal((await told('refund.created', { id: rest.id, metadata: {} })).body['outcome'], 'booked');
    await payOut(refunds);
    assert.deepEqual(
      (await refunds()).map(({ status }) => status),
      ['paid', 'paid'],
    );
    assert.equal(world.stripe.refunds.filter((each) => each.payment_intent === intent.id).length, 2);
    assert.equal(cents((await orderOf(number))['due']), 0);
  });

  it('is taken over also after a crash between its name and its entry', async () => {
    const { number, intent } = await paid();
    const made = world.stripe.refundByHand(intent, 500);
    const object = { id: made.id, metadata: {} };
    await told('refund.created', object);
    const { refundKey } = made.metadata;
    assert.match(refundKey ?? '', /^ref_/);
    // Told again as Stripe has it now: with our name on it.
    const again = { id: made.id, metadata: { refundKey: String(refundKey) } };
    assert.equal((await told('refund.updated', again)).body['outcome'], 'booked');
    const { body } = await world.api.get(`/v1/refunds?orderNumber=${number}`);
    assert.equal((body['refunds'] as Json[]).length, 1);
  });

  it('that failed, is in another currency, or is of money that is gone, is not booked', async () => {
    const { number, intent } = await paid();
    const failed = world.stripe.refundByHand(intent, 100);
    failed.status = 'failed';
    assert.equal((await told('refund.created', { id: failed.id, metadata: {} })).body['outcome'], 'noted');
    const foreign = world.stripe.refundByHand(intent, 100);
    foreign.currency = 'usd';
    assert.equal((await told('refund.created', { id: foreign.id, metadata: {} })).body['outcome'], 'kept');
    assert.equal((await told('charge.dispute.funds_withdrawn', { id: disputeOf(intent) })).body['outcome'], 'booked');
    await eventually(
      'the money to be out',
      () => orderOf(number),
      (order) => cents(order['received']) === 0,
    );
    const late = world.stripe.refundByHand(intent, 100);
    assert.equal((await told('refund.created', { id: late.id, metadata: {} })).body['outcome'], 'kept');
    const { body } = await world.api.get(`/v1/refunds?orderNumber=${number}`);
    assert.deepEqual(body['refunds'], []);
    const queue = await world.api.get('/v1/queue?kind=gateway_event&limit=200');
    const reasons = (queue.body['items'] as Json[]).map(({ details }) => (details as Json)['reason']);
    for (const reason of ['amount_mismatch', 'refund_of_nothing']) assert.ok(reasons.includes(reason), reason);
  });
});

describe('what Stripe keeps of a charge', () => {
  it('is booked once it is told, once, and takes nothing off what the customer paid', async () => {
    const { number, intent } = await paid();
    const before = await balances();
    const succeeded = () => told('payment_intent.succeeded', world.stripe.told(intent));
    assert.equal((await succeeded()).body['outcome'], 'booked');
    assert.equal((await balances())['fees:stripe'], before['fees:stripe']);
    world.stripe.fee = 78;
    try {
      const charge = { id: intent.charge?.id, object: 'charge', status: 'succeeded', payment_intent: intent.id };
      await Promise.all([told('charge.updated', charge), told('charge.updated', charge), succeeded()]);
    } finally {
      world.stripe.fee = null;
    }
    const now = await balances();
    assert.equal((now['fees:stripe'] ?? 0) - (before['fees:stripe'] ?? 0), 78);
    assert.equal((now['cash:card'] ?? 0) - (before['cash:card'] ?? 0), -78);
    assert.equal(cents((await orderOf(number))['received']), 3050);
    const charge = { id: 'ch_other', object: 'charge', status: 'succeeded', payment_intent: null };
    assert.equal((await told('charge.updated', charge)).body['outcome'], 'ignored');
  });
});

it('in the end the ledger agrees with everything', async () => {
  const report = await checkLedger(world.api.db);
  assert.deepEqual(report.differences, []);
});
