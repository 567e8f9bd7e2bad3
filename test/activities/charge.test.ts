import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { charge } from '../../activities/charge.ts';
import type { ChargeInput } from '../../activities/contract.ts';
import { GatewayUnreachableError, type PaymentGateway } from '../../activities/gateway/port.ts';
import { createSandboxGateway } from '../../activities/gateway/sandbox.ts';
import { createCustomer } from '../../db/customers.ts';
import { openDatabase, type Db } from '../../db/database.ts';
import { removeMethod, storeMethod } from '../../db/paymentMethods.ts';
import { findPayment } from '../../db/payments.ts';
import { addMinutes, instant, plainDate, type PlainDate } from '../../domain/calendar.ts';
import { freshDatabase, type FreshDatabase } from '../support/services.ts';

const NOW = instant('2041-03-26T09:00:00+01:00');

describe('a charge', () => {
  let database: FreshDatabase;
  let db: Db;
  let gateway: PaymentGateway;
  let customerId: string;
  before(async () => {
    database = await freshDatabase();
    db = openDatabase(database.url);
    gateway = createSandboxGateway(db, { publicUrl: 'https://rinnovo.example/' });
    const customer = await createCustomer(db, {
      firstName: 'Ada',
      lastName: 'Rossi',
      address: { street: 'Via Roma 1', postalCode: '20121', city: 'Milano', province: 'MI', country: 'IT' },
      taxCode: 'RSSDAA80A41F205X',
      phone: '+390212345678',
      email: 'ada@example.com',
      language: 'it',
      publicAdministration: false,
    });
    customerId = customer.id;
  });
  after(async () => {
    await db.destroy();
    await database.drop();
  });

  async function attemptBy(token: string, tried = 1, validThrough: PlainDate | null = null): Promise<ChargeInput> {
    const { methodId, kind } = await storeMethod(db, { customerId, kind: 'card', token, label: 'card', validThrough });
    const orderNumber = randomUUID();
    const attempt: ChargeInput['attempt'] = {
      attemptId: `${orderNumber}-${tried}`,
      orderNumber,
      amountMinor: 3050,
      method: { methodId, kind },
      occasion: 'auto_renewal',
      startedAt: NOW,
      chargeUntil: instant('2041-04-02T00:00:00+02:00'),
      unanswered: 0,
      retryAt: null,
    };
    return { subscriptionId: `sub_${orderNumber}`, attempt, now: NOW };
  }

  it('that is captured is in the ledger before it is answered', async () => {
    const input = await attemptBy('tok_approved');
    const outcome = await charge({ db, gateway }, input);
    assert.equal(outcome.kind, 'succeeded');
    const payment = await findPayment(db, `gateway:${input.attempt.attemptId}`);
    assert.equal(payment?.subscriptionId, input.subscriptionId);
    assert.deepEqual([payment?.amountMinor, payment?.registeredOn, payment?.method], [3050, '2041-03-26', 'card']);
  });

  it('asked for again, days later, answers with the same payment and takes nothing', async () => {
    const input = await attemptBy('tok_approved');
    const first = await charge({ db, gateway }, input);
    const again = await charge({ db, gateway }, { ...input, now: addMinutes(NOW, 14 * 24 * 60) });
    assert.deepEqual(again, first);
    assert.equal((await db('payments').where('subscription_id', input.subscriptionId)).length, 1);
  });

  it('whose answer is lost is unknown, and found when it is looked up', async () => {
    const input = await attemptBy('tok_timeout_after_capture');
    assert.deepEqual(await charge({ db, gateway }, input), { kind: 'unknown', reason: 'gateway_unreachable' });
    const late = { ...input, now: instant('2041-04-03T09:00:00+02:00') };
    const outcome = await charge({ db, gateway }, late);
    assert.equal(outcome.kind === 'succeeded' && outcome.payment.registeredOn, '2041-03-26');
  });

  it('is not made once its time is over', async () => {
    const input = { ...(await attemptBy('tok_approved')), now: instant('2041-04-02T00:00:00+02:00') };
    assert.deepEqual(await charge({ db, gateway }, input), { kind: 'not_attempted', reason: 'too_late_to_charge' });
    assert.equal(await gateway.find({ idempotencyKey: input.attempt.attemptId, token: null, amountMinor: 3050 }), null);
  });

  it('that is declined stays declined, however often it is asked for', async () => {
    const input = await attemptBy('tok_declined');
    const declined = { kind: 'declined', reason: 'insufficient_funds' };
    assert.deepEqual(await charge({ db, gateway }, input), declined);
    assert.deepEqual(await charge({ db, gateway }, input), declined);
  });

  it('goes by the token: once declined, in need of the customer, without an answer, unknown', async () => {
    const outcomes = [];
    for (const input of [
      await attemptBy('tok_declined_once', 1),
      await attemptBy('tok_declined_once', 2),
      await attemptBy('tok_needs_customer'),
      await attemptBy('tok_outage'),
      await attemptBy('tok_stolen'),
      await attemptBy('tok_from_elsewhere'),
    ]) {
      const outcome = await charge({ db, gateway }, input);
      outcomes.push('reason' in outcome ? `${outcome.kind}: ${outcome.reason}` : outcome.kind);
    }
    assert.deepEqual(outcomes, [
      'declined: insufficient_funds',
      'succeeded',
      'needs_customer',
      'unknown: gateway_unreachable',
      'declined: card_stolen',
      'declined: unknown_token',
    ]);
  });

  it('to a card is declined from the day after its last', async () => {
    const input = await attemptBy('tok_expires_soon', 1, plainDate('2041-03-31'));
    const late = await attemptBy('tok_expires_soon', 1, plainDate('2041-03-31'));
    const first = instant('2041-04-01T00:00:00+02:00');
    assert.equal((await charge({ db, gateway }, { ...input, now: addMinutes(first, -1) })).kind, 'succeeded');
    assert.deepEqual(await charge({ db, gateway }, { ...late, now: first }), {
      kind: 'declined',
      reason: 'card_expired',
    });
  });

  it('is not made to a card that was removed while it was on its way', async () => {
    const input = await attemptBy('tok_stolen');
    const { methodId } = input.attempt.method;
    assert.deepEqual(await removeMethod(db, customerId, methodId, NOW), { kind: 'removed' });
    const outcome = await charge({ db, gateway }, input);
    assert.deepEqual(outcome, { kind: 'not_attempted', reason: 'payment_method_removed' });
  });

  it('in need of the customer tells where to confirm', async () => {
    const input = await attemptBy('tok_needs_customer');
    assert.deepEqual(await charge({ db, gateway }, input), {
      kind: 'needs_customer',
      confirmationUrl: `https://rinnovo.example/sandbox/confirmations/${input.attempt.attemptId}`,
    });
  });

  it('is unknown where the gateway cannot even be asked what became of it', async () => {
    const find = () => Promise.reject(new GatewayUnreachableError('No connection.'));
    const input = await attemptBy('tok_approved');
    assert.deepEqual(await charge({ db, gateway: { ...gateway, find } }, input), {
      kind: 'unknown',
      reason: 'gateway_unreachable',
    });
  });

  it('is not made without a gateway or a method, which is no decline', async () => {
    const input = await attemptBy('tok_approved');
    assert.equal((await charge({ db, gateway: null }, input)).kind, 'not_attempted');
    const method = { methodId: 'pm_gone', kind: 'card' } as const;
    const unknown = { ...input, attempt: { ...input.attempt, method } };
    assert.equal((await charge({ db, gateway }, unknown)).kind, 'not_attempted');
  });
});
