/** A charge through Stripe whose outcome is not known: looked up until it is, and never made twice, whenever it is asked for again. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { charge } from '../../activities/charge.ts';
import type { ChargeInput } from '../../activities/contract.ts';
import { createStripeGateway } from '../../activities/gateway/stripe.ts';
import { createCustomer } from '../../db/customers.ts';
import { openDatabase, type Db } from '../../db/database.ts';
import { storeMethod } from '../../db/paymentMethods.ts';
import { instant, type Instant } from '../../domain/calendar.ts';
import type { ChargeOutcome } from '../../domain/commands.ts';
import { freshDatabase, type FreshDatabase } from '../support/services.ts';
import { StripeFake, type Behaviour, type FakeIntent } from '../support/stripeFake.ts';

const AT = instant('2026-03-10T10:00:00+01:00');
const DAY_MS = 86_400_000;
/** No later than this may a charge be made; it is looked up for ever. */
const UNTIL = instant('2026-06-01T00:00:00+02:00');
const UNKNOWN: ChargeOutcome = { kind: 'unknown', reason: 'gateway_unreachable' };

const later = (days: number): Instant => (AT + days * DAY_MS) as Instant;

let stripe: StripeFake;
let database: FreshDatabase;
let db: Db;
let customerId: string;
before(async () => {
  stripe = await new StripeFake().start();
  database = await freshDatabase();
  db = openDatabase(database.url);
  const address = { street: 'Via Roma 1', postalCode: '20121', city: 'Milano', province: 'MI', country: 'IT' };
  const named = { firstName: 'Ada', lastName: 'Rossi', taxCode: 'RSSDAA80A41F205X', publicAdministration: false };
  const reached = { phone: '+390212345678', email: 'ada@example.com', language: 'it' as const };
  customerId = (await createCustomer(db, { ...named, ...reached, address })).id;
});
after(async () => {
  await db?.destroy();
  await database?.drop();
  await stripe?.stop();
});

interface Asked {
  readonly input: ChargeInput;
  readonly customer: string;
  readonly paymentMethod: string;
  ask(now: Instant): Promise<ChargeOutcome>;
  made(): FakeIntent[];
}

async function chargeOf(behaviour: Behaviour, type: 'card' | 'paypal' = 'card'): Promise<Asked> {
  const log = pino({ level: 'silent' });
  const access = { secretKey: 'sk_test_1', apiBase: stripe.url, publicUrl: 'https://area.example' };
  const gateway = createStripeGateway({ ...access, log });
  const { token, customer, paymentMethod } = stripe.register(behaviour, { type });
  const { methodId, kind } = await storeMethod(db, { customerId, kind: type, token, label: type });
  const orderNumber = randomUUID();
  const when = { startedAt: AT, chargeUntil: UNTIL, unanswered: 0, retryAt: null };
  const named = { attemptId: `${orderNumber}-1`, orderNumber, method: { methodId, kind } };
  const attempt = { ...named, ...when, amountMinor: 3050, occasion: 'auto_renewal' as const };
  const input: ChargeInput = { subscriptionId: `sub_${orderNumber}`, attempt, now: AT };
  return {
    input,
    customer,
    paymentMethod,
    ask: (now) => charge({ db, gateway }, { ...input, now }),
    made: () => stripe.intents.filter(({ metadata }) => metadata['attemptId'] === named.attemptId),
  };
}

const taken = (made: readonly FakeIntent[]): number => made.filter(({ status }) => status === 'succeeded').length;

async function paymentsOf({ input }: Asked): Promise<unknown[]> {
  return db('payments').where('order_number', input.attempt.orderNumber);
}

