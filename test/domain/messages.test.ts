import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addDays, dateAt, instant, instantOf, plainDate, type Instant } from '../../domain/calendar.ts';
import type { Catalogue } from '../../domain/catalogue.ts';
import type { ChargeOutcome, Command, NumberedOrder, PaymentFact } from '../../domain/commands.ts';
import { nextDeadline } from '../../domain/deadlines.ts';
import { decide } from '../../domain/decide.ts';
import { needsQuote } from '../../domain/deciding/life.ts';
import { RefusedError } from '../../domain/errors.ts';
import type { Event, EventType } from '../../domain/events.ts';
import { messagesFor, type Message, type MessageKind } from '../../domain/messages.ts';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { dueMinor, isUnpaid, type StoredMethod } from '../../domain/orders.ts';
import { quoteFirstPurchase, quoteRenewal, quoteUpgrade, type Basis, type PricedOrder } from '../../domain/pricing.ts';
import { isStillDue } from '../../domain/stillDue.ts';
import { newSubscription, type Subscription } from '../../domain/subscription.ts';

const CATALOGUE: Catalogue = {
  notice: 'for tests',
  versions: [
    {
      version: '2027',
      validFrom: plainDate('2027-01-01'),
      vatPercent: 22,
      maxYears: 5,
      promotional: [],
      annualPriceMinor: {
        fe: 2500,
        'fe-receive-only': 1500,
        user: 1000,
        space: 1000,
        documents: 1200,
        payments: 1200,
        nso: 1500,
      },
    },
  ],
  agreements: [],
};
const START = instant('2027-03-01T10:00:00+01:00');
const CARD: StoredMethod = { methodId: 'pm_1', kind: 'card' };
const OTHER: StoredMethod = { methodId: 'pm_2', kind: 'paypal' };

/** A life without a workflow: what is decided is told at once. */
class Life {
  now: Instant = START;
  state: Subscription = newSubscription(
    { id: 'sub_1', customerRef: 'cus_1', product: 'fe', splitPayment: false },
    START,
  );
  readonly told: Message[] = [];
  readonly events: Event[] = [];
  #orders = 0;
  #payments = 0;

  /** The messages of one command; null when it was refused. */
  tell(command: Command): Message[] | null {
    const decision = decide(this.state, command, this.now);
    if (!decision.accepted) return null;
    this.state = decision.state;
    this.events.push(...decision.events);
    const told = decision.events.flatMap((event) => messagesFor(event, decision.state));
    this.told.push(...told);
    return told;
  }

  do(command: Command): MessageKind[] {
    const told = this.tell(command);
    assert.notStrictEqual(told, null, `refused: ${JSON.stringify(command)}`);
    return (told ?? []).map(({ kind }) => kind);
  }

