import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { creditOf, ledgerBalances, paymentPlaces } from '../../db/ledger.ts';
import { liveServiceOf } from '../../db/liveServices.ts';
import { listMessages } from '../../db/messages.ts';
import { findOrder } from '../../db/orders.ts';
import { giveMailUp, retryMail } from '../../db/outbox.ts';
import { assignPayment, factOf, findPayment, recordPayment } from '../../db/payments.ts';
import { acknowledge, findAcknowledgement, listQueue, type QueueKind, type QueueRow } from '../../db/queue.ts';
import type { Instant } from '../../domain/calendar.ts';
import { Life, openFresh, START, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

const HOUR = 3_600_000;
const CARD = { methodId: 'pm_1', kind: 'card' } as const;

/** A life whose service was paid for and could not be made. */
async function failed(): Promise<{ life: Life; number: string }> {
  const { life, number } = await Life.ordered(fresh.db);
  life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
  life.now = (life.now + HOUR) as Instant;
  life.do({ type: 'RecordActivationFailure', reason: 'checks_needed' });
  await life.commit();
  return { life, number };
}

/** The items of one kind about one life. */
async function items(kind: QueueKind, life: Life): Promise<QueueRow[]> {
  const rows = await listQueue(fresh.db, { kind, limit: 1000 });
  return rows.filter(({ subscriptionId }) => subscriptionId === life.id);
}

describe('an activation that failed', () => {
  it('waits since it failed, until it is settled', async () => {
    const { life, number } = await failed();
    assert.deepStrictEqual(await items('activation_failed', life), [
      {
        kind: 'activation_failed',
        id: life.id,
        since: START + HOUR,
        subscriptionId: life.id,
        orderNumber: number,
        paymentKey: null,
        details: { reason: 'checks_needed', paidOn: '2027-03-04', customerId: life.customer.id },
      },
    ]);
    life.do({ type: 'ConfirmActivation', username: 'rn1' });
    await life.commit();
    assert.deepStrictEqual(await items('activation_failed', life), []);
  });

  it('is given up: order, money, service and message follow', async () => {
    const before = await ledgerBalances(fresh.db);
    const { life, number } = await failed();
    life.do({ type: 'AbandonActivation', reason: 'struck off' });
    await life.commit();
    assert.deepStrictEqual(await items('activation_failed', life), []);
    const order = await findOrder(fresh.db, number);
    assert.deepStrictEqual(
      [order?.status, order?.cancelledWhy, order?.completedOn, order?.receivedMinor, order?.dueMinor],
      ['cancelled', 'not_activated', null, 0, 0],
    );
    const balances = await ledgerBalances(fresh.db);
    const change = (account: string): number => (balances[account] ?? 0) - (before[account] ?? 0);
    assert.deepStrictEqual(
      ['deferred_revenue', 'vat_payable', `receivable:${number}`, 'unapplied', 'unmatched'].map(change),
      [0, 0, 0, 0, 0],
    );
    assert.deepStrictEqual(
      [change('cash:bank_transfer'), change(`customer_credit:${life.customer.id}`)],
      [3050, -3050],
    );
    assert.equal(await creditOf(fresh.db, life.customer.id), 3050);
    assert.deepStrictEqual(await paymentPlaces(fresh.db, `bank:${number}`), [
      { account: `customer_credit:${life.customer.id}`, amountMinor: 3050 },
    ]);
    assert.equal(await liveServiceOf(fresh.db, [life.customer.taxCode ?? '']), null);
    const told = (await listMessages(fresh.db, life.id)).map(({ message }) => message.kind);
    assert.deepStrictEqual(told, ['order_confirmed', 'payment_received', 'activation_abandoned']);
  });

  it('is given up though a commitment was never paid: nothing is owed any more', async () => {
    const before = await ledgerBalances(fresh.db);
    const life = await Life.begin(fresh.db);
    life.state = { ...life.state, splitPayment: true };
    const number = await life.order('first_purchase');
    life.do({ type: 'RegisterCommitment', number, registeredOn: life.today, reference: 'CIG 1' });
    const part = life.payment({ orderNumber: number, amountMinor: 1000 });
    life.do({ type: 'RecordPayment', payment: part });
    life.do({ type: 'RecordActivationFailure', reason: 'checks_needed' });
    life.do({ type: 'AbandonActivation', reason: 'struck off' });
    await life.commit();
    const balances = await ledgerBalances(fresh.db);
    assert.equal(balances[`receivable:${number}`], 0);
    assert.equal(balances['deferred_revenue'], before['deferred_revenue']);
    assert.equal(await creditOf(fresh.db, life.customer.id), 1000);
  });
});

describe('money that waits', () => {
  /** Money for a renewal that was cancelled before it came. */
  async function stray(): Promise<{ life: Life; key: string }> {
    const life = await Life.active(fresh.db);
    const first = await life.order('renewal');
    life.do({ type: 'CancelOrder', number: first });
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: first }) });
    await life.commit();
    return { life, key: `bank:${first}` };
  }

  it('is listed with its reason, and gone once it is assigned and heard of', async () => {
    const { life, key } = await stray();
    const [item, ...others] = await items('payment_unmatched', life);
    assert.deepStrictEqual(others, []);
    assert.deepStrictEqual(
      [item?.id, item?.paymentKey, item?.details],
      [
        key,
        key,
        {
          reason: 'order_cancelled',
          amountMinor: 3050,
          waitingMinor: 3050,
          method: 'bank_transfer',
          registeredOn: '2027-03-04',
        },
      ],
    );
    const orderNumber = await life.order('renewal');
    await life.commit();
    const wanted = { orderNumber, subscriptionId: life.id, at: life.now };
    assert.equal(await assignPayment(fresh.db, key, wanted), true);
    assert.equal(await assignPayment(fresh.db, key, wanted), false);
    assert.deepStrictEqual(await items('payment_unmatched', life), []);
    const assigned = await findPayment(fresh.db, key);
    assert.ok(assigned !== null);
    assert.deepStrictEqual(assigned.assignedTo, { orderNumber, number: 1, at: life.now });
    life.do({ type: 'RecordPayment', payment: factOf(assigned) });
    await life.commit();
    assert.deepStrictEqual(await paymentPlaces(fresh.db, key), [
      { account: `receivable:${orderNumber}`, amountMinor: 3050 },
    ]);
    assert.equal((await findOrder(fresh.db, orderNumber))?.status, 'completed');
  });

  it('can be assigned to another customer’s order', async () => {
    const { key } = await stray();
    const { life: other, number } = await Life.ordered(fresh.db);
    await assignPayment(fresh.db, key, { orderNumber: number, subscriptionId: other.id, at: other.now });
    const assigned = await findPayment(fresh.db, key);
    assert.ok(assigned !== null);
    other.do({ type: 'RecordPayment', payment: factOf(assigned) });
    await other.commit();
    assert.equal((await findOrder(fresh.db, number))?.status, 'completed');
  });

  it('is listed for what is left of it, where a part of it was used', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const payment = life.payment({ orderNumber: number, amountMinor: 1000 });
    life.do({ type: 'RecordPayment', payment });
    life.do({ type: 'CancelOrder', number });
    await life.commit();
    const [whole] = await items('payment_unmatched', life);
    assert.equal(whole?.details['waitingMinor'], 1000);
  });

  it('of an order nobody knows is listed without a subscription', async () => {
    const { life } = await Life.ordered(fresh.db);
    const fact = life.payment({ orderNumber: '999', key: 'bank:nobody', amountMinor: 700 });
    await recordPayment(fresh.db, { ...life.newPayment(fact), subscriptionId: null });
    const [item] = await listQueue(fresh.db, { kind: 'payment_unmatched', id: 'bank:nobody', limit: 2 });
    assert.deepStrictEqual([item?.subscriptionId, item?.details['reason']], [null, 'unknown_order']);
  });
});

