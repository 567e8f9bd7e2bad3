/** Whole random lives, committed in random batches: no cent is lost, made or in two places, and Postgres agrees with the domain. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { creditOf, ledgerBalances, paymentPlaces } from '../../db/ledger.ts';
import { commitEvents } from '../../db/commit.ts';
import { findOrder, listOrders } from '../../db/orders.ts';
import {
  assignPayment,
  factOf,
  findPayment,
  InsufficientCreditError,
  listPayments,
  recordPayment,
  unheardPayments,
} from '../../db/payments.ts';
import { findSubscription } from '../../db/subscriptions.ts';
import { listTimeline } from '../../db/timeline.ts';
import { addDays, dateAt, type Instant } from '../../domain/calendar.ts';
import type { PaymentFact } from '../../domain/commands.ts';
import { nextDeadline } from '../../domain/deadlines.ts';
import type { Event } from '../../domain/events.ts';
import { dueMinor, isUnpaid, type PaymentMethodKind } from '../../domain/orders.ts';
import type { Subscription } from '../../domain/subscription.ts';
import { Life, openFresh, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

const CARD = { methodId: 'pm_1', kind: 'card' } as const;

type Step =
  | { readonly do: 'order'; readonly type: 'renewal' | 'upgrade' | 'reactivation' }
  | {
      readonly do: 'pay';
      /** Which of the orders so far, from the last. */
      readonly order: number;
      /** Tenths of what the order costs. */
      readonly tenths: number;
      readonly method: PaymentMethodKind;
      /** `lost`: recorded, and heard of at the next look only. */
      readonly way: 'recorded' | 'by hand' | 'twice' | 'lost';
      readonly daysAgo: number;
    }
  | { readonly do: 'cancel'; readonly order: number }
  | { readonly do: 'charge'; readonly outcome: 'succeeded' | 'declined' | 'unknown' }
  | { readonly do: 'autoRenewal'; readonly on: boolean }
  | { readonly do: 'look' | 'wait' | 'activate' | 'fail' | 'abandon' | 'assign' | 'method' | 'notice' }
  | { readonly do: 'commit'; readonly overlap: number };

/** Old orders see little; most happens around the last ones. */
const RECENT = 4;
const place = fc.nat(RECENT);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('order'), type: fc.constantFrom('renewal', 'upgrade', 'reactivation') }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pay'),
      order: place,
      tenths: fc.constantFrom(1, 3, 5, 10, 10, 10, 13, 20),
      method: fc.constantFrom('bank_transfer', 'postal_slip', 'card', 'credit'),
      way: fc.constantFrom('recorded', 'recorded', 'by hand', 'twice', 'lost'),
      daysAgo: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), order: place }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('charge'), outcome: fc.constantFrom('succeeded', 'declined', 'unknown') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('autoRenewal'), on: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('look', 'wait', 'wait', 'wait', 'activate', 'fail', 'abandon', 'assign', 'method', 'notice'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('commit'), overlap: fc.nat(6) }) },
) as fc.Arbitrary<Step>;

class RandomLife {
  readonly life: Life;
  readonly events: Event[] = [];
  #committed = 0;
  #numbers: string[] = [];
  #payments = 0;

  constructor(life: Life) {
    this.life = life;
  }

  async begin(paid: boolean, activated: boolean): Promise<void> {
    const number = await this.life.order('first_purchase');
    this.#numbers.push(number);
    if (!paid) return;
    this.life.do({ type: 'RecordPayment', payment: this.life.payment({ orderNumber: number }) });
    this.life.do(
      activated ? { type: 'RecordActivation', username: 'rn1' } : { type: 'RecordActivationFailure', reason: 'checks' },
    );
  }

