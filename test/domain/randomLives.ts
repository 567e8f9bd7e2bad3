/**
 * Whole random lives for property tests: steps that fast-check makes up, and a driver that lets them happen to a life
 * the way a workflow would. Deadlines that are due come first; what a step asks for may be refused; and after every
 * single decision all that has to be true of every life is checked.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, addMinutes, addMonths, dateAt, instantOf, plainDate, type Instant } from '../../domain/calendar.ts';
import { lastDayOfMonth, monthOf } from '../../domain/cards.ts';
import { EXTRA_SKUS, type BaseSku, type Quantities } from '../../domain/catalogue.ts';
import type { ChargeOutcome, Command, PaymentFact } from '../../domain/commands.ts';
import { nextDeadline, type Deadline } from '../../domain/deadlines.ts';
import { attemptToAsk, decide } from '../../domain/decide.ts';
import { needsQuote } from '../../domain/deciding/life.ts';
import { expiryOf, quantityOn, type Entitlements } from '../../domain/entitlements.ts';
import { RefusedError } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { dueMinor, isPayable, isTermOrder, isUnpaid, PAYMENT_METHODS, type OpenOrder } from '../../domain/orders.ts';
import { quoteFirstPurchase, quoteRenewal, quoteUpgrade, type PricedOrder } from '../../domain/pricing.ts';
import {
  DEFAULT_SETTINGS,
  hasEnded,
  newSubscription,
  type Subscription,
  refusedFor,
} from '../../domain/subscription.ts';
import { at, CARD, Life, NEW_CARD, nextNumber, PAYPAL, terms } from './builders.ts';
import { Ledger } from './randomLedger.ts';

/** It expires in the course of most lives. */
const EXPIRING_CARD = { methodId: 'card-3', kind: 'card', validThrough: plainDate('2028-12-31') } as const;
const METHODS = [CARD, NEW_CARD, PAYPAL, EXPIRING_CARD];