describe('a charge whose answer did not come', () => {
  /** How many charges of money there are at once, and whether Stripe answers the same to the same key for a day. */
  const WAYS: [behaviour: Behaviour, atOnce: number][] = [
    ['lost_before', 0],
    ['lost_after', 1],
    ['error_before', 0],
    ['error_after', 1],
    ['untried', 0],
    ['rate_limited', 0],
    ['locked', 0],
    ['in_use', 0],
  ];
  for (const [behaviour, atOnce] of WAYS) {
    it(`is unknown, and takes its money once, when asked again within the day and for weeks: ${String(behaviour)}`, async () => {
      const asked = await chargeOf(behaviour);
      assert.deepEqual(await asked.ask(AT), UNKNOWN);
      assert.equal(taken(asked.made()), atOnce);
      stripe.behave(asked.paymentMethod, 'approved');
      // Stripe still knows the key: what it answered to it stands, an error of its own too.
      const within = await asked.ask(later(0.5));
      assert.ok(within.kind === 'succeeded' || within.kind === 'unknown', within.kind);
      assert.ok(taken(asked.made()) <= 1);
      for (const days of [2, 3, 29, 31, 60]) {
        stripe.forgetKeys();
        const outcome = await asked.ask(later(days));
        assert.equal(outcome.kind, 'succeeded', `${days} days later`);
      }
      assert.equal(taken(asked.made()), 1);
      assert.equal((await paymentsOf(asked)).length, 1);
    });
  }

  it('is asked for by two at once, after the key was forgotten: one takes the money, both hear of it', async () => {
    const asked = await chargeOf('lost_after');
    assert.deepEqual(await asked.ask(AT), UNKNOWN);
    stripe.forgetKeys();
    const outcomes = await Promise.all([asked.ask(later(3)), asked.ask(later(3))]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['succeeded', 'succeeded'],
    );
    assert.equal(taken(asked.made()), 1);
    assert.equal((await paymentsOf(asked)).length, 1);
  });

  it('is looked up also after its time to be charged has passed, and not made then', async () => {
    const paid = await chargeOf('lost_after');
    const unpaid = await chargeOf('lost_before');
    for (const each of [paid, unpaid]) assert.deepEqual(await each.ask(AT), UNKNOWN);
    stripe.forgetKeys();
    assert.equal((await paid.ask(later(200))).kind, 'succeeded');
    stripe.behave(unpaid.paymentMethod, 'approved');
    assert.deepEqual(await unpaid.ask(later(200)), { kind: 'not_attempted', reason: 'too_late_to_charge' });
    assert.deepEqual(unpaid.made(), []);
  });

  it('is found where its customer was deleted at Stripe meanwhile, and told as no decline', async () => {
    const asked = await chargeOf('lost_after');
    assert.deepEqual(await asked.ask(AT), UNKNOWN);
    stripe.customers.splice(stripe.customers.indexOf(asked.customer), 1);
    stripe.now += 3600;
    assert.equal((await asked.ask(later(1))).kind, 'succeeded');
    assert.equal(taken(asked.made()), 1);
  });

  it('is found where its method was removed from the wallet meanwhile', async () => {
    const asked = await chargeOf('lost_after');
    assert.deepEqual(await asked.ask(AT), UNKNOWN);
    await db('payment_methods')
      .where('id', asked.input.attempt.method.methodId)
      .update({ removed_at: new Date(AT) });
    stripe.forgetKeys();
    assert.equal((await asked.ask(later(2))).kind, 'succeeded');
    assert.equal(taken(asked.made()), 1);
  });

  it('is the one that took the money, where the key should name two', async () => {
    const asked = await chargeOf('lost_after');
    assert.deepEqual(await asked.ask(AT), UNKNOWN);
    const [made] = asked.made();
    assert.ok(made);
    stripe.intents.unshift({ ...made, id: 'pi_newer', status: 'requires_payment_method', charge: null });
    const outcome = await asked.ask(later(2));
    assert.equal(outcome.kind === 'succeeded' && outcome.payment.key, `stripe:${made.id}`);
  });
});

describe('a charge that is not through', () => {
  it('is waited for while it is processed, for days, and is what it comes to', async () => {
    for (const end of ['succeeded', 'declined'] as const) {
      const asked = await chargeOf('processing', 'paypal');
      for (const days of [0, 1, 5]) {
        assert.deepEqual(await asked.ask(later(days)), UNKNOWN);
        stripe.forgetKeys();
      }
      const [made, ...others] = asked.made();
      assert.ok(made !== undefined && others.length === 0);
      if (end === 'succeeded') stripe.succeed(made);
      else
        Object.assign(made, { status: 'requires_payment_method', error: { code: 'payment_method_provider_decline' } });
      const outcome = await asked.ask(later(6));
      assert.equal(outcome.kind, end);
      assert.equal(asked.made().length, 1);
    }
  });

  it('waits for its customer where the bank asks for them, and is declined where it was called off', async () => {
    const asked = await chargeOf('authentication');
    assert.equal((await asked.ask(AT)).kind, 'needs_customer');
    const [made] = asked.made();
    assert.ok(made);
    made.status = 'requires_action';
    assert.equal((await asked.ask(later(1))).kind, 'needs_customer');
    made.status = 'canceled';
    assert.deepEqual(await asked.ask(later(2)), { kind: 'declined', reason: 'declined' });
    assert.equal(asked.made().length, 1);
  });
});