  async take(next: Step): Promise<void> {
    const { life } = this;
    switch (next.do) {
      case 'order':
        return this.#order(next.type);
      case 'pay':
        return this.#pay(next);
      case 'cancel':
        return void life.tell({ type: 'CancelOrder', number: this.#numberAt(next.order) });
      case 'charge':
        return this.#charge(next.outcome);
      case 'autoRenewal':
        return void life.tell({ type: 'SwitchAutoRenewal', on: next.on });
      case 'method':
        return void life.tell({ type: 'SetPaymentMethod', method: CARD });
      case 'notice':
        return void life.tell({ type: 'GiveNotice' });
      case 'activate':
        return void life.tell({ type: 'RecordActivation', username: 'rn1' });
      case 'fail':
        return void life.tell({ type: 'RecordActivationFailure', reason: 'checks' });
      case 'abandon':
        return void life.tell({ type: 'AbandonActivation', reason: 'checks' });
      case 'assign':
        return this.#assign();
      case 'look':
        return this.look();
      case 'wait':
        return this.#wait();
      case 'commit':
        return this.commit(next.overlap);
    }
  }

  /** Commits what is pending, telling again some of what was told before. */
  async commit(overlap: number): Promise<void> {
    const { life } = this;
    this.events.push(...life.pending);
    life.pending = [];
    const events = this.events.slice(Math.max(0, this.#committed - overlap));
    const input = { subscription: life.state, events, nextDeadlineAt: nextDeadline(life.state)?.at ?? null };
    await Promise.all(
      overlap > 3 ? [commitEvents(life.db, input), commitEvents(life.db, input)] : [commitEvents(life.db, input)],
    );
    this.#committed = this.events.length;
  }

  /** Takes in what was recorded and never signalled, as a look before a deadline does. */
  async look(): Promise<void> {
    await this.commit(0);
    for (const payment of await unheardPayments(this.life.db, this.life.id, []))
      this.life.do({ type: 'RecordPayment', payment });
  }

  async #order(type: 'renewal' | 'upgrade' | 'reactivation'): Promise<void> {
    if (this.life.state.entitlements.intervals.length === 0) return;
    const order = await this.life.quote(type, type === 'upgrade' ? { space: 1 } : {});
    if (this.life.tell({ type: 'PlaceOrder', order, pay: null }) !== null) this.#numbers.push(order.number);
  }

  async #pay({ order, tenths, method, way, daysAgo }: Step & { do: 'pay' }): Promise<void> {
    const { life } = this;
    const number = this.#numberAt(order);
    const payable = this.#placed().find((placed) => placed.number === number)?.priced.payableMinor ?? 1000;
    this.#payments += 1;
    const fact: PaymentFact = {
      ...life.payment({ orderNumber: number, key: `bank:${life.id}-${this.#payments}`, method }),
      amountMinor: Math.max(1, Math.round((payable * tenths) / 10)),
      registeredOn: addDays(life.today, -daysAgo),
      storedMethod: method === 'card' ? CARD : null,
    };
    if (method === 'credit') {
      // Drawn by the API from what is committed; never by hand.
      await this.commit(0);
      const drawn = await recordPayment(life.db, life.newPayment(fact)).catch((error: unknown) => error);
      if (drawn instanceof Error && !(drawn instanceof InsufficientCreditError)) throw drawn;
      if (drawn instanceof InsufficientCreditError) return;
    } else if (way !== 'by hand') {
      await recordPayment(life.db, life.newPayment(fact));
    }
    if (way !== 'lost') life.do({ type: 'RecordPayment', payment: fact });
    if (way === 'twice') {
      assert.strictEqual((await recordPayment(life.db, life.newPayment(fact))).kind, 'same');
      life.do({ type: 'RecordPayment', payment: fact });
    }
  }

  /** Gives the first money that waits to the order that is unpaid, or else to the last. */
  async #assign(): Promise<void> {
    const { life } = this;
    await this.look();
    await this.commit(0);
    const orderNumber = life.state.orders.find(isUnpaid)?.number ?? this.#numberAt(0);
    for (const { key } of await listPayments(life.db, life.id)) {
      const at = life.now;
      if (!(await assignPayment(life.db, key, { orderNumber, subscriptionId: life.id, at }))) continue;
      const payment = await findPayment(life.db, key);
      assert.ok(payment !== null);
      // Told twice, as a sweeper may.
      life.do({ type: 'RecordPayment', payment: factOf(payment) });
      life.do({ type: 'RecordPayment', payment: factOf(payment) });
      return this.commit(0);
    }
  }

  #charge(outcome: 'succeeded' | 'declined' | 'unknown'): void {
    const { attempt } = this.life.state;
    if (attempt === null || attempt.retryAt !== null) return;
    const { attemptId, orderNumber, amountMinor } = attempt;
    const paid = this.life.payment({ orderNumber, amountMinor, key: `gateway:${attemptId}`, method: 'card' });
    const outcomes = {
      succeeded: { kind: 'succeeded', payment: { ...paid, storedMethod: CARD } },
      declined: { kind: 'declined', reason: 'no funds' },
      unknown: { kind: 'unknown', reason: 'silence' },
    } as const;
    this.life.do({ type: 'RecordChargeOutcome', attemptId, outcome: outcomes[outcome] });
  }

  async #wait(): Promise<void> {
    const deadline = nextDeadline(this.life.state);
    if (deadline === null) this.life.now = (this.life.now + 86_400_000) as Instant;
    else await this.life.reachDeadline();
    const placed = this.life.state.orders.map(({ number }) => number);
    this.#numbers.push(...placed.filter((number) => !this.#numbers.includes(number)));
  }

  #placed() {
    return [...this.events, ...this.life.pending].flatMap((event) =>
      event.type === 'OrderPlaced' ? [event.order] : [],
    );
  }

  #numberAt(order: number): string {
    return this.#numbers.at(-1 - (order % Math.min(RECENT, this.#numbers.length))) ?? '';
  }
}

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
    if (event.type === 'PaymentApplied') add(event.payment.key, { applied: event.payment.appliedMinor });
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
      const name = account.replace(/^receivable:.*/, 'applied').replace(/^customer_credit:.*/, 'credit');
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

async function checkCredit({ life, events }: RandomLife): Promise<void> {
  const given = events.flatMap((event) =>
    event.type === 'PaymentCredited' || event.type === 'SurplusCredited' ? [event.amountMinor] : [],
  );
  const used = events.flatMap((event) =>
    event.type === 'PaymentReceived' && event.payment.method === 'credit' ? [event.payment.amountMinor] : [],
  );
  const sum = (amounts: number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  assert.strictEqual(await creditOf(life.db, life.customer.id), sum(given) - sum(used));
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
