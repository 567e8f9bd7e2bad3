/** Whole random lives, committed in random batches: no cent is lost, made or in two places, and Postgres agrees with the domain. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { owedBy } from '../../db/credit.ts';
import { creditOf, ledgerBalances, paymentPlaces } from '../../db/ledger.ts';
import { findOrder, listOrders } from '../../db/orders.ts';
import { listPayments } from '../../db/payments.ts';
import { findSubscription } from '../../db/subscriptions.ts';
import { listTimeline } from '../../db/timeline.ts';
import { dateAt, type Instant } from '../../domain/calendar.ts';
import type { Event } from '../../domain/events.ts';
import { dueMinor } from '../../domain/orders.ts';
import type { Subscription } from '../../domain/subscription.ts';
import { Life, openFresh, type TestDatabase } from './support/life.ts';
import { RandomLife, step } from './support/randomLife.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

/** Where the events say each payment's money is: applied, credit, unmatched. */
function placesFrom(events: readonly Event[]): Map<string, Record<string, number>> {
  const places = new Map<string, Record<string, number>>();
  const add = (key: string, changes: Record<string, number>): void => {
    const known = places.get(key) ?? {};
    for (const [name, amount] of Object.entries(changes)) known[name] = (known[name] ?? 0) + amount;
    places.set(key, known);
  };
  const cancelled = new Set<string>();
  for (const event of events) {
    if (event.type === 'OrderCancelled' || event.type === 'OrderReversed') cancelled.add(event.number);
    if (event.type === 'PaymentReceived' && event.payment.assignment !== undefined) places.delete(event.payment.key);
    if (event.type === 'RefundMade')
      for (const { key, amountMinor } of event.parts) add(key, { applied: -amountMinor, returned: amountMinor });
    if (event.type === 'PaymentApplied') add(event.payment.key, { applied: event.payment.appliedMinor });
    if (event.type === 'PaymentReversed') {
      const { reversal, orderMinor, unmatchedMinor, creditMinor } = event;
      const returned = orderMinor + unmatchedMinor + creditMinor;
      add(reversal.paymentKey, { applied: -orderMinor, unmatched: -unmatchedMinor, credit: -creditMinor, returned });
    }
    if (event.type !== 'PaymentCredited' && event.type !== 'PaymentUnmatched') continue;
    const to = event.type === 'PaymentCredited' ? 'credit' : 'unmatched';
    const held = cancelled.has(event.number) ? (places.get(event.key)?.['applied'] ?? 0) : 0;
    add(event.key, { [to]: event.amountMinor, ...(held > 0 ? { applied: -event.amountMinor } : {}) });
  }
  return places;
}

async function checkMoney({ life, events }: RandomLife): Promise<void> {
  const told = placesFrom(events);
  for (const { key, amountMinor, heardSequence } of await listPayments(life.db, life.id)) {
    const booked: Record<string, number> = {};
    for (const { account, amountMinor: part } of await paymentPlaces(life.db, key)) {
      const name = account
        .replace(/^receivable:.*/, 'applied')
        .replace(/^customer_credit:.*/, 'credit')
        .replace(/^(cash|refund_due):.*/, 'returned');
      booked[name] = (booked[name] ?? 0) + part;
    }
    assert.strictEqual(
      Object.values(booked).reduce((sum, part) => sum + part, 0),
      amountMinor,
      key,
    );
    assert.notStrictEqual(heardSequence, null, `${key} was never heard of`);
    const expected = Object.entries(told.get(key) ?? {}).filter(([, part]) => part !== 0);
    assert.deepStrictEqual(booked, Object.fromEntries(expected), key);
  }
}

async function checkOrders({ life }: RandomLife, balances: Record<string, number>): Promise<void> {
  for (const order of await listOrders(life.db, life.id)) {
    if (order.status === 'reserved' || order.status === 'refused') continue;
    assert.strictEqual(balances[`receivable:${order.number}`] ?? 0, order.dueMinor, `what is owed on ${order.number}`);
  }
  for (const open of life.state.orders) {
    const row = await findOrder(life.db, open.number);
    assert.deepStrictEqual([row?.status, row?.dueMinor], [open.status, dueMinor(open)], open.number);
  }
}

async function checkCredit({ life, events, creditRefundedMinor }: RandomLife): Promise<void> {
  const given = events.flatMap((event) =>
    event.type === 'PaymentCredited' || event.type === 'SurplusCredited' ? [event.amountMinor] : [],
  );
  const used = events.flatMap((event) =>
    event.type === 'PaymentReceived' && event.payment.method === 'credit' ? [event.payment.amountMinor] : [],
  );
  const returned = events.flatMap((event) => (event.type === 'PaymentReversed' ? [event.creditMinor] : []));
  const sum = (amounts: number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  // What was used before it was taken back is owed.
  const credit = (await creditOf(life.db, life.customer.id)) - (await owedBy(life.db, life.customer.id));
  assert.strictEqual(credit, sum(given) - sum(used) - sum(returned) - creditRefundedMinor);
}

async function checkReadModel({ life, events }: RandomLife): Promise<void> {
  const row = await findSubscription(life.db, life.id);
  assert.deepStrictEqual(row?.state, JSON.parse(JSON.stringify(life.state)) as Subscription);
  const entries = await listTimeline(life.db, life.id);
  assert.deepStrictEqual(
    entries.map(({ sequence, type }) => [sequence, type]),
    events.map(({ sequence, type }) => [sequence, type]),
  );
  assert.strictEqual(dateAt(row?.updatedAt ?? (0 as Instant)), dateAt(events.at(-1)?.at ?? (0 as Instant)));
}

describe('a random life, committed in random batches', () => {
  it('keeps every cent in exactly one place, and the ledger at zero', async () => {
    const steps = fc.array(step, { minLength: 8, maxLength: 40 });
    const property = fc.asyncProperty(fc.integer({ min: 0, max: 5 }), steps, async (kind, taken) => {
      const random = new RandomLife(await Life.begin(fresh.db));
      await random.begin(kind > 0, kind > 1);
      for (const next of taken) await random.take(next);
      await random.look();
      await random.commit(0);
      const balances = await ledgerBalances(fresh.db);
      assert.strictEqual(
        Object.values(balances).reduce((sum, balance) => sum + balance, 0),
        0,
      );
      assert.strictEqual(balances['unapplied'] ?? 0, 0);
      assert.strictEqual(balances['disputed'] ?? 0, 0);
      await checkMoney(random);
      await checkOrders(random, balances);
      await checkCredit(random);
      await checkReadModel(random);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
