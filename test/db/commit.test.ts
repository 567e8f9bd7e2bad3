import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BrokenSequenceError, commitEvents } from '../../db/commit.ts';
import { creditOf, ledgerBalances } from '../../db/ledger.ts';
import { TaxIdentityTakenError } from '../../db/liveServices.ts';
import { listMessages } from '../../db/messages.ts';
import { findOrder, listOrders, refuseReservation, reserveOrder } from '../../db/orders.ts';
import { findPayment, recordPayment } from '../../db/payments.ts';
import { findSubscription, liveServiceOf } from '../../db/subscriptions.ts';
import { listTimeline } from '../../db/timeline.ts';
import { instant, plainDate, type Instant } from '../../domain/calendar.ts';
import { refusal } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import { contents, Life, openFresh, START, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

describe('a first purchase that is committed', () => {
  it('makes the subscription, its order, its timeline and the message of the order', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    assert.deepStrictEqual(await findSubscription(fresh.db, life.id), {
      id: life.id,
      customerId: life.customer.id,
      product: 'fe',
      status: 'awaiting_payment',
      expiresOn: null,
      nextDeadlineAt: instant('2027-05-04T00:00:00+02:00'),
      autoRenewal: false,
      sequence: 1,
      state: life.state,
      username: null,
      updatedAt: START,
    });
    const order = await findOrder(fresh.db, number);
    assert.strictEqual(order?.status, 'awaiting_payment');
    assert.strictEqual(order.placedAt, START);
    assert.deepStrictEqual([order.receivedMinor, order.dueMinor], [0, 3050]);
    const timeline = await listTimeline(fresh.db, life.id);
    assert.deepStrictEqual(timeline, [
      { sequence: 1, at: START, type: 'OrderPlaced', data: { order: life.state.orders[0] } },
    ]);
    const messages = await listMessages(fresh.db, life.id);
    assert.deepStrictEqual(
      messages.map(({ sequence, at, message, status, sentAt }) => [sequence, at, message.kind, status, sentAt]),
      [[1, START, 'order_confirmed', 'queued', null]],
    );
  });

  it('adds one job for each message, in the queue of its subscription', async () => {
    const { life } = await Life.ordered(fresh.db);
    const messages = await listMessages(fresh.db, life.id);
    const jobs: unknown[] = await fresh
      .db('graphile_worker.jobs')
      .where('queue_name', `mail:${life.id}`)
      .select('task_identifier', 'key');
    assert.deepStrictEqual(jobs, [{ task_identifier: 'send_message', key: `message:${messages[0]?.id}` }]);
    const { rows } = await fresh.db.raw<{ rows: unknown[] }>(
      'select payload from graphile_worker._private_jobs where key = ?',
      [`message:${messages[0]?.id}`],
    );
    assert.deepStrictEqual(rows, [{ payload: { messageId: messages[0]?.id } }]);
  });

  it('books what is owed', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const { rows } = await fresh.db.raw<{ rows: unknown[] }>(
      `select account, amount_minor from ledger_postings join ledger_journals on id = journal_id
       where subscription_id = ? order by line`,
      [life.id],
    );
    assert.deepStrictEqual(rows, [
      { account: `receivable:${number}`, amount_minor: 3050 },
      { account: 'deferred_revenue', amount_minor: -2500 },
      { account: 'vat_payable', amount_minor: -550 },
    ]);
  });
});

describe('an order that was never reserved, or whose reservation was refused meanwhile', () => {
  it('is written whole', async () => {
    const life = await Life.begin(fresh.db);
    const { number, priced } = await life.quote('first_purchase');
    life.do({ type: 'PlaceOrder', order: { number, priced }, pay: null });
    await life.commit();
    assert.strictEqual((await findOrder(fresh.db, number))?.status, 'awaiting_payment');
    assert.strictEqual(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), life.id);
  });

  it('takes its tax code again', async () => {
    const life = await Life.begin(fresh.db);
    const number = await life.order('first_purchase');
    await refuseReservation(fresh.db, number, refusal('order_out_of_date'));
    await life.commit();
    const order = await findOrder(fresh.db, number);
    assert.deepStrictEqual([order?.status, order?.refusal, order?.dueMinor], ['awaiting_payment', null, 3050]);
    assert.strictEqual(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), life.id);
  });

  it('is not placed over an order that exists', async () => {
    const { number } = await Life.ordered(fresh.db);
    const other = await Life.begin(fresh.db);
    const { priced } = await other.quote('first_purchase');
    other.do({ type: 'PlaceOrder', order: { number, priced }, pay: null });
    await assert.rejects(other.commit(), /number is used already/);
    assert.strictEqual(await findSubscription(fresh.db, other.id), null);
  });

  it('does not make a second live service', async () => {
    const { life } = await Life.ordered(fresh.db);
    const second = new Life(fresh.db, life.customer, `${life.id}-2`);
    second.do({ type: 'PlaceOrder', order: await second.quote('first_purchase'), pay: null });
    await assert.rejects(second.commit(), TaxIdentityTakenError);
    assert.strictEqual(await findSubscription(fresh.db, second.id), null);
  });
});

