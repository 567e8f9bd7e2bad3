import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { loadCatalogue } from '../../config/catalogue.ts';
import { nextOrderNumber, reserveOrder } from '../../db/orders.ts';
import { recordPayment } from '../../db/payments.ts';
import { addDays, dateAt, formatInstant, instant, instantOf, plainDate, type Instant } from '../../domain/calendar.ts';
import { quoteFirstPurchase } from '../../domain/pricing.ts';
import { holder } from '../api/support/customers.ts';
import {
  assertMoneyIsInPlace,
  buy,
  captures,
  mailedSince,
  purchase,
  subscribe,
  transferFor,
  untilAllMailIsSent,
  Life,
} from './support/lives.ts';
import { eventual, eventually, Stack, type Json, type Part } from './support/stack.ts';

/** A life with something due, and what has to come of it, whatever happens to the machines. */
interface Situation {
  readonly life: Life;
  readonly due: Instant;
  /** Types of the events that time alone brings, dated at their due instant. */
  readonly onTime: readonly string[];
  /** What follows from them, dated when it happened. */
  readonly thereupon: readonly string[];
  readonly mails: readonly string[];
  readonly status: string;
  readonly captures: number;
  /** Money that arrives before the due instant, while somebody is down. */
  readonly transfer?: Json;
}

const CALM = { thereupon: [], captures: 0 };

async function autoRenewal(stack: Stack): Promise<Situation> {
  const life = await subscribe(stack, 'tok_approved');
  return {
    life,
    due: instantOf(addDays(await life.expiresOn(), -7), 9),
    onTime: ['OrderPlaced', 'ChargeStarted'],
    thereupon: [
      'ChargeSucceeded',
      'PaymentReceived',
      'PaymentApplied',
      'OrderCompleted',
      'ServiceExtended',
      'OrderSettled',
    ],
    mails: ['charged', 'renewed'],
    status: 'active',
    captures: 2,
  };
}

async function reminder(stack: Stack): Promise<Situation> {
  const life = await subscribe(stack);
  const due = instantOf(addDays(await life.expiresOn(), -90), 9);
  return { ...CALM, life, due, onTime: ['RenewalReminderDue'], mails: ['renewal_due'], status: 'active' };
}

async function expiry(stack: Stack): Promise<Situation> {
  const life = await subscribe(stack);
  const due = instantOf(await life.expiresOn());
  return { ...CALM, life, due, onTime: ['Expired'], mails: ['expired'], status: 'expired' };
}

async function termination(stack: Stack): Promise<Situation> {
  const life = await subscribe(stack);
  const due = instantOf(addDays(await life.expiresOn(), 61));
  return { ...CALM, life, due, onTime: ['Terminated'], mails: ['terminated'], status: 'terminated' };
}

async function unpaidFirstOrder(stack: Stack): Promise<Situation> {
  const life = await buy(stack);
  const due = instantOf(addDays(await placedOn(life), 61));
  return { ...CALM, life, due, onTime: ['OrderCancelled', 'Closed'], mails: ['closed'], status: 'closed' };
}

async function placedOn(life: Life) {
  const [placed] = await life.timeline();
  return placed?.at.slice(0, 10) as Awaited<ReturnType<Life['expiresOn']>>;
}

/** The money is there before the last day ends, and nobody can say so: the service must not be ended. */
async function waitingTransfer(stack: Stack): Promise<Situation> {
  const life = await subscribe(stack);
  const expiresOn = await life.expiresOn();
  await life.moveTo(instantOf(addDays(expiresOn, 40)));
  const order = await life.order({ type: 'reactivation', years: 1 });
  return {
    life,
    due: instantOf(addDays(expiresOn, 61)),
    onTime: [],
    thereupon: ['PaymentReceived', 'PaymentApplied', 'OrderCompleted', 'ServiceExtended', 'OrderSettled'],
    mails: ['payment_received', 'renewed'],
    status: 'active',
    captures: 0,
    transfer: transferFor(order, addDays(expiresOn, 60)),
  };
}

const VICTIMS: readonly (readonly Part[])[] = [
  ['worker'],
  ['api'],
  ['postgres'],
  ['temporal'],
  ['worker', 'api', 'postgres', 'temporal'],
];

const SITUATIONS = [autoRenewal, reminder, expiry, termination, unpaidFirstOrder, waitingTransfer];

const MINUTE = 60_000;
const SHORTEST_LEAD_MS = 3_000;

interface Eve {
  readonly situations: readonly (Situation & { readonly after: number })[];
  /** By the wall's clock, when all of it will have been due. */
  readonly overAt: number;
  readonly firstAt: number;
}