const extras: fc.Arbitrary<Quantities> = fc.record(
  {
    user: fc.nat(4),
    space: fc.nat(3),
    documents: fc.nat(1),
    nso: fc.nat(1),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const added = fc.constantFrom<Quantities[]>({ user: 1 }, { space: 2 }, { user: 2, documents: 1 }, { nso: 1 }, {});
const OUTCOMES = ['succeeded', 'declined', 'needs_customer', 'unknown', 'not_attempted'] as const;
const outcome = fc.constantFrom(...OUTCOMES, 'succeeded', 'declined', 'declined', 'unknown');
const method = fc.constantFrom(...METHODS);
// Unpaid orders come first: most of what happens is about them.
const which = fc.constantFrom<number[]>(0, 0, 0, 0, 1, 1, 2, 3, 5, 8);

const DAY = 60 * 24;

const STEP = {
  pass: fc.record({
    step: fc.constant('pass'),
    minutes: fc.oneof(
      { weight: 2, arbitrary: fc.nat(120) },
      { weight: 2, arbitrary: fc.nat(DAY * 4) },
      { weight: 3, arbitrary: fc.nat(DAY * 60) },
      { weight: 3, arbitrary: fc.constantFrom(DAY * 100, DAY * 150, DAY * 350) },
    ),
    // A system that was down takes what fell due when it is back.
    down: fc.boolean(),
    gateway: fc.option(outcome),
  }),
  // To the very minute of the next deadline.
  reach: fc.record({ step: fc.constant('reach'), gateway: fc.option(outcome) }),
  renew: fc.record({
    step: fc.constant('renew'),
    years: fc.integer({ min: 1, max: 3 }),
    extras: fc.option(extras, { nil: undefined }),
    pay: fc.option(method),
  }),
  upgrade: fc.record({ step: fc.constant('upgrade'), add: added, coTerm: fc.boolean(), pay: fc.option(method) }),
  // What most customers do: order, and pay it all by transfer within days.
  renewed: fc.record({ step: fc.constant('renewed'), years: fc.integer({ min: 1, max: 3 }) }),
  payment: fc.record({
    step: fc.constant('payment'),
    which,
    amount: fc.oneof(fc.constantFrom('due', 'due', 'due', 'half', 'half', 'double'), fc.integer({ min: 1, max: 9999 })),
    daysAgo: fc.oneof(fc.nat(3), fc.integer({ min: -1, max: 70 })),
    by: fc.constantFrom(...PAYMENT_METHODS),
    // 0: a new one; otherwise an earlier one is told again, with the same content or another amount.
    again: fc.constantFrom('no', 'no', 'no', 'no', 'no', 'no', 'no', 'same', 'other'),
  }),
  // An operator assigns money that waits as unmatched.
  assign: fc.record({ step: fc.constant('assign'), which, to: which, again: fc.boolean() }),
  // A bank, a card's holder or an operator takes money back.
  reversal: fc.record({
    step: fc.constant('reversal'),
    which: fc.nat(30),
    part: fc.constantFrom('all', 'all', 'half', 'more'),
    again: fc.boolean(),
  }),
  answer: fc.record({ step: fc.constant('answer'), kind: outcome, stale: fc.boolean() }),
  payOrder: fc.record({ step: fc.constant('payOrder'), which, method }),
  cancel: fc.record({ step: fc.constant('cancel'), which }),
  commit: fc.record({ step: fc.constant('commit'), which, daysAgo: fc.integer({ min: -1, max: 20 }) }),
  autoRenewal: fc.record({ step: fc.constant('autoRenewal'), on: fc.boolean() }),
  method: fc.record({ step: fc.constant('method'), method: fc.option(method) }),
  usage: fc.record({ step: fc.constant('usage'), gigabytes: fc.nat(6) }),
  notice: fc.record({ step: fc.constant('notice') }),
  provision: fc.record({
    step: fc.constant('provision'),
    how: fc.constantFrom('done', 'failed', 'retry', 'confirm', 'abandon'),
  }),
  stray: fc.record({
    step: fc.constant('stray'),
    deadline: fc.constantFrom('expire', 'charge', 'terminate', 'signal'),
  }),
} as const;

type StepOf<K extends keyof typeof STEP> = (typeof STEP)[K] extends fc.Arbitrary<infer T> ? T : never;
export type Step = { [K in keyof typeof STEP]: StepOf<K> }[keyof typeof STEP];

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: STEP.pass },
    { weight: 5, arbitrary: STEP.reach },
    { weight: 4, arbitrary: STEP.renew },
    { weight: 3, arbitrary: STEP.renewed },
    { weight: 5, arbitrary: STEP.upgrade },
    { weight: 9, arbitrary: STEP.payment },
    { weight: 2, arbitrary: STEP.assign },
    { weight: 2, arbitrary: STEP.reversal },
    { weight: 3, arbitrary: STEP.answer },
    { weight: 2, arbitrary: STEP.payOrder },
    { weight: 1, arbitrary: STEP.cancel },
    { weight: 2, arbitrary: STEP.commit },
    { weight: 2, arbitrary: STEP.autoRenewal },
    { weight: 2, arbitrary: STEP.method },
    { weight: 1, arbitrary: STEP.usage },
    { weight: 2, arbitrary: STEP.provision },
    { weight: 1, arbitrary: STEP.stray },
    { weight: 1, arbitrary: fc.oneof({ weight: 9, arbitrary: STEP.usage }, { weight: 1, arbitrary: STEP.notice }) },
  ),
  { minLength: 15, maxLength: 45, size: 'max' },
);

