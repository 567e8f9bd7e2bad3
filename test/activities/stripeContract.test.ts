/** Every request we make of Stripe, held against Stripe's own description of its API by Stripe's own mock server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import type Stripe from 'stripe';
import { createStripeGateway } from '../../activities/gateway/stripe.ts';
import { EVENTS_READ } from '../../api/stripeEvents.ts';
import { connectStripe, intentMadeFor, intentSearchedFor } from '../../config/stripe.ts';
import { instant } from '../../domain/calendar.ts';
import { startStripeMock, type StripeMock } from '../support/stripeMock.ts';

const AT = instant('2026-03-10T10:00:00+01:00');

describe('Stripe’s own mock', () => {
  let mock: StripeMock;
  let client: Stripe;
  before(async () => {
    mock = await startStripeMock();
    client = connectStripe({ secretKey: 'sk_test_123', apiBase: mock.url });
  });
  after(() => mock.stop());

  const gateway = () =>
    createStripeGateway({
      secretKey: 'sk_test_123',
      apiBase: mock.url,
      publicUrl: 'https://area.example',
      log: pino({ level: 'silent' }),
    });

  for (const kind of ['card', 'paypal'] as const) {
    it(`takes a charge to a ${kind} as we ask for it`, async () => {
      const purpose = { orderNumber: '1000000019', subscriptionId: 'sub_1', methodId: 'pm_1', kind };
      const request = { idempotencyKey: `${kind}-1`, token: 'cus_1:pm_1', purpose, validThrough: null, at: AT };
      // It answers with an example whatever is asked, a charge over 1099 that waits for its method: read, and no capture.
      const answer = await gateway()
        .charge({ ...request, amountMinor: 1099 })
        .catch((error: unknown) => error);
      assert.ok(!(answer instanceof Error) || /currency|euro|is requires_/.test(answer.message), String(answer));
    });
  }

  it('lists charges of a customer with the charge behind each', async () => {
    const [intent] = (await client.paymentIntents.list({ customer: 'cus_1', limit: 1, expand: ['data.latest_charge'] }))
      .data;
    assert.equal(typeof intent?.metadata, 'object');
    assert.equal(typeof intent?.amount_received, 'number');
    assert.equal(await intentMadeFor(client, { customer: 'cus_1', paymentMethod: 'pm_1' }, 'none'), null);
  });

  it('refunds a charge as we ask for it', async () => {
    const refund = { idempotencyKey: 'refund-1', captureId: 'pi_1', amountMinor: 100, at: AT };
    const answer = await gateway()
      .refund({ ...refund })
      .catch((error: unknown) => error);
    // Its example is over 100 in dollars.
    assert.match(String(answer), /is over 100 usd/);
  });

  it('makes customers and setups, tells of methods and disputes, and confirms charges, as we ask for it', async () => {
    const customer = await client.customers.create(
      { metadata: { customerId: 'cus_ours' } },
      { idempotencyKey: 'customer:1' },
    );
    assert.match(customer.id, /^cus_\w+$/);
    const setup = await client.setupIntents.create({
      customer: customer.id,
      usage: 'off_session',
      allowed_payment_method_types: ['paypal'],
      metadata: { customerId: 'cus_ours' },
    });
    assert.equal(typeof setup.client_secret, 'string');
    const method = await client.paymentMethods.retrieve('pm_1');
    assert.deepEqual([typeof method.type, typeof method.card?.last4], ['string', 'string']);
    const dispute = await client.disputes.retrieve('du_1', { expand: ['payment_intent'] });
    assert.deepEqual([typeof dispute.amount, typeof dispute.currency], ['number', 'string']);
    const params = { payment_method: 'pm_1', return_url: 'https://area.example/orders/1' };
    const confirmed = await client.paymentIntents.confirm('pi_1', params);
    assert.equal(typeof confirmed.status, 'string');
    assert.equal(
      (await client.paymentIntents.retrieve('pi_1', { expand: ['latest_charge'] })).object,
      'payment_intent',
    );
  });

  it('makes pages to register a method on, and tells what came of them, as we ask for it', async () => {
    // All but `allowed_payment_method_types`: of sessions, this mock's description is older than the package's own, which has it.
    const session = await client.checkout.sessions.create({
      mode: 'setup',
      customer: 'cus_1',
      currency: 'eur',
      success_url: 'https://area.example/methods/setups/{CHECKOUT_SESSION_ID}',
      cancel_url: 'https://area.example/methods',
      metadata: { customerId: 'cus_ours' },
    });
    assert.match(session.id, /^cs_\w+$/);
    const found = await client.checkout.sessions.retrieve('cs_1', { expand: ['setup_intent.payment_method'] });
    assert.equal(found.object, 'checkout.session');
  });

  it('tells what happened, of charges and refunds of a time, and of what it kept, as we ask for it', async () => {
    const created = { gte: 1_773_136_800, lt: 1_775_136_800 };
    const events = await client.events.list({ created: { gte: created.gte }, types: EVENTS_READ, limit: 100 });
    assert.equal(events.object, 'list');
    assert.equal((await client.events.retrieve('evt_1')).object, 'event');
    const [intent] = (await client.paymentIntents.list({ created, limit: 1 })).data;
    assert.equal(typeof intent?.status, 'string');
    assert.equal((await client.refunds.list({ created, limit: 100 })).object, 'list');
    const refund = await client.refunds.retrieve('re_1', { expand: ['payment_intent'] });
    assert.equal(typeof refund.amount, 'number');
    await client.refunds.update('re_1', { metadata: { refundKey: 'ref_1' } });
    await client.paymentIntents.retrieve('pi_1', { expand: ['latest_charge.balance_transaction'] });
    assert.equal(await intentSearchedFor(client, '1000000019-1'), null);
  });

  it('refuses what is not in the description, so that all the above says something', async () => {
    const params = { customer: 'cus_1', no_such_parameter: 'x' } as Stripe.SetupIntentCreateParams;
    await assert.rejects(client.setupIntents.create(params), { type: 'StripeInvalidRequestError' });
  });
});
