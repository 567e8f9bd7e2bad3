/**
 * Builders for tests: a catalogue, dates as one reads them, and a life that is driven the way its workflow drives it.
 * Everything is literal and deterministic, so that a test reads as an example of the rules.
 */
import assert from 'node:assert/strict';
import {
  addMinutes,
  dateAt,
  instant,
  instantOf,
  plainDate,
  type Instant,
  type PlainDate,
} from '../../domain/calendar.ts';
import type { BaseSku, Catalogue, Quantities } from '../../domain/catalogue.ts';
import type { ChargeOutcome, Command, Fact, NumberedOrder, PaymentFact, Request } from '../../domain/commands.ts';
import { nextDeadline, type Deadline } from '../../domain/deadlines.ts';
import { needsQuote } from '../../domain/deciding/life.ts';
import { decide } from '../../domain/decide.ts';
import { NO_ENTITLEMENTS, type Entitlements, type Interval } from '../../domain/entitlements.ts';
import { RefusedError, type Refusal } from '../../domain/errors.ts';
import type { Event, EventType } from '../../domain/events.ts';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { dueMinor, type PaymentMethodKind, type StoredMethod } from '../../domain/orders.ts';
import {
  quoteAutoRenewal,
  quoteFirstPurchase,
  quoteRenewal,
  quoteUpgrade,
  type Basis,
  type PricedOrder,
  type QuoteTerms,
} from '../../domain/pricing.ts';
import {
  DEFAULT_SETTINGS,
  expiresOn,
  findOrder,
  newSubscription,
  type Settings,
  type Subscription,
} from '../../domain/subscription.ts';

const PRICES_2026 = {
  fe: 2500,
  'fe-receive-only': 1500,
  user: 1000,
  space: 1000,
  documents: 1200,
  payments: 1200,
  nso: 1500,
};

/** The placeholder prices, dearer ones from 2030 on, and an agreement of each kind. */
export const CATALOGUE: Catalogue = {
  notice: 'Made up for tests.',
  versions: [
    {
      version: '2030',
      validFrom: plainDate('2030-01-01'),
      vatPercent: 22,
      maxYears: 5,
      promotional: ['fe-receive-only'],
      annualPriceMinor: { ...PRICES_2026, fe: 2900, user: 1190 },
    },
    {
      version: '2020',
      validFrom: plainDate('2020-01-01'),
      vatPercent: 22,
      maxYears: 5,
      promotional: [],
      annualPriceMinor: PRICES_2026,
    },
  ],
  agreements: [
    {
      code: 'STUDI20',
      percent: 20,
      validFrom: plainDate('2026-01-01'),
      validThrough: plainDate('2027-12-31'),
      orderTypes: ['first_purchase', 'renewal'],
      products: ['fe'],
    },
    {
      code: 'SEMPRE15',
      percent: 15,
      validFrom: plainDate('2020-01-01'),
      validThrough: plainDate('2099-12-31'),
      orderTypes: ['first_purchase', 'renewal', 'reactivation', 'upgrade'],
      products: ['fe', 'fe-receive-only'],
    },
  ],
};

export const CARD: StoredMethod = { methodId: 'card-1', kind: 'card' };
export const NEW_CARD: StoredMethod = { methodId: 'card-2', kind: 'card' };
export const PAYPAL: StoredMethod = { methodId: 'paypal-1', kind: 'paypal' };

/** `on('2027-03-04')` is a calendar date. */
export const on = plainDate;

/** `at('2027-03-04')` is noon of that day in Rome; `at('2027-03-04 09:00')` that minute. */
export function at(text: string): Instant {
  const [day = '', time = '12:00'] = text.split(' ');
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return addMinutes(instantOf(plainDate(day), hour), minute);
}

/** The instant of an ISO 8601 text with offset. */
export const iso = instant;

export function terms(placedOn: string, agreementCode?: string): QuoteTerms {
  const base = { catalogue: CATALOGUE, placedOn: plainDate(placedOn) };
  return agreementCode === undefined ? base : { ...base, agreementCode };
}

/** Paid time of one sku; the grid is the end's own day unless another is given. */
export function interval(
  sku: Interval['sku'],
  quantity: number,
  from: string,
  until: string,
  anchorDay: number = Number(until.slice(8)),
): Interval {
  return { sku, quantity, from: plainDate(from), until: plainDate(until), anchorDay };
}

export function owning(...intervals: Interval[]): Entitlements {
  return { intervals, dropped: [] };
}

export function basis(entitlements: Entitlements = NO_ENTITLEMENTS, rest: Partial<Basis> = {}): Basis {
  return {
    product: 'fe',
    entitlements,
    entitlementsVersion: 1,
    usedBytes: 0,
    splitPayment: false,
    reactivationStart: 'expiry',
    ...rest,
  };
}