export const births = fc.record({
  day: fc.constantFrom('2027-01-31', '2028-02-29', '2027-03-28', '2027-10-31', '2027-12-01', '2029-05-15'),
  product: fc.constantFrom<BaseSku[]>('fe', 'fe-receive-only'),
  years: fc.integer({ min: 1, max: 2 }),
  extras: fc.record({ user: fc.nat(3), space: fc.nat(2) }, { noNullPrototype: true }),
  splitPayment: fc.boolean(),
  reactivationStart: fc.constantFrom('expiry', 'payment'),
  // Most lives get going at once.
  paid: fc.constantFrom('card', 'card', 'card', 'transfer', 'transfer', 'transfer', 'no'),
  provisioned: fc.constantFrom('done', 'done', 'done', 'done', 'done', 'done', 'failed'),
});
export type Birth = typeof births extends fc.Arbitrary<infer T> ? T : never;

/** A deadline taken too often in one life means that something spins. */
const MOST_DEADLINES = 5000;
const MOST_ANSWERS = 40;

export class RandomLife {
  state: Subscription;
  now: Instant;
  readonly ledger = new Ledger();
  /** Every order number this life has seen, and one it has not. */
  readonly numbers: string[] = ['1000009937'];
  readonly attempts = new Set<string>();
  /** What has happened, kind by kind. */
  readonly happened = new Map<string, number>();
  readonly events: Event[] = [];
  readonly #payments: PaymentFact[] = [];
  #deadlines = 0;
  #assignments = 0;
  #reversals = 0;
  #declines = 0;

  constructor(birth: Birth) {
    const { day, product, years, splitPayment, reactivationStart, paid } = birth;
    this.now = at(day);
    const settings = { ...DEFAULT_SETTINGS, reactivationStart };
    this.state = newSubscription({ id: 'sub-1', customerRef: 'customer-1', product, splitPayment, settings }, this.now);
    const priced = quoteFirstPurchase({ product, years, extras: birth.extras, splitPayment }, terms(dateAt(this.now)));
    const validThrough = lastDayOfMonth(monthOf(addMonths(dateAt(this.now), 10)));
    this.#place(priced, paid === 'card' ? { ...EXPIRING_CARD, validThrough } : null);
    if (paid === 'card') this.#answer('succeeded');
    if (paid === 'transfer')
      this.take({ step: 'payment', which: 1, amount: 'due', daysAgo: 0, by: 'bank_transfer', again: 'no' });
    if (paid !== 'no') this.take({ step: 'provision', how: birth.provisioned });
  }