/** Brings lives of all situations to the eve of what is due in them: seconds before, all in the same seconds. */
async function eve(stack: Stack): Promise<Eve> {
  const situations = await Promise.all(SITUATIONS.map((prepare) => prepare(stack)));
  await Promise.all(situations.map(({ life, due }) => life.moveTo((due - 3 * MINUTE) as Instant)));
  const sequences = await Promise.all(situations.map(({ life }) => life.sequence()));
  await untilAllMailIsSent(stack);
  // How long the last step will take this machine is measured by one like it.
  const started = performance.now();
  await Promise.all(situations.map(({ life, due }) => life.moveTo((due - 2 * MINUTE) as Instant)));
  const lead = Math.max(SHORTEST_LEAD_MS, Math.ceil(4 * (performance.now() - started)));
  const moved = await Promise.all(situations.map(({ life, due }) => life.moveTo((due - lead) as Instant)));
  const dueAt = situations.map(({ due }, index) => due - (moved[index]?.offsetMs ?? 0));
  return {
    situations: situations.map((situation, index) => ({ ...situation, after: sequences[index] ?? 0 })),
    firstAt: Math.min(...dueAt),
    overAt: Math.max(...dueAt),
  };
}

async function until(wall: number): Promise<void> {
  await eventually('the due instants to pass', () => Promise.resolve(Date.now() > wall));
}

/** The bank tells of a transfer, to whoever answers. */
async function transferArrives(stack: Stack, { situations }: Eve): Promise<void> {
  for (const { transfer } of situations) {
    if (transfer !== undefined) assert.equal((await stack.send('POST', '/v1/payments', transfer)).status, 202);
  }
}

/** What the API leaves behind when it dies in between: the transfer in the ledger, and nobody told. */
async function transferIsEntered(stack: Stack, { situations }: Eve): Promise<void> {
  for (const { life, due, transfer } of situations) {
    if (transfer === undefined) continue;
    const externalId = String(transfer['externalId']);
    await recordPayment(stack.db, {
      key: `api:${externalId}`,
      source: 'api',
      externalId,
      orderNumber: String(transfer['orderNumber']),
      subscriptionId: life.id,
      amountMinor: Number((transfer['amount'] as Json)['amountMinor']),
      method: 'bank_transfer',
      registeredOn: plainDate(String(transfer['registeredOn'])),
      receivedAt: (due - MINUTE) as Instant,
      storedMethod: null,
    });
  }
}

/** Each due event once, at its own instant; one capture and one mail for each; all money in its place. */
async function assertAllHappenedOnce(stack: Stack, { situations }: Eve): Promise<void> {
  for (const { life, after, due, onTime, thereupon, status } of situations) {
    await eventual(
      `${onTime.join()} of ${life.id}`,
      () => life.timeline(after),
      (events) => events.length >= onTime.length + thereupon.length,
    );
    await life.becomes(status);
    const events = await life.timeline(after);
    assert.deepEqual(
      events.map(({ type }) => type),
      [...onTime, ...thereupon],
    );
    assert.deepEqual(
      events.slice(0, onTime.length).map(({ at }) => at),
      onTime.map(() => formatInstant(due)),
    );
    for (const { at } of events.slice(onTime.length)) assert.ok(instant(at) < due + 2 * MINUTE, at);
  }
  await untilAllMailIsSent(stack);
  for (const { life, after, mails, captures: expected } of situations) {
    assert.deepEqual(await mailedSince(life, after), mails);
    const captured = await captures(life);
    assert.deepEqual(
      captured,
      Array.from({ length: expected }, () => ({ amountMinor: 3050, requests: 1 })),
    );
  }
  await assertMoneyIsInPlace(
    stack,
    situations.map(({ life }) => life),
  );
}