/** The refusal a pure function throws. Fails when it throws none. */
export function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal;
    throw error;
  }
  return assert.fail('Nothing was refused.');
}

/** Events without their number and instant: what happened, in order. */
export function bare(events: readonly Event[]): object[] {
  return events.map(({ sequence: _sequence, at: _at, ...body }) => body);
}

export function typesOf(events: readonly Event[]): EventType[] {
  return events.map(({ type }) => type);
}

export interface Bought {
  product?: BaseSku;
  years?: number;
  extras?: Quantities;
  splitPayment?: boolean;
  agreementCode?: string;
  settings?: Partial<Settings>;
}

interface Payment {
  amountMinor?: number;
  method?: PaymentMethodKind;
  registeredOn?: string;
  storedMethod?: StoredMethod;
  key?: string;
}

let orderSequence = 10_000_000;

/** The next order number; unique in a test file. */
export function nextNumber(): string {
  orderSequence += 1;
  return orderNumberFor(orderSequence);
}

/** One subscription and its clock. Time only passes through `until`, which takes each deadline as it comes. */
export class Life {
  state: Subscription;
  now: Instant;
  readonly events: Event[] = [];
  /** How charges that auto-renewal makes are answered, at once; null leaves them under way. */
  gateway: ChargeOutcome['kind'] | null = null;
  #payments = 0;

  constructor(state: Subscription, now: Instant) {
    this.state = state;
    this.now = now;
  }

  /** A life begun on a day, at noon, whose first order is still to be placed. */
  static unordered(day: string, { product = 'fe', splitPayment = false, settings }: Bought = {}): Life {
    const now = at(day);
    const start = { id: 'sub-1', customerRef: 'customer-1', product, splitPayment };
    return new Life(newSubscription({ ...start, settings: { ...DEFAULT_SETTINGS, ...settings } }, now), now);
  }

  /** A life whose first order was placed on a day, at noon, and is unpaid. */
  static ordered(day: string, bought: Bought = {}): Life {
    const { product = 'fe', years = 1, extras = {}, splitPayment = false, agreementCode } = bought;
    const life = Life.unordered(day, bought);
    const priced = quoteFirstPurchase({ product, years, extras, splitPayment }, terms(life.today, agreementCode));
    life.do({ type: 'PlaceOrder', order: { number: nextNumber(), priced }, pay: null });
    return life;
  }

  /** A life whose first order was placed, paid by transfer and activated on one day. */
  static active(day: string, bought: Bought = {}): Life {
    const life = Life.ordered(day, bought);
    life.pay(life.unpaid(), { key: 'bank:first' });
    life.do({ type: 'RecordActivation', username: 'rossi' });
    return life;
  }

  /** The same, paid by card: auto-renewal is on. */
  static renewing(day: string, bought: Bought = {}): Life {
    const life = Life.ordered(day, bought);
    life.do({ type: 'PayOrder', number: life.unpaid(), method: CARD });
    life.answer('succeeded');
    life.do({ type: 'RecordActivation', username: 'rossi' });
    return life;
  }

  get today(): PlainDate {
    return dateAt(this.now);
  }

  get status(): Subscription['phase']['status'] {
    return this.state.phase.status;
  }

  get expiresOn(): PlainDate | null {
    return expiresOn(this.state);
  }

  get basis(): Basis {
    const { product, entitlements, entitlementsVersion, usedBytes, splitPayment, settings } = this.state;
    const { reactivationStart } = settings;
    return { product, entitlements, entitlementsVersion, usedBytes, splitPayment, reactivationStart };
  }

  /** A copy that goes its own way from here. */
  fork(): Life {
    const twin = new Life(this.state, this.now);
    twin.#payments = this.#payments;
    return twin;
  }

  /** Carries out a command that has to be accepted; answers with what happened. */
  do(command: Command): readonly Event[] {
    const decision = decide(this.state, command, this.now);
    if (!decision.accepted) throw new Error(`${command.type} was refused: ${decision.refusal.code}`);
    this.state = decision.state;
    this.events.push(...decision.events);
    return decision.events;
  }

  /** The code with which a request is refused. */
  refusal(request: Request): string {
    const decision = decide(this.state, request, this.now);
    return decision.accepted ? assert.fail(`${request.type} was accepted.`) : decision.refusal.code;
  }

  record(fact: Fact): readonly Event[] {
    return this.do(fact);
  }

  /** The unpaid order's number, of a type where one is given. */
  unpaid(type?: PricedOrder['content']['type']): string {
    const order = this.state.orders.find(
      ({ status, priced }) => status === 'awaiting_payment' && (type === undefined || priced.content.type === type),
    );
    return order?.number ?? assert.fail(`There is no unpaid order${type === undefined ? '' : ` of type ${type}`}.`);
  }