  take(step: Step): void {
    switch (step.step) {
      case 'pass':
        return this.#pass(step);
      case 'reach': {
        const due = nextDeadline(this.state);
        const minutes = due === null || due.at <= this.now ? 0 : (due.at - this.now) / 60_000;
        return this.#pass({ step: 'pass', minutes, down: false, gateway: step.gateway });
      }
      case 'renew':
        return this.#quote((life) => {
          const type = life.status === 'expired' ? 'reactivation' : 'renewal';
          const wanted = { years: step.years, ...(step.extras === undefined ? {} : { extras: step.extras }) };
          return quoteRenewal(type, wanted, life.basis, terms(life.today));
        }, step.pay);
      case 'upgrade':
        return this.#quote(
          (life) => quoteUpgrade({ add: step.add, coTerm: step.coTerm }, life.basis, terms(life.today)),
          step.pay,
        );
      case 'renewed':
        this.take({ step: 'autoRenewal', on: false });
        this.take({ step: 'renew', years: step.years, extras: undefined, pay: null });
        return this.#payTermOrder();
      case 'payment':
        return this.#payment(step);
      case 'assign':
        return this.#assign(step);
      case 'reversal':
        return this.#takeBack(step);
      case 'answer':
        return step.stale ? this.#answerStale(step.kind) : this.#answer(step.kind);
      case 'payOrder':
        return this.#do({ type: 'PayOrder', number: this.#number(step.which), method: step.method });
      case 'cancel':
        return this.#do({ type: 'CancelOrder', number: this.#number(step.which) });
      case 'commit': {
        const registeredOn = addDays(dateAt(this.now), -step.daysAgo);
        return this.#do({
          type: 'RegisterCommitment',
          number: this.#number(step.which),
          registeredOn,
          reference: 'CIG',
        });
      }
      case 'autoRenewal':
        return this.#do({ type: 'SwitchAutoRenewal', on: step.on });
      case 'method':
        return this.#do(
          step.method === null ? { type: 'RemovePaymentMethod' } : { type: 'SetPaymentMethod', method: step.method },
        );
      case 'usage':
        return this.#do({ type: 'ReportUsage', usedBytes: step.gigabytes * 1_000_000_000 });
      case 'notice':
        return this.#do({ type: 'GiveNotice' });
      case 'provision':
        return this.#provision(step.how);
      case 'stray': {
        if (step.deadline === 'signal')
          return this.#do({ type: 'RecordRejectedSignal', field: 'key', reason: 'rubbish' });
        const quote = this.#autoRenewalOrder(this.now);
        return this.#do({ type: 'ReachDeadline', deadline: { kind: step.deadline, at: this.now }, quote });
      }
    }
  }

  #pass({ minutes, down, gateway }: StepOf<'pass'>): void {
    const target = addMinutes(this.now, minutes);
    let answers = 0;
    if (down) this.now = target;
    for (let due = nextDeadline(this.state); due !== null && due.at <= target; due = nextDeadline(this.state)) {
      if (due.at > this.now) this.now = due.at;
      this.#reach(due);
      if (gateway === null || this.state.attempt?.retryAt !== null) continue;
      // Silent for so long, and then it knows of nothing: hours of silence are all alike.
      answers += 1;
      this.#answer(answers > MOST_ANSWERS ? 'not_attempted' : gateway);
    }
    this.now = target;
    this.#checkClock();
  }

  #reach(deadline: Deadline): void {
    this.#deadlines += 1;
    assert.ok(this.#deadlines < MOST_DEADLINES, `${deadline.kind} spins`);
    const before = this.state.sequence;
    const quote = needsQuote(this.state, deadline) ? this.#autoRenewalOrder(deadline.at) : null;
    this.#do({ type: 'ReachDeadline', deadline, quote });
    assert.notEqual(this.state.sequence, before, `taking ${deadline.kind} changed nothing`);
    assert.notDeepStrictEqual(nextDeadline(this.state), deadline, `${deadline.kind} does not move on`);
  }

  #autoRenewalOrder(placedAt: Instant) {
    if (expiryOf(this.state.entitlements) === null) return null;
    const life = new Life(this.state, placedAt);
    const order = life.autoRenewalOrder(life.today);
    this.numbers.push(order.number);
    return order;
  }

  #quote(quote: (life: Life) => PricedOrder, pay: (typeof METHODS)[number] | null): void {
    if (expiryOf(this.state.entitlements) === null) return;
    try {
      this.#place(quote(new Life(this.state, this.now)), pay);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
    }
  }

  #place(priced: PricedOrder, pay: (typeof METHODS)[number] | null): void {
    const number = nextNumber();
    this.numbers.push(number);
    this.#do({ type: 'PlaceOrder', order: { number, priced }, pay });
  }

  #number(index: number): string {
    // Unpaid orders first: they are what most commands are about.
    const numbers = [...this.state.orders.map(({ number }) => number), ...this.numbers.toReversed()];
    return numbers[index % numbers.length] ?? '';
  }

  #payment({ which: index, amount, daysAgo, by, again }: StepOf<'payment'>): void {
    const earlier = this.#payments[index % Math.max(1, this.#payments.length)];
    if (again !== 'no' && earlier !== undefined) {
      const amountMinor = earlier.amountMinor + (again === 'other' ? 1 : 0);
      return this.#do({ type: 'RecordPayment', payment: { ...earlier, amountMinor } });
    }
    const orderNumber = this.#number(index);
    const order = this.state.orders.find(({ number }) => number === orderNumber);
    const due = order === undefined ? 1000 : Math.max(1, dueMinor(order));
    const amounts = { due, half: Math.ceil(due / 2), double: 2 * due };
    const payment: PaymentFact = {
      key: `bank:${this.#payments.length}`,
      orderNumber,
      amountMinor: typeof amount === 'string' ? amounts[amount] : amount,
      method: by,
      registeredOn: addDays(dateAt(this.now), -daysAgo),
      receivedAt: this.now,
      storedMethod: by === 'card' ? CARD : by === 'paypal' ? PAYPAL : null,
    };
    this.#payments.push(payment);
    this.#do({ type: 'RecordPayment', payment });
  }

  /** Only what waits whole can be assigned; hearing of it again changes nothing. */
  #assign({ which: index, to, again }: StepOf<'assign'>): void {
    const waiting = this.#payments.filter(({ key }) => this.ledger.isUnmatched(key));
    const payment = waiting[index % Math.max(1, waiting.length)];
    if (payment === undefined) return;
    this.#assignments += 1;
    const assignment = this.#assignments;
    const assigned = { ...payment, orderNumber: this.#number(to), receivedAt: this.now, assignment };
    this.#do({ type: 'RecordPayment', payment: assigned });
    if (again) this.#do({ type: 'RecordPayment', payment: assigned });
  }

  #takeBack({ which: index, part, again }: StepOf<'reversal'>): void {
    const payments = [...this.ledger.payments];
    const [paymentKey, payment] = payments[index % Math.max(1, payments.length)] ?? [];
    if (paymentKey === undefined || payment === undefined) return;
    const paid = payment.received;
    const parts = { all: paid, half: Math.ceil(paid / 2), more: paid + 1 };
    this.#reversals += 1;
    const reversal = {
      key: `bank:back-${this.#reversals}`,
      paymentKey,
      amountMinor: parts[part],
      registeredOn: dateAt(this.now),
      receivedAt: this.now,
      reason: 'called_back',
    } as const;
    const held = this.ledger.held(paymentKey, (number) => this.#finished(number));
    this.#do({ type: 'RecordReversal', reversal, held });
    if (again) this.#do({ type: 'RecordReversal', reversal, held: null });
  }

  /** A completed order the life has let go of, put together from what happened. */
  #finished(number: string): OpenOrder | null {
    let order: OpenOrder | null = null;
    for (const event of this.events) {
      if (event.type === 'OrderPlaced' && event.order.number === number) order = event.order;
      if (order === null) continue;
      if (event.type === 'PaymentApplied' && event.number === number)
        order = { ...order, payments: [...order.payments, event.payment] };
      if (event.type === 'OrderCompleted' && event.number === number) order = { ...order, status: 'completed' };
      if (event.type === 'CommitmentRegistered' && event.number === number)
        order = { ...order, committedOn: event.registeredOn };
      if (event.type === 'ChargeStarted' && event.attempt.orderNumber === number)
        order = { ...order, attempts: order.attempts + 1 };
      if (event.type === 'PaymentReversed' && event.number === number)
        order = { ...order, payments: without(order.payments, event) };
    }
    return order?.status === 'completed' ? order : null;
  }

  #payTermOrder(): void {
    const index = this.state.orders.findIndex((order) => isUnpaid(order) && isTermOrder(order));
    if (index < 0) return;
    this.#payment({ step: 'payment', which: index, amount: 'due', daysAgo: 0, by: 'bank_transfer', again: 'no' });
  }

  #answer(kind: ChargeOutcome['kind']): void {
    const { attempt } = this.state;
    if (attempt === null) return;
    if (kind === 'succeeded') {
      const payment: PaymentFact = {
        key: `gateway:${attempt.attemptId}`,
        orderNumber: attempt.orderNumber,
        amountMinor: attempt.amountMinor,
        method: attempt.method.kind,
        registeredOn: dateAt(this.now),
        receivedAt: this.now,
        storedMethod: attempt.method,
      };
      return this.#do({ type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome: { kind, payment } });
    }
    this.#declines += 1;
    // Every third time it is for good.
    const reason = kind === 'declined' && this.#declines % 3 === 0 ? 'card_stolen' : 'said so';
    const answer: ChargeOutcome =
      kind === 'needs_customer' ? { kind, confirmationUrl: 'https://gateway.example' } : { kind, reason };
    this.#do({ type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome: answer });
  }

  #answerStale(kind: ChargeOutcome['kind']): void {
    if (kind === 'succeeded' || kind === 'needs_customer') return;
    this.#do({ type: 'RecordChargeOutcome', attemptId: 'none', outcome: { kind, reason: 'long ago' } });
  }

  #provision(how: StepOf<'provision'>['how']): void {
    const commands: Record<typeof how, Command> = {
      done: { type: 'RecordActivation', username: 'rossi' },
      failed: { type: 'RecordActivationFailure', reason: 'checks' },
      retry: { type: 'RetryActivation' },
      confirm: { type: 'ConfirmActivation', username: 'rossi' },
      abandon: { type: 'AbandonActivation', reason: 'checks' },
    };
    this.#do(commands[how]);
  }

  #do(command: Command): void {
    const before = this.state;
    const decision = decide(before, command, this.now);
    if (!decision.accepted) {
      assert.equal(isFact(command), false, `the fact ${command.type} was refused`);
      return;
    }
    this.state = decision.state;
    this.events.push(...decision.events);
    for (const event of decision.events) {
      this.ledger.post(event);
      this.happened.set(event.type, (this.happened.get(event.type) ?? 0) + 1);
    }
    this.#check(before, decision.events);
  }

  #check(before: Subscription, events: readonly Event[]): void {
    const after = this.state;
    assert.deepStrictEqual(events.reduce(evolve, before), after, 'the events lead to another state');
    assert.deepStrictEqual(JSON.parse(JSON.stringify(after)), after, 'the snapshot does not survive JSON');
    this.#checkEvents(before, events);
    checkEntitlements(before, after);
    checkOrders(after);
    this.#checkAttempt();
    this.ledger.check(after);
    if (hasEnded(before)) assert.deepStrictEqual(after.phase, before.phase, 'something left its end');
  }

  #checkEvents(before: Subscription, events: readonly Event[]): void {
    let last = before.sequence === 0 ? 0 : before.handledThrough;
    events.forEach((event, index) => {
      assert.equal(event.sequence, before.sequence + index + 1);
      assert.ok(event.at >= last && event.at <= this.now, `${event.type} is dated out of order`);
      last = event.at;
      if (event.type === 'ChargeStarted') this.#checkCharge(before, event);
      if (event.type === 'OrderCompleted') checkGrant(before, event);
    });
  }

  /** A charge names a new obligation, of something; auto-renewal makes none while off, without a method, or after expiry. */
  #checkCharge(before: Subscription, { attempt, at: startedAt }: Event & { type: 'ChargeStarted' }): void {
    assert.equal(this.attempts.has(attempt.attemptId), false, `${attempt.attemptId} was charged before`);
    this.attempts.add(attempt.attemptId);
    assert.ok(attempt.amountMinor > 0);
    assert.equal(before.attempt, null, 'two charges at once');
    if (attempt.occasion === 'checkout') return;
    const expiry = expiryOf(before.entitlements);
    assert.ok(before.autoRenewal && expiry !== null, 'auto-renewal charged while off');
    assert.deepStrictEqual(attempt.method, before.method);
    assert.equal(attempt.chargeUntil, instantOf(expiry));
    assert.ok(startedAt < instantOf(expiry), 'auto-renewal charged after expiry');
    assert.ok(startedAt >= instantOf(addDays(expiry, -7), 9), 'auto-renewal charged too early');
  }

  /** What was paid or cancelled, or what auto-renewal may no longer charge, can only be looked up. */
  #checkAttempt(): void {
    const { orders, autoRenewal, method: stored } = this.state;
    const attempt = attemptToAsk(this.state);
    if (attempt === null) return;
    const isOpen = orders.some((order) => order.number === attempt.orderNumber && isPayable(order));
    const isUsable = refusedFor(this.state, attempt.method) === null;
    const isRenewing = autoRenewal && stored?.methodId === attempt.method.methodId && isUsable;
    const isWanted = attempt.occasion === 'checkout' || isRenewing;
    const onlyLookedUp = attempt.chargeUntil !== null && attempt.chargeUntil <= this.now;
    assert.ok(onlyLookedUp || (isOpen && isWanted), 'what nobody owes or wants charged can still be charged');
  }

  /** With all deadlines taken, the state is the one that the calendar asks for. */
  #checkClock(): void {
    const today = dateAt(this.now);
    const expiry = expiryOf(this.state.entitlements);
    const { phase, settings } = this.state;
    if (phase.status === 'active') assert.ok(expiry !== null && today < expiry, 'active after its expiry');
    if (phase.status === 'expired') {
      assert.ok(expiry !== null && expiry <= today, 'expired before its expiry');
      assert.ok(today <= addDays(expiry, settings.graceDays), 'expired after its last day');
    }
  }
}