describe('what was told by hand', () => {
  it('and cannot be read is listed until somebody has seen it', async () => {
    const life = await Life.active(fresh.db);
    life.do({ type: 'RecordRejectedSignal', field: 'amountMinor', reason: 'rubbish' });
    await life.commit();
    const [item] = await items('signal_rejected', life);
    assert.deepStrictEqual(item?.details, { field: 'amountMinor', reason: 'rubbish' });
    const seen = { kind: 'signal_rejected', id: item.id, note: 'typo of mine', operatorId: 'key_1' };
    await acknowledge(fresh.db, seen);
    await acknowledge(fresh.db, { ...seen, note: 'again' });
    assert.deepStrictEqual(await items('signal_rejected', life), []);
    assert.equal((await findAcknowledgement(fresh.db, 'signal_rejected', item.id))?.note, 'typo of mine');
  });

  it('and contradicts what is known is listed: as a conflict, or as a claim', async () => {
    const life = await Life.active(fresh.db);
    const number = await life.order('renewal');
    const payment = life.payment({ orderNumber: number, amountMinor: 500 });
    life.do({ type: 'RecordPayment', payment });
    life.do({ type: 'RecordPayment', payment: { ...payment, amountMinor: 600 } });
    await life.commit();
    const [conflict] = await items('payment_conflict', life);
    assert.equal(conflict?.paymentKey, payment.key);
    const { life: other, number: unpaid } = await Life.ordered(fresh.db);
    other.do({ type: 'RecordPayment', payment: { ...payment, orderNumber: unpaid } });
    await other.commit();
    const [claim] = await items('payment_disputed', other);
    assert.deepStrictEqual([claim?.details['claims'], claim?.details['amountMinor']], [payment.key, 500]);
  });
});