describe('the same events', () => {
  it('change nothing when they are committed again', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number, amountMinor: 4000 }) });
    const events = [...life.pending];
    await life.commit();
    const once = await contents(fresh.db);
    await life.commit(events);
    assert.deepStrictEqual(await contents(fresh.db), once);
  });

  it('are written once when several processes commit them at the same time', async () => {
    const life = await Life.begin(fresh.db);
    const number = await life.order('first_purchase');
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    const input = { subscription: life.state, events: life.pending, nextDeadlineAt: null };
    await Promise.all(Array.from({ length: 6 }, () => commitEvents(fresh.db, input)));
    assert.strictEqual((await listTimeline(fresh.db, life.id)).length, life.pending.length);
    assert.strictEqual((await findOrder(fresh.db, number))?.receivedMinor, 3050);
    assert.strictEqual((await listMessages(fresh.db, life.id)).length, 2);
  });

  it('are written once in batches that overlap', async () => {
    const life = await Life.begin(fresh.db);
    const states = new Map<number, Life['state']>();
    const number = await life.order('first_purchase');
    states.set(life.state.sequence, life.state);
    for (const amountMinor of [1000, 1000, 1050]) {
      life.do({
        type: 'RecordPayment',
        payment: life.payment({ orderNumber: number, key: `bank:${number}-${states.size}`, amountMinor }),
      });
      states.set(life.state.sequence, life.state);
    }
    const all = [...life.pending];
    const ends = [...states.keys()].toSorted((a, b) => a - b);
    const batch = (from: number, to: number) => ({
      subscription: states.get(to) as Life['state'],
      events: all.filter(({ sequence }) => sequence > from && sequence <= to),
      nextDeadlineAt: null,
    });
    const [first = 0, second = 0, third = 0, last = 0] = ends;
    await commitEvents(fresh.db, batch(0, second));
    await commitEvents(fresh.db, batch(first, third));
    await commitEvents(fresh.db, batch(0, first));
    await Promise.all([commitEvents(fresh.db, batch(0, last)), commitEvents(fresh.db, batch(second, last))]);
    assert.deepStrictEqual(
      (await listTimeline(fresh.db, life.id)).map(({ sequence }) => sequence),
      all.map(({ sequence }) => sequence),
    );
    assert.strictEqual((await findSubscription(fresh.db, life.id))?.sequence, last);
    const order = await findOrder(fresh.db, number);
    assert.deepStrictEqual([order?.status, order?.receivedMinor, order?.dueMinor], ['completed', 3050, 0]);
  });
});

describe('events that do not continue what is stored', () => {
  it('are refused when one is missing', async () => {
    const { life } = await Life.ordered(fresh.db);
    life.do({ type: 'ReportUsage', usedBytes: 1 });
    life.do({ type: 'ReportUsage', usedBytes: 2 });
    const before = await contents(fresh.db);
    await assert.rejects(life.commit(life.pending.slice(1)), BrokenSequenceError);
    await assert.rejects(life.commit(life.pending.slice(0, 1)), BrokenSequenceError);
    await assert.rejects(life.commit([...life.pending].toReversed()), BrokenSequenceError);
    assert.deepStrictEqual(await contents(fresh.db), before);
    await life.commit();
  });

  it('are refused when another story is stored under their numbers', async () => {
    const { life } = await Life.ordered(fresh.db);
    const fork = new Life(fresh.db, life.customer, life.id);
    fork.state = life.state;
    life.do({ type: 'ReportUsage', usedBytes: 1 });
    await life.commit();
    fork.do({ type: 'ReportUsage', usedBytes: 2 });
    fork.do({ type: 'ReportUsage', usedBytes: 3 });
    await assert.rejects(fork.commit(), BrokenSequenceError);
    assert.strictEqual((await findSubscription(fresh.db, life.id))?.state.usedBytes, 1);
  });

  it('are nothing to do when there are none', async () => {
    const life = await Life.begin(fresh.db);
    await life.commit();
    assert.strictEqual(await findSubscription(fresh.db, life.id), null);
  });
});