function without(payments: OpenOrder['payments'], { reversal, orderMinor }: Event & { type: 'PaymentReversed' }) {
  return payments
    .map((payment) => {
      const taken = payment.key === reversal.paymentKey ? orderMinor : 0;
      const { amountMinor, appliedMinor } = payment;
      return { ...payment, amountMinor: amountMinor - taken, appliedMinor: appliedMinor - taken };
    })
    .filter(({ appliedMinor }) => appliedMinor > 0);
}

function isFact({ type }: Command): boolean {
  return type.startsWith('Record') || type === 'ReachDeadline';
}

/** What is granted on the terms of the quote is what the quote said, line by line. */
function checkGrant(before: Subscription, { number, granted, completedOn }: Event & { type: 'OrderCompleted' }): void {
  const order = before.orders.find((one) => one.number === number);
  if (order === undefined || order.priced.basis !== before.entitlementsVersion || granted.length === 0) return;
  const { lines, placedOn } = order.priced;
  if (completedOn !== placedOn && !(isTermOrder(order) && before.settings.reactivationStart === 'expiry')) return;
  assert.deepStrictEqual(
    granted.map(({ sku, quantity, from, until }) => [sku, quantity, from, until]),
    lines.map(({ sku, quantity, from, until }) => [sku, quantity, from, until]),
  );
}