describe('a process that is killed', () => {
  let stack: Stack;
  before(async () => {
    stack = await Stack.onOwnServers();
  });
  after(() => stack.stop());
  afterEach(() => stack.mend());

  /** Kills on the eve and starts again when all was due. */
  async function killAcrossDueDates(victims: readonly Part[]): Promise<Eve> {
    const night = await eve(stack);
    const apiIsUp = !victims.includes('api') && !victims.includes('postgres');
    if (!apiIsUp) await transferIsEntered(stack, night);
    const killedAt = await stack.kill(...victims);
    assert.ok(killedAt < night.firstAt, 'this machine was too slow to kill in time');
    if (apiIsUp) await transferArrives(stack, night);
    await until(night.overAt);
    await stack.start(...victims);
    return night;
  }

  for (const victims of VICTIMS) {
    it(`across due dates (${victims.join(', ')}): each thing due happens once, dated as it was due`, async (t) => {
      const started = performance.now();
      const night = await killAcrossDueDates(victims);
      const back = performance.now();
      await assertAllHappenedOnce(stack, night);
      t.diagnostic(
        `down after ${seconds(back - started)}, all caught up ${seconds(performance.now() - back)} after its start`,
      );
    });
  }

  it('being Temporal, payments are taken (202) and applied when it is back, though nobody could be told', async () => {
    const life = await buy(stack);
    const today = await life.today();
    await stack.kill('temporal');
    const { status, body } = await stack.send('POST', '/v1/payments', transferFor(life.firstOrder, today));
    assert.deepEqual([status, body['status']], [202, 'received']);
    await stack.start('temporal');
    await life.becomes('active');
    const { type } = (await life.timeline())[1] ?? {};
    assert.equal(type, 'PaymentReceived');
    await untilAllMailIsSent(stack);
    assert.deepEqual(await mailedSince(life, 0), ['order_confirmed', 'payment_received', 'activation']);
    await assertMoneyIsInPlace(stack, [life]);
  });

  it('being the API, between an order’s reservation and its life: a replay gives the same order, and only that', async () => {
    const { id: customerId } = await stack.ask('POST', '/v1/customers', holder());
    const key = { 'Idempotency-Key': randomUUID() };
    const wanted = purchase(String(customerId));
    const ofCustomer = async () =>
      stack
        .db('orders')
        .where({ customer_id: String(customerId) })
        .select('number', 'status');
    await stack.kill('temporal');
    const unanswered = assert.rejects(stack.send('POST', '/v1/orders', wanted, key));
    const [reserved] = await eventual('the reservation', ofCustomer, (orders) => orders.length === 1);
    await stack.kill('api');
    await unanswered;
    await stack.start('temporal', 'api');
    const { status, body } = await stack.send('POST', '/v1/orders', wanted, key);
    assert.deepEqual([status, body['number']], [201, reserved.number], JSON.stringify(body));
    const again = await stack.send('POST', '/v1/orders', wanted, key);
    assert.deepEqual([again.status, again.body], [201, body]);
    assert.deepEqual(await ofCustomer(), [{ number: reserved.number, status: 'awaiting_payment' }]);
    const life = new Life(stack, body);
    assert.deepEqual(
      (await life.timeline()).map(({ type }) => type),
      ['OrderPlaced'],
    );
  });

  it('being the API, for good: a reservation that nobody repeats is ended, and the tax code is free again', async () => {
    const customer = holder();
    const { id: customerId } = await stack.ask('POST', '/v1/customers', customer);
    const number = await nextOrderNumber(stack.db);
    const priced = quoteFirstPurchase(
      { product: 'fe', years: 1, extras: {}, splitPayment: false },
      { catalogue: loadCatalogue(), placedOn: dateAt(Date.now() as Instant) },
    );
    await reserveOrder(stack.db, {
      number,
      subscriptionId: `sub_${randomUUID()}`,
      customerId: String(customerId),
      priced,
    });
    assert.equal((await stack.send('POST', '/v1/orders', purchase(String(customerId)))).status, 409);
    await eventual(
      'the end of the reservation',
      () => stack.send('GET', `/v1/orders/${number}`),
      ({ body }) => body['status'] === 'refused',
    );
    assert.equal((await stack.send('POST', '/v1/orders', purchase(String(customerId)))).status, 201);
  });

  it('being the API, while it moves a clock: the next request moves on, and nothing was skipped or told twice', async () => {
    const life = await subscribe(stack);
    const expiresOn = await life.expiresOn();
    const unanswered = assert.rejects(life.moveBy('P2Y'));
    await eventual(
      'the first deadline',
      () => stack.db('timeline').where({ subscription_id: life.id, type: 'RenewalReminderDue' }),
      (rows) => rows.length > 0,
    );
    await stack.kill('api');
    await unanswered;
    await stack.start('api');
    await life.moveBy('P2Y');
    const due = (await life.timeline()).filter(({ type }) =>
      ['RenewalReminderDue', 'Expired', 'LastCallDue', 'Terminated'].includes(type),
    );
    assert.deepEqual(
      due.map(({ at, type }) => `${at.slice(0, 16)} ${type}`),
      [
        `${addDays(expiresOn, -90)}T09:00 RenewalReminderDue`,
        `${addDays(expiresOn, -30)}T09:00 RenewalReminderDue`,
        `${addDays(expiresOn, -7)}T09:00 RenewalReminderDue`,
        `${expiresOn}T00:00 Expired`,
        `${addDays(expiresOn, 53)}T09:00 LastCallDue`,
        `${addDays(expiresOn, 61)}T00:00 Terminated`,
      ],
    );
  });
});

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
