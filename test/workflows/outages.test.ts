import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { Sweeper } from '../../activities/sweep.ts';
import { reserveOrder, findOrder, nextOrderNumber } from '../../db/orders.ts';
import { findPayment } from '../../db/payments.ts';
import { instant, plainDate, type Instant } from '../../domain/calendar.ts';
import { World, type Life } from '../support/life.ts';

const PAST_ALL_AGES_MS = 60 * 60_000;

function sweeperOf(world: World): Sweeper {
  const { db, client } = world;
  const clock = () => (Date.now() + PAST_ALL_AGES_MS) as Instant;
  return new Sweeper({ db, client, clock, log: pino({ level: 'silent' }) });
}

describe('a worker that was down across a due date', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('charges once when it is back, on the due date', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00', card: 'tok_approved' });
    await life.moveTo('2041-03-26T08:59:00+01:00');
    const { sequence } = await life.state();
    await world.stopWorker();
    await life.skip(instant('2041-03-26T09:00:00+01:00') - (await life.clock()));
    await world.startWorker();
    await life.settled();
    assert.deepEqual((await life.story(sequence)).slice(0, 3), [
      '2041-03-26 09:00 OrderPlaced',
      '2041-03-26 09:00 ChargeStarted',
      '2041-03-26 09:00 ChargeSucceeded',
    ]);
    assert.equal((await world.db('sandbox_gateway.charges').select()).length, 2);
  });

  it('makes up for each date, in order and with its own day, when months have passed', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00', card: 'tok_approved' });
    const { sequence } = await life.state();
    await resumeAt(life, '2041-04-20T15:00:00+02:00');
    assert.deepEqual(await life.story(sequence), [
      '2041-03-03 09:00 AutoRenewalAnnounced',
      '2041-03-26 09:00 OrderPlaced',
      '2041-03-26 09:00 ChargeStarted',
      // Just before the expiry that its answer held up.
      '2041-04-01 23:59 ChargeNotMade',
      '2041-04-02 00:00 Expired',
    ]);
    const placed = (await life.state()).orders[0];
    assert.equal(placed?.priced.placedOn, '2041-03-26');
    await life.moveTo('2041-06-03T00:00:00+02:00');
    assert.deepEqual((await life.story()).slice(-3), [
      '2041-05-25 09:00 LastCallDue',
      '2041-06-02 00:00 OrderCancelled',
      '2041-06-02 00:00 Terminated',
    ]);
  });

  it('takes what came before a due date first', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    await life.pay();
    await life.moveTo('2041-04-01T12:00:00+02:00');
    const number = await life.order({ type: 'renewal', years: 1 });
    const { sequence } = await life.state();
    await world.stopWorker();
    await life.skip(instant('2041-04-02T00:00:00+02:00') - (await life.clock()));
    const receivedAt = instant('2041-04-01T23:59:00+02:00');
    const payment = { orderNumber: number, amountMinor: 3050, receivedAt, registeredOn: plainDate('2041-04-01') };
    await life.handle.signal('recordPayment', await life.enter(payment));
    await world.startWorker();
    await life.settled();
    assert.deepEqual(await life.story(sequence), [
      '2041-04-01 23:59 PaymentReceived',
      '2041-04-01 23:59 PaymentApplied',
      '2041-04-01 23:59 OrderCompleted',
      '2041-04-01 23:59 ServiceExtended',
      '2041-04-01 23:59 OrderSettled',
    ]);
  });
});

describe('a Postgres that does not answer', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('holds the answer to a request up until it is back, and fails nothing', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    let refused = 0;
    await world.restartWorker({
      commit: () => {
        refused += 1;
        return Promise.reject(new Error('connection refused'));
      },
    });
    const answer = life.ask({ type: 'ReportUsage', usedBytes: 5 });
    await until(() => Promise.resolve(refused >= 3));
    const details = await until(async () => {
      const { currentDetails } = await life.metadata();
      return currentDetails.includes('does not work') ? currentDetails : null;
    });
    assert.match(details, /Writing to Postgres does not work/);
    await world.restartWorker();
    await life.skip(6_000);
    assert.deepEqual(await answer, { sequence: 2 });
    assert.equal((await life.timeline()).length, 2);
  });
});

describe('money in the ledger whose signal never came', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('is found before the service would end', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    await life.pay();
    await life.moveTo('2041-06-01T22:00:00+02:00');
    await life.order({ type: 'reactivation', years: 1 });
    const { sequence } = await life.state();
    await life.enter();
    await life.moveTo('2041-06-02T12:00:00+02:00');
    assert.deepEqual((await life.story(sequence)).slice(0, 4), [
      '2041-06-01 22:00 PaymentReceived',
      '2041-06-01 22:00 PaymentApplied',
      '2041-06-01 22:00 OrderCompleted',
      '2041-06-01 22:00 ServiceExtended',
    ]);
    assert.equal((await life.state()).phase.status, 'active');
  });

  it('is signalled again by the sweeper, once', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    const { key } = await life.enter();
    const sweeper = sweeperOf(world);
    await sweeper.sweep();
    await life.settled();
    assert.equal((await life.state()).phase.status, 'active');
    assert.notEqual((await findPayment(world.db, key))?.heardSequence, null);
    const { sequence } = await life.state();
    await sweeper.sweep();
    await life.settled();
    assert.equal((await life.state()).sequence, sequence);
  });

  it('for a life that has ended is left to an operator, with the reason', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    const { number: orderNumber } = await life.unpaid();
    await life.moveTo('2040-06-02T12:00:00+02:00');
    assert.equal((await life.story()).at(-1), '2040-06-02 00:00 Closed');
    const { key } = await life.enter({ orderNumber, amountMinor: 3050 });
    await sweeperOf(world).sweep();
    assert.equal((await findPayment(world.db, key))?.unmatchedReason, 'order_cancelled');
  });
});

describe('an order that was reserved and never reached its life', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('is ended by the sweeper where no life began', async () => {
    const { order } = await world.prepare({ at: '2040-04-02T10:00:00+02:00' });
    await sweeperOf(world).sweep();
    assert.equal((await findOrder(world.db, order.number))?.status, 'refused');
  });

  it('is ended where the life does not know it, and left where it does', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00', card: 'tok_approved' });
    const state = await life.state();
    const known = state.finishedOrders[0]?.number ?? '';
    const priced = (await findOrder(world.db, known))?.priced;
    assert.ok(priced);
    const number = await nextOrderNumber(world.db);
    const upgrade = { ...priced, content: { type: 'upgrade', add: { space: 1 }, coTerm: false } as const };
    await reserveOrder(world.db, { number, subscriptionId: life.id, customerId: state.customerRef, priced: upgrade });
    await sweeperOf(world).sweep();
    assert.equal((await findOrder(world.db, number))?.status, 'refused');
    assert.equal((await findOrder(world.db, known))?.status, 'completed');
  });
});

/** The life goes on in a run whose first task comes at an instant: as if no worker had been there since. */
async function resumeAt(life: Life, iso: string): Promise<void> {
  const snapshot = await life.state();
  await life.handle.terminate();
  await life.start({ kind: 'continue', snapshot }, iso);
  await life.settled();
}

async function until<T>(ask: () => Promise<T | null | false>): Promise<T> {
  for (const limit = Date.now() + 60_000; Date.now() < limit; await new Promise((resolve) => setImmediate(resolve))) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
  }
  throw new Error('It did not come about.');
}