  order(type: 'first_purchase' | 'renewal' | 'upgrade' | 'reactivation'): NumberedOrder {
    const { product, entitlements, entitlementsVersion, usedBytes, splitPayment } = this.state;
    const basis: Basis = {
      product,
      entitlements,
      entitlementsVersion,
      usedBytes,
      splitPayment,
      reactivationStart: 'expiry',
    };
    const terms = { catalogue: CATALOGUE, placedOn: dateAt(this.now) };
    const priced = (): PricedOrder => {
      if (type === 'first_purchase') return quoteFirstPurchase({ product, years: 1, extras: {}, splitPayment }, terms);
      if (type === 'upgrade') return quoteUpgrade({ add: { user: 1 }, coTerm: true }, basis, terms);
      return quoteRenewal(type, { years: 1 }, basis, terms);
    };
    this.#orders += 1;
    return { number: orderNumberFor(10_000_000 + this.#orders), priced: priced() };
  }

  place(type: Parameters<Life['order']>[0], pay: StoredMethod | null = null): MessageKind[] {
    return this.do({ type: 'PlaceOrder', order: this.order(type), pay });
  }

  get unpaid(): string {
    return this.state.orders.find(isUnpaid)?.number ?? '';
  }

  payment(number: string, amountMinor: number, storedMethod: StoredMethod | null = null): PaymentFact {
    this.#payments += 1;
    return {
      key: `bank:${this.#payments}`,
      orderNumber: number,
      amountMinor,
      method: storedMethod?.kind ?? 'bank_transfer',
      registeredOn: dateAt(this.now),
      receivedAt: this.now,
      storedMethod,
    };
  }

  transfer(number: string, amountMinor = this.due(number)): MessageKind[] {
    return this.do({ type: 'RecordPayment', payment: this.payment(number, amountMinor) });
  }

  due(number: string): number {
    const order = this.state.orders.find((candidate) => candidate.number === number);
    return order === undefined ? 0 : dueMinor(order);
  }

  outcome(kind: ChargeOutcome['kind']): ChargeOutcome {
    const { attempt } = this.state;
    if (kind === 'succeeded' && attempt !== null)
      return { kind, payment: this.payment(attempt.orderNumber, attempt.amountMinor, attempt.method) };
    if (kind === 'needs_customer') return { kind, confirmationUrl: 'https://bank.example/confirm/1' };
    return { kind: kind === 'succeeded' ? 'declined' : kind, reason: 'card_declined' };
  }

  charge(kind: ChargeOutcome['kind']): MessageKind[] {
    const outcome = this.outcome(kind);
    return this.do({ type: 'RecordChargeOutcome', attemptId: this.state.attempt?.attemptId ?? '', outcome });
  }

  /** Takes the next deadline; null when there is none. */
  reachNext(): MessageKind[] | null {
    const deadline = nextDeadline(this.state);
    if (deadline === null) return null;
    if (deadline.at > this.now) this.now = deadline.at;
    const quote = needsQuote(this.state, deadline) ? this.order('renewal') : null;
    return this.do({ type: 'ReachDeadline', deadline, quote });
  }

  /** Takes deadlines until one has something to tell. */
  reachTold(): MessageKind[] {
    for (;;) {
      const told = this.reachNext();
      assert.notStrictEqual(told, null, 'nothing more is due');
      if (told !== null && told.length > 0) return told;
      if (this.state.attempt !== null) return [];
    }
  }

  static active(pay: StoredMethod | null = null): Life {
    const life = new Life();
    life.place('first_purchase', pay);
    if (pay === null) life.transfer(life.unpaid);
    else life.charge('succeeded');
    life.do({ type: 'RecordActivation', username: 'rn00000001' });
    return life;
  }

  get last(): Message {
    return this.told.at(-1)!;
  }
}

describe('what a customer is told', () => {
  it('of a first order by transfer: confirmed, paid in part, paid, active', () => {
    const life = new Life();
    assert.deepStrictEqual(life.place('first_purchase'), ['order_confirmed']);
    assert.deepStrictEqual(life.transfer(life.unpaid, 1000), ['part_payment']);
    assert.deepStrictEqual(life.last.payload, { number: life.unpaid, amountMinor: 1000, dueMinor: 2050 });
    assert.deepStrictEqual(life.transfer(life.unpaid), ['payment_received']);
    assert.deepStrictEqual(life.do({ type: 'RecordActivation', username: 'rn00000001' }), ['activation']);
  });

  it('of a first order by card: confirmed at placing, then paid with auto-renewal on, then active', () => {
    const life = new Life();
    assert.deepStrictEqual(life.place('first_purchase', CARD), ['order_confirmed']);
    assert.deepStrictEqual(life.charge('succeeded'), ['payment_received', 'auto_renewal_switched']);
    assert.deepStrictEqual(life.do({ type: 'RecordActivation', username: 'rn00000001' }), ['activation']);
  });

  it('of a renewal by auto-renewal: announced, charged with the amount and the new expiry, renewed', () => {
    const life = Life.active(CARD);
    assert.deepStrictEqual(life.reachTold(), ['auto_renewal_announced']);
    assert.deepStrictEqual(life.last.payload, {
      chargeOn: '2028-02-23',
      expiresOn: '2028-03-01',
      years: 1,
      method: 'card',
    });
    assert.deepStrictEqual(life.reachTold(), []); // the order it makes is not confirmed
    const { orderNumber: number } = life.state.attempt!;
    assert.deepStrictEqual(life.charge('succeeded'), ['charged', 'renewed']);
    assert.deepStrictEqual(life.told.at(-2)?.payload, { number, amountMinor: 3050, expiresOn: '2029-03-01' });
  });

  it('of declined charges: each with the next try, the last without; by hand afterwards, only the renewal', () => {
    const life = Life.active(CARD);
    life.reachTold();
    const nextTries: unknown[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      assert.deepStrictEqual(life.reachTold(), []);
      assert.deepStrictEqual(life.charge('declined'), ['declined']);
      nextTries.push(life.last.kind === 'declined' ? life.last.payload.nextTryOn : '');
    }
    assert.deepStrictEqual(nextTries, ['2028-02-25', '2028-02-27', '2028-02-29', null]);
    assert.deepStrictEqual(life.transfer(life.unpaid), ['renewed']);
  });

  it('of a charge that needs the customer: the link', () => {
    const life = Life.active(CARD);
    life.reachTold();
    life.reachTold();
    assert.deepStrictEqual(life.charge('needs_customer'), ['confirmation_needed']);
    assert.deepStrictEqual(life.last.payload, {
      number: life.unpaid,
      amountMinor: 3050,
      confirmationUrl: 'https://bank.example/confirm/1',
      expiresOn: '2028-03-01',
    });
  });

  it('of a renewal ordered by hand and charged by auto-renewal: charged, not payment received', () => {
    const life = Life.active();
    life.now = instant('2028-01-10T10:00:00+01:00');
    assert.deepStrictEqual(life.place('renewal'), ['order_confirmed']);
    assert.deepStrictEqual(life.do({ type: 'SetPaymentMethod', method: CARD }), ['method_changed']);
    assert.deepStrictEqual(life.do({ type: 'SwitchAutoRenewal', on: true }), ['auto_renewal_switched']);
    assert.deepStrictEqual(life.reachTold(), ['auto_renewal_announced']);
    assert.deepStrictEqual(life.reachTold(), []);
    assert.deepStrictEqual(life.charge('succeeded'), ['charged', 'renewed']);
  });

  it('of a life left alone: three reminders, expired, the last call, terminated, and nothing more', () => {
    const life = Life.active();
    const told: string[] = [];
    for (let kinds = life.reachNext(); kinds !== null; kinds = life.reachNext())
      told.push(...kinds.map((kind) => `${dateAt(life.now)} ${kind}`));
    assert.deepStrictEqual(told, [
      '2027-12-02 renewal_due',
      '2028-01-31 renewal_due',
      '2028-02-23 renewal_due',
      '2028-03-01 expired',
      '2028-04-23 last_call',
      '2028-05-01 terminated',
    ]);
  });

  it('of a first order never paid: closed', () => {
    const life = new Life();
    life.place('first_purchase');
    const number = life.unpaid;
    assert.deepStrictEqual(life.reachTold(), ['closed']);
    assert.deepStrictEqual(life.last.payload, { endedOn: '2027-05-01', number });
  });

  it('of a reactivation with another card: method changed, and no switch that was on already', () => {
    const life = Life.active(CARD);
    for (let kinds = life.reachNext(); life.state.phase.status === 'active'; kinds = life.reachNext()) {
      assert.notStrictEqual(kinds, null);
      if (life.state.attempt !== null) life.charge('declined');
    }
    life.do({ type: 'CancelOrder', number: life.unpaid });
    assert.deepStrictEqual(life.place('reactivation', OTHER), ['order_confirmed']);
    assert.deepStrictEqual(life.charge('succeeded'), ['payment_received', 'renewed', 'method_changed']);
  });

  it('of an upgrade with co-terming: active, and no renewal', () => {
    const life = Life.active();
    life.now = instant('2027-06-15T10:00:00+02:00');
    life.place('upgrade');
    const number = life.unpaid;
    assert.deepStrictEqual(life.transfer(number), ['payment_received', 'upgrade_active']);
    assert.deepStrictEqual(life.last.payload, {
      number,
      items: [
        { sku: 'user', quantity: 1, from: '2027-06-15', until: '2028-06-15' },
        { sku: 'fe', quantity: 1, from: '2028-03-01', until: '2028-06-15' },
      ],
      expiresOn: '2028-06-15',
      usable: true,
    });
  });

  it('of what was done in one step: one message', () => {
    const life = Life.active(CARD);
    assert.deepStrictEqual(life.do({ type: 'SwitchAutoRenewal', on: false }), ['auto_renewal_switched']);
    assert.deepStrictEqual(life.do({ type: 'SwitchAutoRenewal', on: true }), ['auto_renewal_switched']);
    assert.deepStrictEqual(life.do({ type: 'SetPaymentMethod', method: OTHER }), ['method_changed']);
    assert.deepStrictEqual(life.do({ type: 'RemovePaymentMethod' }), ['method_changed']);
    assert.deepStrictEqual(life.do({ type: 'GiveNotice' }), ['notice_confirmed']);
  });

  it('of money paid twice or too much: that it is credit', () => {
    const life = new Life();
    life.place('first_purchase');
    const number = life.unpaid;
    assert.deepStrictEqual(life.transfer(number, 5000), ['payment_received']);
    assert.deepStrictEqual(life.last.payload, { number, amountMinor: 5000, creditedMinor: 1950 });
    assert.deepStrictEqual(life.transfer(number, 3050), ['payment_received']);
    assert.deepStrictEqual(life.last.payload, { number, amountMinor: 3050, creditedMinor: 3050 });
  });

  it('of the same payment heard again: nothing', () => {
    const life = new Life();
    life.place('first_purchase');
    const payment = life.payment(life.unpaid, 3050);
    assert.deepStrictEqual(life.do({ type: 'RecordPayment', payment }), ['payment_received']);
    assert.deepStrictEqual(life.do({ type: 'RecordPayment', payment }), []);
  });

  it('of a charge found to have succeeded after the service ended: that it is looked into', () => {
    const life = Life.active(CARD);
    life.reachTold();
    life.reachTold();
    const outcome = life.outcome('succeeded');
    const ended: Subscription = {
      ...life.state,
      phase: { status: 'terminated', endedOn: plainDate('2028-05-01'), why: 'not_reactivated' },
    };
    life.state = ended;
    life.do({ type: 'RecordChargeOutcome', attemptId: ended.attempt!.attemptId, outcome });
    const charged = life.told.find(({ kind }) => kind === 'charged');
    assert.strictEqual(charged?.kind === 'charged' ? charged.payload.expiresOn : '', null);
  });
});

describe('each kind of event', () => {
  const life = Life.active(CARD);
  life.place('upgrade');
  const { state } = life;
  const meta = { sequence: 9, at: START };
  const day = plainDate('2028-03-01');
  const attempt = { attemptId: '1-1', number: life.unpaid };
  const samples: { readonly [T in EventType]: readonly [Event & { type: T }, ...MessageKind[]] } = {
    OrderPlaced: [{ type: 'OrderPlaced', order: placed('auto_renewal'), ...meta }],
    OrderCancelled: [{ type: 'OrderCancelled', number: '1', why: 'customer', ...meta }],
    PaymentReceived: [{ type: 'PaymentReceived', payment: new Life().payment('1', 1), ...meta }],
    PaymentApplied: [
      {
        type: 'PaymentApplied',
        number: '1',
        payment: { ...new Life().payment('1', 1), appliedMinor: 1 },
        dueMinor: 0,
        ...meta,
      },
      'payment_received',
    ],
    PaymentCredited: [
      { type: 'PaymentCredited', key: 'a', number: '1', amountMinor: 1, reason: 'credit_returned', ...meta },
    ],
    PaymentUnmatched: [
      { type: 'PaymentUnmatched', key: 'a', number: '1', amountMinor: 1, reason: 'order_cancelled', ...meta },
    ],
    PaymentReversed: [
      {
        type: 'PaymentReversed',
        reversal: {
          key: 'bank:b',
          paymentKey: 'bank:a',
          amountMinor: 1,
          registeredOn: day,
          receivedAt: START,
          reason: 'called_back',
        },
        number: life.unpaid,
        orderMinor: 1,
        dueMinor: 1,
        unmatchedMinor: 0,
        creditMinor: 0,
        excessMinor: 0,
        ...meta,
      },
      'payment_returned',
    ],
    SurplusCredited: [{ type: 'SurplusCredited', number: '1', amountMinor: 1, ...meta }],
    PaymentConflictNoted: [{ type: 'PaymentConflictNoted', key: 'a', content: 'b', known: 'c', ...meta }],
    SignalRejected: [{ type: 'SignalRejected', field: 'a', reason: 'b', ...meta }],
    CommitmentRegistered: [{ type: 'CommitmentRegistered', number: '1', registeredOn: day, reference: 'a', ...meta }],
    OrderCompleted: [
      {
        type: 'OrderCompleted',
        number: '1',
        orderType: 'renewal',
        origin: 'customer',
        completedOn: day,
        granted: [],
        dropped: [],
        years: 1,
        dueMinor: 0,
        expiresOn: day,
        ...meta,
      },
    ],
    OrderReversed: [
      {
        type: 'OrderReversed',
        number: '1',
        reason: 'a',
        netMinor: 100,
        vatMinor: 22,
        creditedMinor: 122,
        writtenOffMinor: 0,
        ...meta,
      },
      'activation_abandoned',
    ],
    OrderSettled: [{ type: 'OrderSettled', number: '1', outcome: 'completed', ...meta }],
    ActivationRequested: [{ type: 'ActivationRequested', paidOn: day, ...meta }],
    Activated: [
      { type: 'Activated', activatedOn: day, username: 'rn1', granted: [], expiresOn: day, ...meta },
      'activation',
    ],
    ActivationFailed: [{ type: 'ActivationFailed', reason: 'a', ...meta }],
    ServiceExtended: [
      {
        type: 'ServiceExtended',
        number: '1',
        orderType: 'renewal',
        origin: 'auto_renewal',
        expiresOn: day,
        revived: false,
        ...meta,
      },
      'renewed',
    ],
    Expired: [{ type: 'Expired', expiredOn: day, lastDayToReactivate: addDays(day, 60), ...meta }, 'expired'],
    Terminated: [{ type: 'Terminated', endedOn: day, why: 'notice', ...meta }, 'terminated'],
    Closed: [{ type: 'Closed', endedOn: day, why: 'cancelled', ...meta }],
    RefundMade: [
      {
        type: 'RefundMade',
        refundId: 'ref_1',
        number: '1',
        amountMinor: 1,
        way: 'transfer',
        effect: 'keep',
        parts: [],
        ...meta,
      },
      'refund',
    ],
    NoticeGiven: [{ type: 'NoticeGiven', noticeGivenOn: day, endsOn: day, ...meta }, 'notice_confirmed'],
    AutoRenewalSwitched: [{ type: 'AutoRenewalSwitched', on: false, chargeAt: null, why: 'notice', ...meta }],
    PaymentMethodSet: [{ type: 'PaymentMethodSet', method: CARD, chargeAt: null, why: 'order_paid', ...meta }],
    PaymentMethodRemoved: [{ type: 'PaymentMethodRemoved', ...meta }, 'method_changed'],
    UsageReported: [{ type: 'UsageReported', usedBytes: 1, ...meta }],
    RenewalReminderDue: [{ type: 'RenewalReminderDue', daysBefore: 90, expiresOn: day, ...meta }, 'renewal_due'],
    AutoRenewalAnnounced: [
      { type: 'AutoRenewalAnnounced', chargeOn: day, expiresOn: day, ...meta },
      'auto_renewal_announced',
    ],
    CardExpiryReminderDue: [
      { type: 'CardExpiryReminderDue', methodId: 'card-1', validThrough: day, expiresOn: day, ...meta },
      'card_expiring',
    ],
    LastCallDue: [{ type: 'LastCallDue', lastDayToReactivate: day, ...meta }, 'last_call'],
    ChargeStarted: [
      {
        type: 'ChargeStarted',
        attempt: {
          attemptId: '1-1',
          orderNumber: '1',
          amountMinor: 1,
          method: CARD,
          occasion: 'checkout',
          startedAt: START,
          chargeUntil: null,
          unanswered: 0,
          retryAt: null,
        },
        ...meta,
      },
    ],
    ChargeSucceeded: [{ type: 'ChargeSucceeded', ...attempt, occasion: 'auto_renewal', ...meta }, 'charged'],
    ChargeDeclined: [
      { type: 'ChargeDeclined', ...attempt, occasion: 'checkout', reason: 'a', nextTryOn: null, ...meta },
      'declined',
    ],
    ChargeNeedsCustomer: [
      { type: 'ChargeNeedsCustomer', ...attempt, confirmationUrl: 'https://bank.example', ...meta },
      'confirmation_needed',
    ],
    ChargeUnresolved: [{ type: 'ChargeUnresolved', ...attempt, reason: 'a', retryAt: START, ...meta }],
    ChargeResumed: [{ type: 'ChargeResumed', attemptId: '1-1', ...meta }],
    ChargeNotMade: [{ type: 'ChargeNotMade', ...attempt, reason: 'a', ...meta }],
    ChargesStopped: [{ type: 'ChargesStopped', number: '1', why: 'payment_received', ...meta }],
  };
  for (const [event, ...kinds] of Object.values(samples)) {
    it(`${event.type} tells ${kinds.join(', ') || 'nothing'}`, () => {
      assert.deepStrictEqual(
        messagesFor(event, state).map(({ kind }) => kind),
        kinds,
      );
    });
  }
});

function placed(origin: 'customer' | 'auto_renewal') {
  const { number, priced } = new Life().order('first_purchase');
  return {
    number,
    priced,
    origin,
    status: 'awaiting_payment',
    placedAt: START,
    payments: [],
    committedOn: null,
    attempts: 0,
    chargesStopped: null,
  } as const;
}

describe('a message about a thing settled meanwhile', () => {
  /** The life after what follows the message, and whether the message is still to be sent. */
  function dueAfter(life: Life, ...commands: Command[]): boolean {
    const message = life.last;
    assert.ok(isStillDue(message, life.state), 'it was due at first');
    for (const command of commands) life.do(command);
    return isStillDue(message, life.state);
  }

  it('is no order confirmed once the order is cancelled', () => {
    const life = new Life();
    life.place('first_purchase');
    assert.strictEqual(dueAfter(life, { type: 'CancelOrder', number: life.unpaid }), false);
  });

  it('is still an order confirmed once the order is paid', () => {
    const life = new Life();
    life.place('first_purchase');
    assert.ok(dueAfter(life, { type: 'RecordPayment', payment: life.payment(life.unpaid, 3050) }));
  });

  it('is no part-payment once the rest is another', () => {
    const life = new Life();
    life.place('first_purchase');
    life.transfer(life.unpaid, 1000);
    assert.strictEqual(dueAfter(life, { type: 'RecordPayment', payment: life.payment(life.unpaid, 50) }), false);
  });

  it('is no reminder once renewed, or with auto-renewal on, or with notice given', () => {
    const reminded = (): Life => {
      const life = Life.active();
      life.reachTold();
      return life;
    };
    const renewed = reminded();
    const order = renewed.order('renewal');
    const payment = renewed.payment(order.number, 3050);
    const place: Command = { type: 'PlaceOrder', order, pay: null };
    assert.strictEqual(dueAfter(renewed, place, { type: 'RecordPayment', payment }), false);
    const set: Command = { type: 'SetPaymentMethod', method: CARD };
    assert.strictEqual(dueAfter(reminded(), set, { type: 'SwitchAutoRenewal', on: true }), false);
    assert.strictEqual(dueAfter(reminded(), { type: 'GiveNotice' }), false);
    assert.strictEqual(dueAfter(reminded(), { type: 'ReportUsage', usedBytes: 5 }), true);
  });

  it('is no announcement once auto-renewal is off', () => {
    const life = Life.active(CARD);
    life.reachTold();
    assert.strictEqual(dueAfter(life, { type: 'SwitchAutoRenewal', on: false }), false);
  });

  it('is no decline once paid, cancelled, or tried again', () => {
    const declined = (): Life => {
      const life = new Life();
      life.place('first_purchase', CARD);
      life.charge('declined');
      return life;
    };
    const paid = declined();
    const payment = paid.payment(paid.unpaid, 3050);
    assert.strictEqual(dueAfter(paid, { type: 'RecordPayment', payment }), false);
    const cancelled = declined();
    assert.strictEqual(dueAfter(cancelled, { type: 'CancelOrder', number: cancelled.unpaid }), false);
    const again = declined();
    assert.strictEqual(dueAfter(again, { type: 'PayOrder', number: again.unpaid, method: OTHER }), false);
  });

  it('is no link to confirm once paid another way', () => {
    const life = new Life();
    life.place('first_purchase', CARD);
    life.charge('needs_customer');
    assert.strictEqual(dueAfter(life, { type: 'RecordPayment', payment: life.payment(life.unpaid, 3050) }), false);
  });

  it('is no expiry once reactivated, and no last call once terminated', () => {
    const expired = Life.active();
    while (expired.state.phase.status !== 'expired') expired.reachNext();
    const order = expired.order('reactivation');
    const payment = expired.payment(order.number, 3050);
    const place: Command = { type: 'PlaceOrder', order, pay: null };
    assert.strictEqual(dueAfter(expired, place, { type: 'RecordPayment', payment }), false);

    const called = Life.active();
    while (called.last.kind !== 'last_call') called.reachNext();
    assert.ok(isStillDue(called.last, called.state));
    const call = called.last;
    called.reachNext();
    assert.strictEqual(isStillDue(call, called.state), false);
  });

  it('is no switch or method that was changed again', () => {
    const switched = Life.active(CARD);
    switched.do({ type: 'SwitchAutoRenewal', on: false });
    assert.strictEqual(dueAfter(switched, { type: 'SwitchAutoRenewal', on: true }), false);
    const changed = Life.active(CARD);
    changed.do({ type: 'SetPaymentMethod', method: OTHER });
    assert.strictEqual(dueAfter(changed, { type: 'RemovePaymentMethod' }), false);
  });
});

describe('over a whole random life', () => {
  const step = fc.record({ kind: fc.nat(15), amount: fc.constantFrom(1000, 3050, 9999), hours: fc.nat(40 * 24) });

  it('no occasion is told of twice, each message is due when it arises, and auto-renewal keeps to its own words', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const life = new Life();
        life.place('first_purchase', steps[0]!.kind % 2 === 0 ? CARD : null);
        for (const each of steps) {
          const before = life.told.length;
          take(life, each);
          for (const message of life.told.slice(before)) {
            assert.ok(isStillDue(message, life.state), `${message.occasion} was never due`);
            assert.ok(!JSON.stringify(message).includes('undefined'));
          }
        }
        const occasions = life.told.map(({ occasion }) => occasion);
        assert.deepStrictEqual(occasions, [...new Set(occasions)]);
        assertOwnWords(life);
      }),
      { numRuns: 300 },
    );
  });

  function assertOwnWords(life: Life): void {
    const own = life.events.flatMap((event) =>
      event.type === 'OrderPlaced' && event.order.origin === 'auto_renewal' ? [event.order.number] : [],
    );
    for (const { kind, payload } of life.told) {
      if (!('number' in payload) || payload.number === null || !own.includes(payload.number)) continue;
      assert.notStrictEqual(kind, 'order_confirmed');
      if (kind === 'payment_received') assert.strictEqual(payload.creditedMinor, payload.amountMinor);
    }
  }

  const OUTCOMES = ['succeeded', 'declined', 'needs_customer', 'unknown', 'not_attempted'] as const;

  function take(life: Life, { kind, amount, hours }: { kind: number; amount: number; hours: number }): void {
    const number = life.unpaid || (life.state.finishedOrders.at(-1)?.number ?? '1');
    const actions: readonly (() => unknown)[] = [
      () => life.reachNext(),
      () => life.reachNext(),
      () => life.reachNext(),
      () => wait(life, hours),
      () => placeIfOffered(life, 'renewal', kind % 2 === 0 ? CARD : null),
      () => placeIfOffered(life, 'upgrade', amount === 1000 ? OTHER : null),
      () => placeIfOffered(life, 'reactivation', amount === 3050 ? OTHER : null),
      () => life.tell({ type: 'RecordPayment', payment: life.payment(number, amount) }),
      () => life.tell({ type: 'CancelOrder', number }),
      () => life.tell({ type: 'SwitchAutoRenewal', on: amount !== 9999 }),
      () => life.tell({ type: 'SetPaymentMethod', method: amount === 1000 ? OTHER : CARD }),
      () => life.tell({ type: 'RemovePaymentMethod' }),
      () => (amount === 9999 ? life.tell({ type: 'GiveNotice' }) : null),
      () => life.tell({ type: 'RecordActivation', username: 'rn00000001' }),
      () => life.tell({ type: 'PayOrder', number, method: CARD }),
      () => {
        const attemptId = life.state.attempt?.attemptId;
        const outcome = life.outcome(OUTCOMES[hours % OUTCOMES.length]!);
        return attemptId === undefined ? null : life.tell({ type: 'RecordChargeOutcome', attemptId, outcome });
      },
    ];
    actions[kind]!();
  }

  /** Lets time pass, but never past a deadline. */
  function wait(life: Life, hours: number): void {
    const until = (life.now + hours * 3_600_000) as Instant;
    const deadline = nextDeadline(life.state);
    life.now = deadline !== null && deadline.at < until ? (Math.max(life.now, deadline.at - 1) as Instant) : until;
  }

  function placeIfOffered(life: Life, type: 'renewal' | 'upgrade' | 'reactivation', pay: StoredMethod | null): void {
    if (life.state.entitlements.intervals.length === 0) return;
    try {
      life.tell({ type: 'PlaceOrder', order: life.order(type), pay });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
    }
  }
});

describe('a day', () => {
  it('is Rome’s: an upgrade paid on the last evening is usable', () => {
    const life = Life.active();
    life.place('upgrade');
    assert.ok(life.now < instantOf(plainDate('2028-03-01')));
    life.transfer(life.unpaid);
    assert.ok(life.last.kind === 'upgrade_active' && life.last.payload.usable);
  });
});