describe('a commit that breaks in the middle', () => {
  const POINTS = [
    ...['subscriptions', 'timeline', 'orders', 'payments', 'ledger_journals', 'ledger_postings', 'payment_places'],
    ...['messages', 'graphile_worker._private_jobs', 'live_services'],
  ];
  const WAYS = {
    'by an error': "raise exception 'broken on purpose'",
    'because its connection is killed': 'perform pg_terminate_backend(pg_backend_pid())',
  };
  for (const [way, statement] of Object.entries(WAYS)) {
    for (const table of POINTS) {
      it(`leaves nothing, and succeeds when tried again: ${table}, ${way}`, async () => {
        const life = await Life.begin(fresh.db);
        const number = await life.order('first_purchase');
        await life.commit();
        life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number, amountMinor: 1000 }) });
        // Cancelling the first order closes the life, which frees the tax code.
        life.do({ type: 'CancelOrder', number });
        const before = await contents(fresh.db);
        await fresh.db.raw(
          `create function break() returns trigger language plpgsql as $$ begin ${statement}; return null; end $$`,
        );
        await fresh.db.raw('create trigger break after insert or update or delete on ?? execute function break()', [
          table,
        ]);
        const events = [...life.pending];
        await assert.rejects(life.commit(events));
        await fresh.db.raw('drop function break() cascade');
        assert.deepStrictEqual(await contents(fresh.db), before);
        await life.commit(events);
        assert.strictEqual((await findSubscription(fresh.db, life.id))?.status, 'closed');
        assert.strictEqual(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), null);
      });
    }
  }
});

describe('a payment that is committed', () => {
  it('fills its order and is told of', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const fact = life.payment({ orderNumber: number, amountMinor: 1000 });
    await recordPayment(fresh.db, life.newPayment(fact));
    life.do({ type: 'RecordPayment', payment: fact });
    await life.commit();
    const order = await findOrder(fresh.db, number);
    assert.deepStrictEqual([order?.status, order?.receivedMinor, order?.dueMinor], ['awaiting_payment', 1000, 2050]);
    assert.strictEqual((await findPayment(fresh.db, fact.key))?.heardSequence, 2);
    assert.deepStrictEqual(
      (await listMessages(fresh.db, life.id)).map(({ message }) => message.kind),
      ['order_confirmed', 'part_payment'],
    );
  });

  it('completes its order on the date it was registered', async () => {
    const life = await Life.active(fresh.db);
    const [order] = await listOrders(fresh.db, life.id);
    assert.deepStrictEqual([order?.status, order?.completedOn], ['completed', '2027-03-04']);
    const row = await findSubscription(fresh.db, life.id);
    assert.deepStrictEqual([row?.status, row?.expiresOn, row?.username], ['active', '2028-03-04', 'rn00000001']);
    life.do({ type: 'ReportUsage', usedBytes: 5 });
    await life.commit();
    assert.strictEqual((await findSubscription(fresh.db, life.id))?.username, 'rn00000001');
  });
});

describe('an order of a public administration', () => {
  it('is completed by a commitment, and filled by what is paid later', async () => {
    const life = await Life.begin(fresh.db, { publicAdministration: true });
    life.state = { ...life.state, splitPayment: true };
    const number = await life.order('first_purchase');
    const registeredOn = plainDate('2027-03-04');
    life.do({ type: 'RegisterCommitment', number, registeredOn, reference: 'CIG 1' });
    await life.commit();
    const committed = await findOrder(fresh.db, number);
    assert.deepStrictEqual(
      [committed?.status, committed?.completedOn, committed?.receivedMinor, committed?.dueMinor],
      ['completed', '2027-03-04', 0, 2500],
    );
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number, amountMinor: 2600 }) });
    await life.commit();
    const filled = await findOrder(fresh.db, number);
    assert.deepStrictEqual([filled?.status, filled?.receivedMinor, filled?.dueMinor], ['completed', 2500, 0]);
    assert.strictEqual(await creditOf(fresh.db, life.customer.id), 100);
  });
});