  place(priced: PricedOrder, pay: StoredMethod | null = null): string {
    const number = nextNumber();
    this.do({ type: 'PlaceOrder', order: { number, priced }, pay });
    return number;
  }

  quoteRenewal(wanted: { years?: number; extras?: Quantities; agreementCode?: string } = {}): PricedOrder {
    const { years = 1, extras, agreementCode } = wanted;
    const type = this.status === 'expired' ? 'reactivation' : 'renewal';
    return quoteRenewal(
      type,
      { years, ...(extras === undefined ? {} : { extras }) },
      this.basis,
      terms(this.today, agreementCode),
    );
  }

  /** Orders a renewal, or a reactivation while expired; answers with its number. */
  renew(wanted: Parameters<Life['quoteRenewal']>[0] = {}, pay: StoredMethod | null = null): string {
    return this.place(this.quoteRenewal(wanted), pay);
  }

  /** Orders an upgrade, co-termed unless told otherwise; answers with its number. */
  upgrade(
    add: Quantities,
    { coTerm = true, pay = null }: { coTerm?: boolean; pay?: StoredMethod | null } = {},
  ): string {
    return this.place(quoteUpgrade({ add, coTerm }, this.basis, terms(this.today)), pay);
  }

  payment(number: string, payment: Payment = {}): PaymentFact {
    const order = findOrder(this.state, number);
    return {
      key: payment.key ?? `bank:${(this.#payments += 1)}`,
      orderNumber: number,
      amountMinor: payment.amountMinor ?? (order === undefined ? 100 : dueMinor(order)),
      method: payment.method ?? 'bank_transfer',
      registeredOn: payment.registeredOn === undefined ? this.today : plainDate(payment.registeredOn),
      receivedAt: this.now,
      storedMethod: payment.storedMethod ?? null,
    };
  }

  /** Money by bank transfer unless told otherwise: all that is due, registered today. */
  pay(number: string, payment: Payment = {}): readonly Event[] {
    return this.do({ type: 'RecordPayment', payment: this.payment(number, payment) });
  }

  /** Answers the charge under way. */
  answer(kind: ChargeOutcome['kind']): readonly Event[] {
    const { attempt } = this.state;
    if (attempt === null) return assert.fail('No charge is under way.');
    return this.do({
      type: 'RecordChargeOutcome',
      attemptId: attempt.attemptId,
      outcome: this.#outcome(kind, attempt),
    });
  }

  #outcome(kind: ChargeOutcome['kind'], attempt: NonNullable<Subscription['attempt']>): ChargeOutcome {
    switch (kind) {
      case 'succeeded':
        return {
          kind,
          payment: {
            key: `gateway:${attempt.attemptId}`,
            orderNumber: attempt.orderNumber,
            amountMinor: attempt.amountMinor,
            method: attempt.method.kind,
            registeredOn: this.today,
            receivedAt: this.now,
            storedMethod: attempt.method,
          },
        };
      case 'needs_customer':
        return { kind, confirmationUrl: 'https://gateway.example/confirm' };
      case 'declined':
      case 'unknown':
      case 'not_attempted':
        return { kind, reason: 'said the gateway' };
    }
  }

  get deadline(): Deadline | null {
    return nextDeadline(this.state);
  }

  /** Lets time pass, taking every deadline on its way at its own instant; answers with what happened. */
  until(text: string): readonly Event[] {
    const target = at(text);
    const before = this.events.length;
    for (let due = this.deadline; due !== null && due.at <= target; due = this.deadline) {
      this.now = due.at > this.now ? due.at : this.now;
      this.reach(due);
      if (this.gateway !== null && this.state.attempt?.retryAt === null) this.answer(this.gateway);
    }
    this.now = target;
    return this.events.slice(before);
  }

  /** Takes a deadline, with a renewal quoted for its day where it needs one. Fails when taking it changes nothing. */
  reach(deadline: Deadline): readonly Event[] {
    const quote = needsQuote(this.state, deadline) ? this.autoRenewalOrder(dateAt(deadline.at)) : null;
    const events = this.do({ type: 'ReachDeadline', deadline, quote });
    assert.notEqual(events.length, 0, `Reaching ${deadline.kind} changed nothing.`);
    return events;
  }

  /** The order auto-renewal makes: today's composition, for the years of the last term order. */
  autoRenewalOrder(placedOn: PlainDate): NumberedOrder {
    const priced = quoteAutoRenewal(this.state.termYears, this.basis, terms(placedOn));
    return { number: nextNumber(), priced };
  }
}
