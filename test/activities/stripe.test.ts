import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { charge } from '../../activities/charge.ts';
import type { ChargeInput } from '../../activities/contract.ts';
import { GatewayUnreachableError, type ChargeRequest, type PaymentGateway } from '../../activities/gateway/port.ts';
import { createStripeGateway } from '../../activities/gateway/stripe.ts';
import { createCustomer } from '../../db/customers.ts';
import { openDatabase, type Db } from '../../db/database.ts';
import { storeMethod } from '../../db/paymentMethods.ts';
import { findPayment } from '../../db/payments.ts';
import { instant } from '../../domain/calendar.ts';
import { chargeReason } from '../../domain/chargeReasons.ts';
import { freePort, freshDatabase, type FreshDatabase } from '../support/services.ts';
import { StripeFake, type Behaviour } from '../support/stripeFake.ts';

const SECRET = 'sk_test_secret123';
const AT = instant('2026-03-10T10:00:00+01:00');

describe('the Stripe gateway', () => {
  let stripe: StripeFake;
  let gateway: PaymentGateway;
  let logged: string[] = [];
  before(async () => {
    stripe = await new StripeFake().start();
    gateway = gatewayAt(stripe.url);
  });
  after(() => stripe.stop());
  beforeEach(() => {
    stripe.isAway = false;
    logged = [];
  });

  function gatewayAt(apiBase: string): PaymentGateway {
    const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
    return createStripeGateway({ secretKey: SECRET, apiBase, publicUrl: 'https://area.example/', log });
  }

  function requestTo(token: string, amountMinor = 3050): ChargeRequest {
    const orderNumber = randomUUID();
    const purpose = { orderNumber, subscriptionId: 'sub_1', methodId: 'pm_1', kind: 'card' as const };
    return { idempotencyKey: `${orderNumber}-1`, token, purpose, validThrough: null, amountMinor, at: AT };
  }

  const chargeTo = (behaviour: Behaviour) => gateway.charge(requestTo(stripe.register(behaviour).token));
  const found = ({ idempotencyKey, token, amountMinor }: ChargeRequest) =>
    gateway.find({ idempotencyKey, token, amountMinor });
  const madeFor = ({ idempotencyKey }: ChargeRequest) =>
    stripe.intents.filter(({ metadata }) => metadata['attemptId'] === idempotencyKey);

  it('takes the money at once, dated by Stripe, with what it is for written on it', async () => {
    const request = requestTo(stripe.register('approved').token);
    const answer = await gateway.charge(request);
    const [made, ...others] = madeFor(request);
    assert.ok(made !== undefined && others.length === 0);
    const capturedAt = instant('2026-03-10T09:00:00Z');
    assert.deepEqual(answer, { kind: 'captured', captureId: made.id, amountMinor: 3050, capturedAt });
    assert.deepEqual(made.metadata, {
      attemptId: request.idempotencyKey,
      orderNumber: request.purpose.orderNumber,
      subscriptionId: 'sub_1',
      methodId: 'pm_1',
    });
    assert.deepEqual(await found(request), answer);
  });

  it('charges a PayPal account that was stored the same way', async () => {
    const { token } = stripe.register('approved', { type: 'paypal' });
    const request = requestTo(token);
    const answer = await gateway.charge({ ...request, purpose: { ...request.purpose, kind: 'paypal' } });
    assert.equal(answer.kind, 'captured');
  });

  const DECLINES: [stripeCode: string, reason: string][] = [
    ['insufficient_funds', 'insufficient_funds'],
    ['stolen_card', 'card_stolen'],
    ['lost_card', 'card_lost'],
    ['pickup_card', 'pick_up_card'],
    ['expired_card', 'card_expired'],
    ['invalid_account', 'account_closed'],
    ['fraudulent', 'fraudulent'],
    ['revocation_of_authorization', 'authorization_revoked'],
    ['do_not_try_again', 'do_not_try_again'],
    ['card_velocity_exceeded', 'limit_exceeded'],
    ['issuer_not_available', 'try_again_later'],
    ['generic_decline', 'declined'],
    ['a_code_of_next_year', 'declined'],
    ['constructor', 'declined'],
  ];
  for (const [code, reason] of DECLINES) {
    it(`says that a card is declined: ${code}`, async () => {
      const request = requestTo(stripe.register({ decline: code }).token);
      assert.deepEqual(await gateway.charge(request), { kind: 'declined', reason });
      assert.deepEqual(await found(request), { kind: 'declined', reason });
      if (reason !== 'declined') assert.notDeepEqual(chargeReason(reason), chargeReason('nobody knows'), reason);
    });
  }

  it('reads the error code where a decline has no code of its own', async () => {
    assert.deepEqual(await chargeTo({ decline: '', code: 'expired_card' }), {
      kind: 'declined',
      reason: 'card_expired',
    });
  });

  it('leads the customer to a page of ours where the bank wants to see them', async () => {
    const request = requestTo(stripe.register('authentication').token);
    const confirmationUrl = `https://area.example/payments/confirm/${request.idempotencyKey}`;
    assert.deepEqual(await gateway.charge(request), { kind: 'needs_customer', confirmationUrl });
    assert.deepEqual(await found(request), { kind: 'needs_customer', confirmationUrl });
  });

  const OPEN: [behaviour: Behaviour, charges: number][] = [
    ['processing', 1],
    ['lost_before', 0],
    ['lost_after', 1],
    ['error_after', 1],
    ['rate_limited', 0],
    ['locked', 0],
  ];
  for (const [behaviour, charges] of OPEN) {
    it(`does not know what became of a charge: ${JSON.stringify(behaviour)}`, async () => {
      const request = requestTo(stripe.register(behaviour).token);
      await assert.rejects(gateway.charge(request), GatewayUnreachableError);
      assert.equal(madeFor(request).length, charges);
    });
  }

  it('does not know what became of a charge where Stripe cannot be reached, and says so', async () => {
    const request = requestTo(stripe.register('approved').token);
    const nobody = gatewayAt(`http://127.0.0.1:${await freePort()}`);
    await assert.rejects(nobody.charge(request), GatewayUnreachableError);
    const { idempotencyKey, token, amountMinor } = request;
    await assert.rejects(nobody.find({ idempotencyKey, token, amountMinor }), GatewayUnreachableError);
    assert.match(logged.join(''), /StripeConnectionError/);
    assert.doesNotMatch(logged.join(''), /sk_test|cus_|pm_/);
  });

  it('finds a charge whose answer was lost, and makes none by looking', async () => {
    for (const behaviour of ['lost_after', 'error_after'] as const) {
      const request = requestTo(stripe.register(behaviour).token);
      assert.equal(await found(request), null);
      await assert.rejects(gateway.charge(request), GatewayUnreachableError);
      const answer = await found(request);
      assert.equal(answer?.kind === 'captured' && answer.captureId, madeFor(request)[0]?.id);
      assert.equal(madeFor(request).length, 1);
    }
  });

  it('does not charge again where the same is asked for twice, or twice at once', async () => {
    const request = requestTo(stripe.register('approved').token);
    const answers = await Promise.all([gateway.charge(request), gateway.charge(request)]);
    assert.deepEqual(answers[0], answers[1]);
    assert.deepEqual(await gateway.charge(request), answers[0]);
    assert.equal(madeFor(request).length, 1);
  });

  it('does not settle what is still processed, and finds how it ended', async () => {
    const request = requestTo(stripe.register('processing', { type: 'paypal' }).token);
    await assert.rejects(gateway.charge(request), GatewayUnreachableError);
    await assert.rejects(found(request), GatewayUnreachableError);
    const [made] = madeFor(request);
    assert.ok(made);
    stripe.succeed(made);
    assert.equal((await found(request))?.kind, 'captured');
  });

  it('finds a charge among hundreds of the same customer', async () => {
    const { customer, token } = stripe.register('approved');
    const request = requestTo(token);
    await gateway.charge(request);
    const [made] = madeFor(request);
    assert.ok(made);
    for (let more = 0; more < 250; more++)
      stripe.intents.unshift({ ...made, id: `pi_more${more}`, customer, metadata: {} });
    assert.equal((await found(request))?.kind, 'captured');
  });

  it('takes nothing for a payment that is not what was asked for', async () => {
    for (const change of [{ amount: 3051 }, { currency: 'usd' }]) {
      const request = requestTo(stripe.register('approved').token);
      await gateway.charge(request);
      Object.assign(madeFor(request)[0] ?? {}, change);
      await assert.rejects(found(request), { name: 'StripeMismatchError' });
    }
  });

  it('declines what is no method of its own, or no longer one', async () => {
    const { customer } = stripe.register('approved');
    const declined = { kind: 'declined', reason: 'unknown_token' };
    const before = stripe.requests.length;
    assert.deepEqual(await gateway.charge(requestTo('tok_approved')), declined);
    assert.equal(await found(requestTo('tok_approved')), null);
    assert.equal(stripe.requests.length, before);
    assert.deepEqual(await gateway.charge(requestTo(`${customer}:pm_gone`)), declined);
    const { paymentMethod } = stripe.register('approved');
    assert.deepEqual(await gateway.charge(requestTo(`${customer}:${paymentMethod}`)), declined);
  });

  describe('gives back', () => {
    async function captured(): Promise<string> {
      const answer = await chargeTo('approved');
      assert.ok(answer.kind === 'captured');
      return answer.captureId;
    }
    const refund = (captureId: string, amountMinor: number, idempotencyKey: string = randomUUID()) =>
      gateway.refund({ idempotencyKey, captureId, amountMinor, at: AT });

    it('once, also when it is asked for again after Stripe forgot the key', async () => {
      const captureId = await captured();
      const first = await refund(captureId, 1000, 'refund-1');
      stripe.forgetKeys();
      assert.deepEqual(await refund(captureId, 1000, 'refund-1'), first);
      assert.equal(stripe.refunds.filter((each) => each.payment_intent === captureId).length, 1);
      assert.equal(first.kind === 'refunded' && first.refundedAt, 1_773_136_800_000);
    });

    it('no more than there is', async () => {
      const captureId = await captured();
      assert.equal((await refund(captureId, 3000)).kind, 'refunded');
      assert.deepEqual(await refund(captureId, 51), { kind: 'refused', reason: 'amount_too_large' });
      assert.equal((await refund(captureId, 50)).kind, 'refunded');
      assert.deepEqual(await refund(captureId, 1), { kind: 'refused', reason: 'already_refunded' });
      assert.deepEqual(await refund('pi_gone', 1), { kind: 'refused', reason: 'capture_unknown' });
    });

    it('nothing that is settled yet while Stripe is still at it, or away', async () => {
      const captureId = await captured();
      stripe.refundStatus = 'pending';
      await assert.rejects(refund(captureId, 100, 'refund-2'), GatewayUnreachableError);
      stripe.isAway = true;
      await assert.rejects(refund(captureId, 100, 'refund-2'), GatewayUnreachableError);
      stripe.isAway = false;
      stripe.refundStatus = 'succeeded';
      for (const each of stripe.refunds) if (each.metadata['refundKey'] === 'refund-2') each.status = 'failed';
      assert.deepEqual(await refund(captureId, 100, 'refund-2'), { kind: 'refused', reason: 'failed' });
    });
  });

  describe('asked by a life', () => {
    let database: FreshDatabase;
    let db: Db;
    let customerId: string;
    before(async () => {
      database = await freshDatabase();
      db = openDatabase(database.url);
      const address = { street: 'Via Roma 1', postalCode: '20121', city: 'Milano', province: 'MI', country: 'IT' };
      const named = { firstName: 'Ada', lastName: 'Rossi', taxCode: 'RSSDAA80A41F205X', publicAdministration: false };
      const reached = { phone: '+390212345678', email: 'ada@example.com', language: 'it' as const };
      customerId = (await createCustomer(db, { ...named, ...reached, address })).id;
    });
    after(async () => {
      await db.destroy();
      await database.drop();
    });

    async function attemptTo(behaviour: Behaviour): Promise<ChargeInput> {
      const { token } = stripe.register(behaviour);
      const { methodId, kind } = await storeMethod(db, { customerId, kind: 'card', token, label: 'card' });
      const orderNumber = randomUUID();
      const when = { startedAt: AT, chargeUntil: instant('2026-04-02T00:00:00+02:00'), unanswered: 0, retryAt: null };
      const named = { attemptId: `${orderNumber}-1`, orderNumber, method: { methodId, kind } };
      const attempt = { ...named, ...when, amountMinor: 3050, occasion: 'auto_renewal' as const };
      return { subscriptionId: `sub_${orderNumber}`, attempt, now: AT };
    }

    it('has its money in the ledger before it answers', async () => {
      const input = await attemptTo('approved');
      const outcome = await charge({ db, gateway }, input);
      assert.ok(outcome.kind === 'succeeded');
      const payment = await findPayment(db, outcome.payment.key);
      assert.match(outcome.payment.key, /^stripe:pi_/);
      assert.deepEqual([payment?.amountMinor, payment?.registeredOn, payment?.source], [3050, '2026-03-10', 'stripe']);
    });

    it('says unknown for a lost answer, and days later what it had been, without a second charge', async () => {
      const input = await attemptTo('lost_after');
      assert.deepEqual(await charge({ db, gateway }, input), { kind: 'unknown', reason: 'gateway_unreachable' });
      stripe.forgetKeys();
      const late = { ...input, now: instant('2026-04-20T10:00:00+02:00') };
      const outcome = await charge({ db, gateway }, late);
      assert.equal(outcome.kind === 'succeeded' && outcome.payment.registeredOn, '2026-03-10');
      const made = stripe.intents.filter(({ metadata }) => metadata['attemptId'] === input.attempt.attemptId);
      assert.equal(made.length, 1);
    });
  });
});