function checkOrders({ orders }: Subscription): void {
  const unpaid = orders.filter(isUnpaid);
  assert.ok(unpaid.filter(isTermOrder).length <= 1, 'two unpaid term orders');
  assert.ok(unpaid.filter(({ priced }) => priced.content.type === 'upgrade').length <= 1, 'two unpaid upgrades');
}

function checkEntitlements(before: Subscription, after: Subscription): void {
  const moved = after.entitlementsVersion - before.entitlementsVersion;
  const changed = JSON.stringify(before.entitlements) !== JSON.stringify(after.entitlements);
  assert.equal(moved > 0, changed, 'the version does not move with what is owned');
  if (changed) assert.deepStrictEqual(shrunk(before.entitlements, after.entitlements), []);
}

/** What is covered less than before: every unit on every day stays paid for. */
export function shrunk(before: Entitlements, after: Entitlements): string[] {
  const days = new Set([...before.intervals, ...after.intervals].flatMap(({ from, until }) => [from, until]));
  const skus = ['fe', 'fe-receive-only', ...EXTRA_SKUS] as const;
  return skus.flatMap((sku) =>
    [...days]
      .filter((day) => quantityOn(after, sku, day) < quantityOn(before, sku, day))
      .map((day) => `${sku} on ${day}`),
  );
}