describe('the end of a life', () => {
  it('frees its tax code for a new purchase, and only then', async () => {
    const life = await Life.active(fresh.db);
    const identity = life.customer.taxCode ?? '';
    while (life.state.phase.status !== 'terminated') {
      assert.strictEqual(await liveServiceOf(fresh.db, [identity]), life.id);
      await life.reachDeadline();
      await life.commit();
    }
    assert.strictEqual(await liveServiceOf(fresh.db, [identity]), null);
    const next = new Life(fresh.db, life.customer, `${life.id}-next`);
    await next.order('first_purchase');
    await next.commit();
    assert.strictEqual(await liveServiceOf(fresh.db, [identity]), next.id);
  });
});

describe('several decisions committed at once', () => {
  it('are each told with the state they led to', async () => {
    const life = await Life.active(fresh.db);
    life.do({ type: 'SetPaymentMethod', method: { methodId: 'pm_1', kind: 'card' } });
    life.now = (life.now + 1000) as Instant;
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.now = (life.now + 1000) as Instant;
    life.do({ type: 'RemovePaymentMethod' });
    await life.commit();
    const told = (await listMessages(fresh.db, life.id)).map(({ at, message }) => ({ at, ...message }));
    const switched = told.filter((message) => message.kind === 'auto_renewal_switched');
    assert.deepStrictEqual(
      switched.map(({ at, payload }) => [at, payload.method]),
      [[START + 1000, 'card']],
    );
    const changed = told.filter((message) => message.kind === 'method_changed');
    assert.deepStrictEqual(
      changed.map(({ at, payload }) => [at, payload.method, payload.autoRenewal]),
      [
        [START, 'card', false],
        [START + 2000, null, false],
      ],
    );
  });
});

describe('rubbish from an operator', () => {
  it('is written down, whatever characters it has', async () => {
    const { life } = await Life.ordered(fresh.db);
    life.do({ type: 'RecordRejectedSignal', field: 'na\0me', reason: 'broken \uD800 pair \0 and "quotes" ?, $1' });
    await life.commit();
    const [entry] = await listTimeline(fresh.db, life.id, { after: 1 });
    assert.deepStrictEqual(entry?.data, {
      field: 'na\uFFFDme',
      reason: 'broken \uFFFD pair \uFFFD and "quotes" ?, $1',
    });
    // The retry of a commit that had succeeded compares what it sends with what is stored.
    const rejected = {
      type: 'SignalRejected',
      sequence: 2,
      at: START,
      field: 'na\0me',
      reason: 'broken \uD800 pair \0 and "quotes" ?, $1',
    } as Event;
    await life.commit([rejected]);
  });

  it('cannot keep a payment from being written down', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const payment = { ...life.payment({ orderNumber: number, key: 'no colon \0' }), receivedAt: 8e15 as Instant };
    life.do({ type: 'RecordPayment', payment });
    const early = { ...payment, key: 'a:b:c', receivedAt: -8e15 as Instant, registeredOn: plainDate('0001-01-01') };
    life.do({ type: 'RecordPayment', payment: early });
    life.do({ type: 'RecordPayment', payment: { ...early, key: ':', registeredOn: plainDate('9999-12-31') } });
    await life.commit();
    assert.strictEqual((await findOrder(fresh.db, number))?.status, 'completed');
    assert.throws(() => plainDate('0000-12-31'), RangeError);
  });
});

describe('the ledger', () => {
  it('sums to zero after all that happened here', async () => {
    const balances = await ledgerBalances(fresh.db);
    assert.strictEqual(
      Object.values(balances).reduce((sum, balance) => sum + balance, 0),
      0,
    );
    assert.strictEqual(balances['unapplied'] ?? 0, 0);
  });
});

describe('a reservation', () => {
  it('keeps what was accepted and how it will be paid when it becomes an order', async () => {
    const life = await Life.begin(fresh.db);
    const order = await life.quote('first_purchase');
    const acceptances = { termsVersion: '1', unfairTermsVersion: '2', privacyVersion: '3', acceptedAt: START };
    const reservation = {
      number: order.number,
      subscriptionId: life.id,
      customerId: life.customer.id,
      priced: order.priced,
    };
    await reserveOrder(fresh.db, { ...reservation, acceptances, paymentMethod: 'bank_transfer' });
    life.do({ type: 'PlaceOrder', order, pay: null });
    await life.commit();
    const row = await findOrder(fresh.db, order.number);
    assert.deepStrictEqual([row?.acceptances, row?.paymentMethod], [acceptances, 'bank_transfer']);
  });
});