describe('a charge', () => {
  it('is listed once it was without an answer for an hour, until it has one', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    life.do({ type: 'PayOrder', number, method: CARD });
    const attemptId = life.state.attempt?.attemptId ?? '';
    const unknown = {
      type: 'RecordChargeOutcome',
      attemptId,
      outcome: { kind: 'unknown', reason: 'silence' },
    } as const;
    life.do(unknown);
    await life.commit();
    assert.deepStrictEqual(await items('charge_unanswered', life), []);
    life.now = (life.now + HOUR + 1000) as Instant;
    await life.reachDeadline();
    life.do(unknown);
    await life.commit();
    const [item] = await items('charge_unanswered', life);
    assert.deepStrictEqual([item?.id, item?.orderNumber, item?.since], [attemptId, number, START]);
    await life.reachDeadline();
    life.do({ type: 'RecordChargeOutcome', attemptId, outcome: { kind: 'declined', reason: 'no funds' } });
    await life.commit();
    assert.deepStrictEqual(await items('charge_unanswered', life), []);
  });
});

describe('a life', () => {
  it('is listed when its deadline passed long ago, and not when it lies ahead', async () => {
    const life = await Life.active(fresh.db);
    assert.deepStrictEqual(await items('life_overdue', life), []);
    await fresh.db('subscriptions').where({ id: life.id }).update({ next_deadline_at: '2026-01-02T03:04:05Z' });
    const [item] = await items('life_overdue', life);
    assert.deepStrictEqual([item?.id, item?.since], [`${life.id}@1767323045000`, 1_767_323_045_000]);
  });
});

describe('mail', () => {
  it('is listed when it failed for a day, and can be sent at once or given up', async () => {
    const { life } = await Life.ordered(fresh.db);
    const [message] = await listMessages(fresh.db, life.id);
    const key = `message:${message?.id}`;
    const jobs = () => fresh.db('graphile_worker._private_jobs').where({ key });
    const fail = { attempts: 3, last_error: '550 no such mailbox', run_at: '2027-01-01T00:00:00Z' };
    await jobs().update(fail);
    assert.deepStrictEqual(await items('mail_undelivered', life), []);
    await jobs().update({ created_at: '2026-01-01T00:00:00Z' });
    const [item] = await items('mail_undelivered', life);
    assert.deepStrictEqual(
      [item?.id, item?.details['message'], item?.details['attempts'], item?.details['lastError']],
      [key, 'order_confirmed', 3, '550 no such mailbox'],
    );
    await retryMail(fresh.db, key);
    assert.deepStrictEqual(await items('mail_undelivered', life), []);
    await jobs().update(fail);
    await giveMailUp(fresh.db, key);
    assert.deepStrictEqual(await items('mail_undelivered', life), []);
    assert.equal((await listMessages(fresh.db, life.id))[0]?.status, 'suppressed');
    assert.equal((await jobs()).length, 0);
  });
});

describe('the list', () => {
  it('is the oldest first, in pages that neither repeat nor leave out', async () => {
    for (let index = 0; index < 4; index += 1) await failed();
    const all = await listQueue(fresh.db, { limit: 1000 });
    const since = all.map((item) => item.since);
    assert.deepStrictEqual(
      since,
      since.toSorted((a, b) => a - b),
    );
    const paged: QueueRow[] = [];
    for (let page = await listQueue(fresh.db, { limit: 2 }); page.length > 0;) {
      paged.push(...page);
      page = await listQueue(fresh.db, { limit: 2, after: page.at(-1)! });
    }
    assert.deepStrictEqual(paged, all);
  });
});
